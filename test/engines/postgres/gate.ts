/**
 * A door in front of the shared server that wants TLS and a password that was not used before, as managed servers do. The cipher is an
 * anonymous one: it needs no certificate.
 */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'
import { testPostgres } from '../../support/postgres.js'

export interface Gate {
  readonly port: number
  /** Of those who were let in, in their order. */
  readonly passwords: readonly string[]
}

/** Who connects without these settings is not understood. */
export const GATE_SSL = { ciphers: 'ADH-AES256-GCM-SHA384:@SECLEVEL=0', maxVersion: 'TLSv1.2', rejectUnauthorized: false } as const

const SSL_REQUEST = 80_877_103
const CLEARTEXT_PASSWORD = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3])

export async function startGate(): Promise<Gate> {
  const passwords: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    enter(socket, passwords).catch(() => socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    const closed = once(server, 'close')
    server.close()
    await closed
  })
  return { port: (server.address() as { port: number }).port, passwords }
}

async function enter(socket: Socket, passwords: string[]): Promise<void> {
  const first = await message(socket)
  if (first.length !== 8 || first.readInt32BE(4) !== SSL_REQUEST) throw new Error('no TLS is asked for')
  const { ciphers, maxVersion } = GATE_SSL
  const secureContext = createSecureContext({ ciphers, maxVersion, dhparam: 'auto' })
  const client = new TLSSocket(socket, { isServer: true, secureContext })
  client.on('error', () => socket.destroy())
  socket.write('S')
  const startup = await message(client)
  client.write(CLEARTEXT_PASSWORD)
  const password = (await message(client)).subarray(5, -1).toString()
  if (password === '' || passwords.includes(password)) throw new Error('the password was used before')
  passwords.push(password)
  const { hostname, port } = new URL(testPostgres())
  const behind = connect(Number(port || 5432), hostname)
  behind.on('error', () => socket.destroy())
  behind.on('close', () => socket.destroy())
  socket.on('close', () => behind.destroy())
  behind.write(startup)
  client.pipe(behind).pipe(client)
}

/** What the client says next: short, and it waits for an answer, so it comes whole. */
async function message(stream: Socket): Promise<Buffer> {
  return (await once(stream, 'data'))[0] as Buffer
}
