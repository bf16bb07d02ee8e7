// npm run mutants [-- PART... --verbose]: takes one protection after another out of a copy of the sources, and sees that the test named for it fails.
// A mutant is a patch below test/mutants whose head says what then goes wrong (`why:`) and which test must notice: `test:` its file, `name:`
// a part of the case's name. PART: only mutants whose names contain it. --verbose: also what the failed test said, which must be about that.
// Exit 1 when one survives, does not apply, or has no test that passes.
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureInstalled } from './lib/install.mjs'
import { launchPostgres } from './lib/launch-postgres.mjs'
import { copySources, judge, readMutants } from './lib/mutants.mjs'
import { root, seconds } from './lib/shell.mjs'

const { values, positionals: parts } = parseArgs({ options: { verbose: { type: 'boolean', default: false } }, allowPositionals: true })
const mutants = readMutants().filter(({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)))
if (mutants.length === 0) {
  console.error(`no mutant is named so: ${parts.join(', ')}`)
  process.exit(2)
}

await ensureInstalled()
const folder = mkdtempSync(join(tmpdir(), 'worksong-mutants-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
process.exitCode = await all()

async function all() {
  const began = performance.now()
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  mkdirSync(join(folder, 'tmp'))
  const [sound, patched] = await Promise.all(['sound', 'patched'].map((name) => copySources(join(folder, name))))
  const postgres = await launchPostgres(folder)
  // What failed tests keep for a look at it goes with the folder.
  const env = { WORKSONG_TEST_POSTGRES: postgres.url, TMPDIR: join(folder, 'tmp') }
  const survivors = []
  try {
    for (const mutant of mutants) {
      const start = performance.now()
      const { killed, said } = await judge(mutant, { sound, patched, env })
      console.log(`${killed ? 'killed  ' : 'SURVIVED'} ${mutant.name.padEnd(36)} ${seconds(start).padStart(7)}  ${mutant.why}`)
      if (!killed || values.verbose) console.log(`         ${said}`)
      if (killed) continue
      survivors.push(mutant.name)
      // Perhaps it was left half patched.
      cpSync(join(sound, 'src'), join(patched, 'src'), { recursive: true })
    }
  } finally {
    await postgres.close()
  }
  console.log(`\n${mutants.length - survivors.length} of ${mutants.length} mutants killed in ${seconds(began)}`)
  if (survivors.length > 0) console.log(`survived: ${survivors.join(', ')}`)
  return survivors.length === 0 ? 0 : 1
}
