// Runs vitest and counts: the reporter for people to the terminal, the JSON one to a file that is read afterwards.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tool } from './shell.mjs'

/** @returns {Promise<{ passed: number, failed: number, skipped: number }>} */
export async function vitest(args) {
  const folder = mkdtempSync(join(tmpdir(), 'worksong-vitest-'))
  const report = join(folder, 'report.json')
  const clean = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', clean)
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const { code } = await tool('vitest', 'vitest', ['run', ...reporters, ...args], { show: true })
    return count(report, code)
  } finally {
    clean()
    process.off('exit', clean)
  }
}

function count(report, code) {
  let results
  try {
    results = JSON.parse(readFileSync(report, 'utf8'))
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
  // A file can fail without a failed test: it does not load, or it left something running.
  const failedFiles = results.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  )
  const failed = results.numFailedTests + failedFiles.length
  return {
    passed: results.numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: results.numPendingTests + results.numTodoTests,
  }
}
