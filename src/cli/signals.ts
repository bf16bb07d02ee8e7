/** SIGTERM and SIGINT, counted: the first asks to stop, the second to hurry, the third not to wait for anything. */

/** npm and the terminal both deliver one Ctrl+C: the same signal again within this time is the same wish. */
const ECHO_MS = 100

/** Tell of each wish to stop, with its number. Returns a function that stops listening. */
export function onStopSignal(tell: (count: number, signal: NodeJS.Signals) => void): () => void {
  let count = 0
  const last: Partial<Record<NodeJS.Signals, number>> = {}
  const onSignal = (signal: NodeJS.Signals) => {
    const now = performance.now()
    const echo = now - (last[signal] ?? Number.NEGATIVE_INFINITY) < ECHO_MS
    last[signal] = now
    if (!echo) tell(++count, signal)
  }
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal)
  return () => void process.off('SIGTERM', onSignal).off('SIGINT', onSignal)
}
