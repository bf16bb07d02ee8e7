// One mutant: its patch and head, two copies of the sources (one as it is, one to be patched), and the verdict on it.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { root, run, tool } from './shell.mjs'

const FOLDER = join(root, 'test', 'mutants')
const COPIED = ['src', 'test', 'examples', 'docs', 'package.json', 'tsconfig.json', 'vitest.config.ts', 'README.md']
/** A run that hangs has noticed, too. */
const LIMIT_MS = 90_000

/** @typedef {{ name: string, path: string, why: string, test: string, case: string }} Mutant */

/** @returns {Mutant[]} */
export function readMutants() {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.patch'))
  return files.sort().map((file) => {
    const text = readFileSync(join(FOLDER, file), 'utf8')
    const field = (/** @type {string} */ key) => {
      const found = new RegExp(`^${key}: (.+)$`, 'm').exec(text)
      if (!found) throw new Error(`${file} has no line '${key}: …'`)
      return /** @type {string} */ (found[1]).trim()
    }
    return { name: basename(file, '.patch'), path: join(FOLDER, file), why: field('why'), test: field('test'), case: field('name') }
  })
}

/** A copy that is built; node_modules are those of the folder above. @param {string} folder @returns {Promise<string>} */
export async function copySources(folder) {
  mkdirSync(folder)
  for (const part of COPIED) if (existsSync(join(root, part))) cpSync(join(root, part), join(folder, part), { recursive: true })
  const built = await build(folder)
  if (built.code !== 0) throw new Error(`src does not compile: ${start(built.output)}`)
  return folder
}

/**
 * The named test must pass without the patch and fail with it.
 * @param {Mutant} mutant
 * @param {{ sound: string, patched: string, env: Record<string, string> }} copies
 * @returns {Promise<{ killed: boolean, said: string }>} what the failed test said, or what is wrong
 */
export async function judge(mutant, { sound, patched, env }) {
  const survived = (what, output) => ({ killed: false, said: `${what}: ${start(output)}` })
  const applied = await patch(mutant, patched)
  if (applied.code !== 0) return survived('the patch does not apply', applied.output)
  try {
    const [before, built] = await Promise.all([test(mutant, sound, env), build(patched)])
    if (before.code !== 0 || before.passed === 0) return survived(`'${mutant.case}' does not pass without the patch`, before.output)
    if (built.code !== 0) return survived('the patched source does not compile', built.output)
    const { failed, hangs, output } = await test(mutant, patched, env)
    if (failed === 0 && !hangs) return survived(`'${mutant.case}' of ${mutant.test} does not fail with the patch`, output)
    return { killed: true, said: hangs ? 'it hangs' : start(output) }
  } finally {
    await patch(mutant, patched, '--reverse')
  }
}

/** In a folder that may lie in somebody's repository, whose paths are not ours. */
function patch(mutant, folder, ...more) {
  const env = { GIT_CEILING_DIRECTORIES: dirname(folder) }
  return run('git', ['apply', ...more, mutant.path], { cwd: folder, env })
}

function build(folder) {
  return tool('typescript', 'tsc', ['-p', '.'], { cwd: folder })
}

async function test({ test: file, case: name }, folder, env) {
  const report = join(folder, 'report.json')
  rmSync(report, { force: true })
  const literal = name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  const args = ['run', file, '--project', 'unit', '-t', literal, '--reporter=json', `--outputFile.json=${report}`]
  const began = performance.now()
  const { code, output } = await tool('vitest', 'vitest', args, { cwd: folder, env, timeout: LIMIT_MS })
  if (!existsSync(report)) return { code, output, passed: 0, failed: 0, hangs: performance.now() - began >= LIMIT_MS }
  const { numPassedTests: passed, numFailedTests: failed, testResults } = JSON.parse(readFileSync(report, 'utf8'))
  const said = testResults.flatMap(({ message, assertionResults }) => [
    message,
    ...assertionResults.flatMap((one) => one.failureMessages ?? []),
  ])
  return { code, output: said.find(Boolean) ?? output, passed, failed, hangs: false }
}

/** @param {string} text */
function start(text) {
  return text.trim().split('\n').slice(0, 3).join(' / ').slice(0, 300)
}
