/** Calls in a steady rhythm: so many a second, however long each takes; no more of them under way than a bound. */
import { setTimeout as sleep } from 'node:timers/promises'

const TICK_MS = 10
const MAX_UNDER_WAY = 1000

/** @param rate calls per second @returns how many calls have succeeded @throws what the first call threw that failed */
export async function paced(
  count: number,
  rate: number,
  call: (index: number) => Promise<unknown>,
  signal: AbortSignal | undefined,
  onDone: (done: number) => void,
): Promise<number> {
  const began = performance.now()
  const underWay = new Set<Promise<void>>()
  let done = 0
  let failed: { error: unknown } | undefined
  for (let sent = 0; sent < count && !failed && !signal?.aborted; ) {
    const due = Math.min(count, Math.floor(((performance.now() - began) * rate) / 1000) + 1)
    for (; sent < due && underWay.size < MAX_UNDER_WAY; sent++) {
      const one = call(sent)
        .then(() => onDone(++done))
        .catch((error: unknown) => {
          failed ??= { error }
        })
        .finally(() => underWay.delete(one))
      underWay.add(one)
    }
    await sleep(TICK_MS)
  }
  await Promise.all(underWay)
  if (failed) throw failed.error
  return done
}
