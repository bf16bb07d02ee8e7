/** Time that passes without waiting, on the clock that measures. */
import { onTestFinished } from 'vitest'

/** Gives what lets time pass; the clock is itself again when the test ends. */
export function slowClock(): (ms: number) => void {
  let passed = 0
  const real = performance.now.bind(performance)
  performance.now = () => real() + passed
  onTestFinished(() => {
    performance.now = real
  })
  return (ms) => {
    passed += ms
  }
}
