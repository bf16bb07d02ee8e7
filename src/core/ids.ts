/**
 * UUIDv7 made by the client, so that a retried enqueue is the same job.
 * Identity only: the order of jobs is a number given by the store (clients' clocks differ).
 */

const POOL_IDS = 256
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

const pool = new Uint8Array(POOL_IDS * 8)
let poolAt = pool.length
let lastMs = 0
let counter = 0

/**
 * A new UUIDv7: 48 bits of Unix milliseconds, a 12-bit counter that keeps one process's ids in order, 62 random bits.
 * A wall clock that steps back does not break the order within a process: the last millisecond is kept.
 */
export function newId(nowMs: number = Date.now()): string {
  if (nowMs > lastMs) {
    lastMs = nowMs
    counter = 0
  } else if (++counter > 0xfff) {
    lastMs++
    counter = 0
  }
  if (poolAt >= pool.length) {
    globalThis.crypto.getRandomValues(pool)
    poolAt = 0
  }
  const high = Math.floor(lastMs / 0x10000)
  const low = lastMs & 0xffff
  const at = poolAt
  poolAt += 8
  return (
    `${hex(high >>> 24)}${hex((high >>> 16) & 255)}${hex((high >>> 8) & 255)}${hex(high & 255)}-` +
    `${hex(low >>> 8)}${hex(low & 255)}-${hex(0x70 | (counter >>> 8))}${hex(counter & 255)}-` +
    `${hex(0x80 | (byte(at) & 0x3f))}${hex(byte(at + 1))}-${hex(byte(at + 2))}${hex(byte(at + 3))}` +
    `${hex(byte(at + 4))}${hex(byte(at + 5))}${hex(byte(at + 6))}${hex(byte(at + 7))}`
  )
}

/** A random UUID (version 4), for tokens that must not be guessed from the time: workers and leases. */
export function newToken(): string {
  return globalThis.crypto.randomUUID()
}

/** True for a UUID in canonical lower-case form, of any version. */
export function isId(text: unknown): text is string {
  return typeof text === 'string' && UUID.test(text)
}

/** The Unix milliseconds that a UUIDv7 carries; meaningless for other versions. */
export function idTime(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

function byte(at: number): number {
  return pool[at] as number
}

function hex(value: number): string {
  return HEX[value] as string
}
