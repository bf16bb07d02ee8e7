/** A TCP proxy that cuts its connections after a random number of bytes, in either direction: requests that arrive in part, answers that are lost. */
import { tcpProxy, type Way } from '../support/tcp-proxy.js'

export interface CuttingProxy {
  readonly url: string
  /**
   * By the way on which it was cut. Asked: the statement came in part, or not at all. Answered: it may have been carried out, and nobody
   * knows.
   */
  readonly cuts: Readonly<Record<Way, number>>
  close(): Promise<void>
}

/** Long enough to log in and to begin; a connection that never gets that far would prove nothing. */
const AT_LEAST = 2000

/** @param meanBytes how much flows through a connection before it is cut, on average and in each direction */
export async function cuttingProxy(url: string, random: () => number, meanBytes: number): Promise<CuttingProxy> {
  const cuts = { asked: 0, answered: 0 }
  const proxy = await tcpProxy(url, (from, to, way) => {
    let left = AT_LEAST + Math.floor(-Math.log(1 - random()) * meanBytes)
    from.on('close', () => to.destroy())
    from.on('data', (data) => {
      if (data.length <= left) {
        left -= data.length
        to.write(data)
        return
      }
      cuts[way]++
      // What is within the limit still arrives: in the middle of a message, mostly.
      to.write(data.subarray(0, left), () => to.resetAndDestroy())
      from.resetAndDestroy()
    })
  })
  return { url: proxy.url, cuts, close: proxy.close }
}
