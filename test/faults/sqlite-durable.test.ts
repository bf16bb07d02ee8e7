/**
 * Killing a process does not test fsync: what it wrote is in the kernel's hands. So the system calls are watched: between what is written
 * to the log and the answer there is a sync of the log that nothing was written after.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import { newId } from '#dist/core/index.js'
import { sqlite } from '#dist/engines/sqlite/index.js'
import { newFile } from '../engines/sqlite/files.js'
import { DatabaseSync } from '../support/sqlite.js'
import { noStrace, type SystemCall, systemCalls } from './strace.js'

const SCRIPT = new URL('fixtures/durable.mjs', import.meta.url).pathname
const WATCHED = ['pwrite64', 'pwritev', 'write', 'writev', 'fdatasync', 'fsync']

/** For each answer: what was done to the log since it was announced, in order: w for writes, S for syncs. */
function beforeAnswers(durability: string): Map<string, string[]> {
  const path = newFile()
  const calls = systemCalls(WATCHED, [SCRIPT, JSON.stringify({ path, says: `${path}.says`, durability })])
  const found = new Map<string, string[]>()
  let since = ''
  for (const call of calls) {
    if (call.file === `${path}.says`) {
      const [, what] = /"answered (\w+)/.exec(call.line) ?? []
      if (what) found.set(what, [...(found.get(what) ?? []), since])
      since = ''
    } else if (call.file === `${path}-wal`) since += isSync(call) ? 'S' : 'w'
  }
  return found
}

function isSync({ name }: SystemCall): boolean {
  return name === 'fdatasync' || name === 'fsync'
}

const ANSWERS = ['enqueue', 'enqueueMany', 'start', 'finish', 'finishThenClaim']

describe.skipIf(noStrace !== undefined)(`by system calls ${noStrace ? `(SKIPPED: ${noStrace})` : ''}`, () => {
  it('an answer comes after the sync of all that was written for it', () => {
    const answers = beforeAnswers('full')
    expect([...answers.keys()]).toEqual(ANSWERS)
    for (const [what, calls] of answers)
      for (const call of calls) expect([what, call]).toEqual([what, expect.stringMatching(/^w+(Sw+)*S+$/)])
  })

  it('and the mode that says so does not wait for one', () => {
    const answers = beforeAnswers('os-crash-may-lose-last-commits')
    expect([...answers.keys()]).toEqual(ANSWERS)
    for (const [what, calls] of answers) for (const call of calls) expect([what, call]).toEqual([what, expect.stringMatching(/^w+$/)])
  })
})

/** For machines on which system calls cannot be watched: what SQLite is told, and SQLite's own tests do the rest. */
describe('by what SQLite is told', () => {
  it.each([
    ['full', 2],
    ['os-crash-may-lose-last-commits', 1],
  ] as const)('%s', async (durability, synchronous) => {
    const opened: InstanceType<typeof DatabaseSync>[] = []
    class Known extends DatabaseSync {
      constructor(path: string) {
        super(path)
        opened.push(this)
      }
    }
    const engine = sqlite({ path: newFile(), driver: Known, durability })
    onTestFinished(() => engine.close())
    await engine.open()
    await engine.migrate()
    // A claim may be lost, so it waits for no sync; what comes after it must.
    await engine.claim({ worker: newId(), lease: newId(), lanes: [{ lane: 'q', limit: 1 }], limit: 1, starting: 1, alone: false })
    const settings = opened.map((db) => ({ ...db.prepare('pragma synchronous').get(), ...db.prepare('pragma journal_mode').get() }))
    expect(settings).toEqual([{ synchronous, journal_mode: 'wal' }])
  })
})
