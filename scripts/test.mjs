// npm test: installs what is missing, builds, and runs every gate; does not stop at the first that fails. The last line counts.
// npm test -- test/core (or any vitest arguments): the build and those tests only.
import { build } from './lib/build.mjs'
import { formatAndLint, publint, types, typesOfPackage, unused } from './lib/gates.mjs'
import { ensureInstalled } from './lib/install.mjs'
import { seconds } from './lib/shell.mjs'
import { vitest } from './lib/vitest.mjs'

const GATES = [
  ['build', build],
  ['format and lint', formatAndLint],
  ['types', types],
  ['structure', () => vitest(['--project', 'structure'])],
  ['unit and conformance', () => vitest(['--project', 'unit'])],
  ['package: publint', publint],
  ['package: types', typesOfPackage],
  ['package: unused', unused],
]

const filters = process.argv.slice(2)
const gates = filters.length === 0 ? GATES : [GATES[0], ['tests', () => vitest(filters)]]
const total = { passed: 0, failed: 0, skipped: 0 }

await ensureInstalled()
const start = performance.now()
const lines = []
for (const [name, gate] of gates) {
  console.log(`\n== ${name}`)
  lines.push(await pass(name, gate))
}
console.log(`\n${lines.join('\n')}\n${total.skipped > 0 ? `${total.skipped} skipped\n` : ''}all in ${seconds(start)}\n`)
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed === 0 ? 0 : 1

async function pass(name, gate) {
  const began = performance.now()
  const counts = countsOf(await gate())
  for (const key of Object.keys(total)) total[key] += counts[key]
  const line = `${counts.failed === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds(began)})`
  console.log(line)
  return line
}

/** A gate that is no test counts as one. Its output is of interest only when it failed. */
function countsOf(result) {
  if ('passed' in result) return result
  if (result.code !== 0) console.log(result.output.trimEnd())
  return result.code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 }
}
