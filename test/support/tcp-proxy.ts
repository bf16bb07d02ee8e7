/** A TCP proxy in front of a Postgres server, for whoever wants to spoil what flows: the sockets are its own, the bytes are the caller's. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** `asked`: from the client to the server. */
export type Way = 'asked' | 'answered'

export interface TcpProxy {
  /** The URL that leads through it. */
  readonly url: string
  /** Both ends of every connection of this moment. */
  readonly sockets: ReadonlySet<Socket>
  close(): Promise<void>
}

export interface TcpProxyOptions {
  /** Default: a free one. */
  readonly port?: number
  /** An end of one side is not one of the connection. Default false. */
  readonly allowHalfOpen?: boolean
}

/** @param join called for each direction of each connection: brings what comes `from` one side `to` the other, as long as it likes */
export async function tcpProxy(
  url: string,
  join: (from: Socket, to: Socket, way: Way) => void,
  { port = 0, allowHalfOpen = false }: TcpProxyOptions = {},
): Promise<TcpProxy> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen }, (inner) => {
    const outer = connect({ port: Number(target.port || 5432), host: target.hostname, allowHalfOpen })
    for (const socket of [inner, outer]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    }
    join(inner, outer, 'asked')
    join(outer, inner, 'answered')
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const through = new URL(url)
  through.host = `127.0.0.1:${(server.address() as { port: number }).port}`
  const close = async () => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return { url: through.href, sockets, close }
}
