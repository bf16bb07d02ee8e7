/**
 * Asks the server to give up a statement for which nobody waits any more. Closing its connection is not enough: a session that waits for a
 * lock does not look at its connection, so each new try would leave another one behind, until max_connections is reached.
 */
import { connect } from 'node:net'

/** What the driver knows of its session. */
interface Session {
  readonly host?: string
  readonly port?: number
  readonly processID?: number | null
  readonly secretKey?: number | null
}

/** The protocol's number for "cancel". */
const CANCEL_REQUEST = 80_877_102
const PATIENCE_MS = 1000

/** Resolves when it has been asked, if the error says that the driver has stopped waiting. A door that wants TLS does not hear it. */
export async function cancelIfTimedOut(client: unknown, error: unknown): Promise<void> {
  const { host, port, processID, secretKey } = client as Session
  if (!isReadTimeout(error) || !host || !port || typeof processID !== 'number' || typeof secretKey !== 'number') return
  const request = Buffer.alloc(16)
  request.writeInt32BE(request.length, 0)
  request.writeInt32BE(CANCEL_REQUEST, 4)
  request.writeInt32BE(processID, 8)
  request.writeInt32BE(secretKey, 12)
  await new Promise<void>((resolve) => {
    const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host)
    socket.setTimeout(PATIENCE_MS, () => socket.destroy())
    socket.on('error', () => undefined)
    socket.once('close', () => resolve())
    // The server closes when it has passed the request on.
    socket.write(request)
    socket.resume()
  })
}

/** The driver's own words. */
function isReadTimeout(error: unknown): boolean {
  return /read timeout/i.test(String((error as Error | undefined)?.message))
}
