// The jobs that run in threads. This module is loaded in the thread too, so it does nothing but define them.
import { defineJob, typed } from 'worksong'

export const countPrimes = defineJob({
  name: 'primes.count',
  input: typed<{ below: number }>(),
  isolation: 'thread',
  module: import.meta.url,
  async run({ below }, ctx) {
    let count = 0
    for (let n = 2; n < below; n++) if (isPrime(n)) count++
    ctx.log.info('counted', { below, count })
    return count
  },
})

export const stuck = defineJob({
  name: 'stuck',
  isolation: 'thread',
  module: import.meta.url,
  timeout: '200ms',
  retry: false,
  run() {
    for (;;); // no signal reaches it; past its timeout its thread is ended
  },
})

function isPrime(n: number): boolean {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false
  return true
}
