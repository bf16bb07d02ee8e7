/** A TCP proxy that cuts its connections after a random number of bytes, in either direction: requests that arrive in part, answers that are lost. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface Cuts {
  /** Cut on the way to the server: the statement came in part, or not at all. */
  asked: number
  /** Cut on the way back: it may have been carried out, and nobody knows. */
  answered: number
}

export interface CuttingProxy {
  readonly url: string
  readonly cuts: Cuts
  /** From now on nothing is cut. */
  heal(): void
  close(): Promise<void>
}

/** Long enough to log in and to begin; a connection that never gets that far would prove nothing. */
const AT_LEAST = 2000

/** @param meanBytes how much flows through a connection before it is cut, on average and in each direction */
export async function cuttingProxy(url: string, random: () => number, meanBytes: number): Promise<CuttingProxy> {
  const { hostname, port } = new URL(url)
  const cuts: Cuts = { asked: 0, answered: 0 }
  const open = new Set<Socket>()
  let healed = false
  const pipe = (from: Socket, to: Socket, which: keyof Cuts) => {
    let left = AT_LEAST + Math.floor(-Math.log(1 - random()) * meanBytes)
    open.add(from)
    from.on('error', () => {})
    from.on('close', () => {
      open.delete(from)
      to.destroy()
    })
    from.on('data', (data) => {
      if (healed || data.length <= left) {
        left -= data.length
        to.write(data)
        return
      }
      cuts[which]++
      // What is within the limit still arrives: in the middle of a message, mostly.
      to.write(data.subarray(0, left), () => to.resetAndDestroy())
      from.resetAndDestroy()
    })
  }
  const server = createServer((inner) => {
    const outer = connect({ port: Number(port), host: hostname })
    pipe(inner, outer, 'asked')
    pipe(outer, inner, 'answered')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const through = new URL(url)
  through.host = `127.0.0.1:${(server.address() as { port: number }).port}`
  return {
    url: through.href,
    cuts,
    heal: () => {
      healed = true
    },
    close: async () => {
      server.close()
      for (const socket of open) socket.destroy()
      await once(server, 'close')
    },
  }
}
