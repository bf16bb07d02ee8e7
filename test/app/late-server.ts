/** A Postgres server that is not there yet: a port that refuses, until a small proxy in front of the tests' server takes it over. */
import { onTestFinished } from 'vitest'
import { testPostgres } from '../support/postgres.js'
import { freePort } from '../support/postgres-server.js'
import { type TcpProxy, tcpProxy } from '../support/tcp-proxy.js'

export interface LateServer {
  readonly url: string
  comeUp(): Promise<void>
}

export async function lateServer(): Promise<LateServer> {
  const port = await freePort()
  const late = new URL(testPostgres())
  late.host = `127.0.0.1:${port}`
  let proxy: TcpProxy | undefined
  onTestFinished(() => proxy?.close())
  const comeUp = async () => {
    proxy = await tcpProxy(testPostgres(), (from, to) => from.on('close', () => to.destroy()).pipe(to), { port })
  }
  return { url: late.href, comeUp }
}
