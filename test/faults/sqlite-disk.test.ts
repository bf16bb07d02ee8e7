/** A disk that is full, or read-only, for a while: a typed refusal, nothing half written, and all goes on by itself when that is over. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { defineJob, typed, Worksong } from 'worksong'
import type { Engine } from '#dist/engine/index.js'
import { sqlite } from '#dist/engines/sqlite/index.js'
import { newFile } from '../engines/sqlite/files.js'
import { DatabaseSync } from '../support/sqlite.js'
import { jobsIn, thrownBy } from '../support/stores.js'
import { Gate, TestLogger } from '../worker/parts.js'
import { until } from './contract-flows.js'

interface Trouble {
  readonly engine: Engine
  begin(): void
  end(): void
}

/** A file system of 3 MB, which a file fills. */
function smallDisk(): Trouble {
  const folder = mount() as string
  onTestFinished(() => unmount(folder))
  const ballast = join(folder, 'ballast')
  const fill = () => thrownBy(() => writeFileSync(ballast, Buffer.alloc(4 * 2 ** 20)))
  return { engine: sqlite({ path: join(folder, 'jobs.db') }), begin: () => void fill(), end: () => rmSync(ballast) }
}

function mount(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'worksong-small-'))
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder]).status === 0) return folder
  rmSync(folder, { recursive: true })
  return undefined
}

function unmount(folder: string): void {
  spawnSync('umount', ['-l', folder])
  rmSync(folder, { recursive: true, force: true })
}

/** Whether a file system can be mounted here; not by everybody, and not in most containers. */
const canMount = (() => {
  const folder = mount()
  if (folder) unmount(folder)
  return folder !== undefined
})()

/** Without rights to mount: SQLite itself is told that the file may not grow, or not be written. */
function byPragma(begin: string, end: string): () => Trouble {
  return () => {
    const handle = new DatabaseSync(newFile())
    onTestFinished(() => handle.close())
    return { engine: sqlite({ handle }), begin: () => handle.exec(begin), end: () => handle.exec(end) }
  }
}

const TROUBLES: readonly (readonly [string, string, () => Trouble])[] = [
  ['a full disk', 'WS_STORE_DISK_FULL', smallDisk],
  // Not below what the file has: so the next page is one too many.
  ['a file that may not grow', 'WS_STORE_DISK_FULL', byPragma('pragma max_page_count = 1', 'pragma max_page_count = 1000000')],
  ['a file that cannot be written', 'WS_STORE_READ_ONLY', byPragma('pragma query_only = on', 'pragma query_only = off')],
]

describe.each(TROUBLES)('%s', (what, code, make) => {
  const skipped = what === 'a full disk' && !canMount
  it.skipIf(skipped)(skipped ? 'SKIPPED: no file system can be mounted here' : 'is refused, and passes', async () => {
    const trouble = make()
    const [gate, log] = [new Gate(), new TestLogger()]
    const held = gate.job('held')
    const big = defineJob({ name: 'big', input: typed<string>(), run: () => undefined })
    const jobs = [held, big as never]
    const app = new Worksong({ store: trouble.engine, jobs, logger: log, patience: '60ms', lease: { duration: '2s', sweep: 50 } })
    onTestFinished(async () => {
      gate.all()
      await app.close()
    })
    const worker = app.worker()
    await worker.start()
    const { id: identity } = worker
    const acked = [(await app.enqueue(held)).id, (await app.enqueue(held)).id]
    await until('both run', () => gate.running === 2)

    trouble.begin()
    const refusals: unknown[] = []
    // Some still find room in the pages that there are.
    for (let n = 0; n < 200 && refusals.length < 2; n++) {
      const added = await app.enqueue(big, 'x'.repeat(60_000)).then(
        ({ id }) => acked.push(id),
        (error: unknown) => refusals.push(error),
      )
      expect(added).toBeGreaterThan(0)
    }
    for (const refusal of refusals) expect(refusal).toMatchObject({ code, unknownOutcome: false })
    expect(refusals.length).toBe(2)
    // The ends of what ran meanwhile are kept.
    gate.all()
    const noted = async () => (await app.queues.list())[0]?.succeeded === 2
    await until(
      'the worker hears of it, or had room for the ends',
      async () => log.codes('worker.store.away').length > 0 || (await noted()),
    )
    trouble.end()

    const after = (await app.enqueue(big, 'after')).id
    acked.push(after)
    await until('all have ended', async () => (await app.queues.list())[0]?.succeeded === acked.length)
    for (const id of acked) {
      const job = await app.jobs.get(id)
      expect([job?.state, job?.attempts.map(({ end, attempt }) => `${end} ${attempt}`)]).toEqual(['succeeded', ['succeeded 1']])
    }
    expect(await jobsIn(trouble.engine)).toBe(acked.length)
    expect(worker.id).toBe(identity)
    expect(gate.started.length).toBe(2)
    expect(log.codes('worker.silent')).toEqual([])
  })
})
