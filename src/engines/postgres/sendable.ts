/** A connection's settings as another thread can receive them: plain values, keys and certificates as text, no functions. */

export async function sendable(config: Record<string, unknown>): Promise<Record<string, unknown>> {
  const { password, ssl, ...rest } = config
  const secret = typeof password === 'function' ? await password() : password
  return {
    ...plain(rest),
    ...(secret === undefined ? {} : { password: secret }),
    ...(ssl === undefined ? {} : { ssl: sslOf(ssl) }),
  }
}

function sslOf(ssl: unknown): unknown {
  if (typeof ssl !== 'object' || ssl === null) return ssl
  // A pool hides the key from enumeration.
  const { key } = ssl as { key?: unknown }
  const sent = plain(key === undefined ? { ...ssl } : { ...ssl, key })
  for (const name of ['ca', 'key', 'cert']) if (sent[name] !== undefined) sent[name] = pem(sent[name])
  return sent
}

function pem(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pem)
  return Buffer.isBuffer(value) ? value.toString() : value
}

function plain(from: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(from).filter(([, value]) => cloneable(value)))
}

function cloneable(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}
