/** A Postgres server that is not there yet: a port that refuses, until a small proxy in front of the tests' server takes it over. */
import { once } from 'node:events'
import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { testPostgres } from '../support/postgres.js'

export interface LateServer {
  readonly url: string
  comeUp(): Promise<void>
}

export async function lateServer(): Promise<LateServer> {
  const real = new URL(testPostgres())
  const port = await freePort()
  const sockets = new Set<Socket>()
  let proxy: Server | undefined
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    if (proxy) await new Promise((resolve) => proxy?.close(resolve))
  })
  const late = new URL(real)
  late.host = `127.0.0.1:${port}`
  const comeUp = async () => {
    proxy = createServer((near) => {
      const far = dial(Number(real.port || 5432), real.hostname)
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(socket)
        socket.on('error', () => undefined).on('close', () => other.destroy())
        socket.pipe(other)
      }
    }).listen(port, '127.0.0.1')
    await once(proxy, 'listening')
  }
  return { url: late.href, comeUp }
}

/** One on which nobody listens. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
