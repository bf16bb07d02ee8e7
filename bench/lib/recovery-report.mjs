// The recovery figure as a table.

import { percentile } from './measure.mjs'
import { rowsInOrder } from './recovery-account.mjs'

const seconds = (ms) => (ms / 1000).toFixed(1)

export function printRecovery({ engine, store, seed, kills, seconds: took, times, counts, logs, wrong }) {
  console.log(`\n${engine} (${store}): ${kills} × kill -9 in ${took} s, seed ${seed}, ${counts.jobs} jobs\n`)
  console.log('| held by the killed worker | jobs | p50 s | p99 s | max s |\n|---|--:|--:|--:|--:|')
  for (const key of rowsInOrder) {
    const values = times[key]
    if (values) {
      const figures = [percentile(values, 0.5), percentile(values, 0.99), Math.max(...values)].map(seconds)
      console.log(`| ${key} | ${values.length} | ${figures.join(' | ')} |`)
    }
  }
  console.log(`\n${JSON.stringify(counts)}\nlog lines by code: ${JSON.stringify(logs)}`)
  console.log(wrong.length === 0 ? 'the accounts are in order' : `WRONG, ${wrong.length}:\n${wrong.slice(0, 20).join('\n')}`)
}
