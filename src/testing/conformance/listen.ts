/** Hints: they make things sooner. They may be lost, so these cases try again until one arrives. */
import assert from 'node:assert/strict'
import { DUE_HINT } from '../../core/index.js'
import type { Engine, Hint } from '../../engine/index.js'
import { type Bench, only, until } from './bench.js'
import { type Case, on } from './case.js'

const notifies: Pick<Case, 'needs'> = { needs: (capabilities) => capabilities.shared && capabilities.notifies }

/** Collects the queues and signals that an engine hints at. */
class Ear {
  readonly queues = new Set<string>()
  readonly wakes: (readonly string[])[] = []
  signals = 0
  #off: (() => Promise<void>) | undefined

  async on(engine: Engine): Promise<this> {
    this.#off = await engine.listen((hint: Hint) => {
      if (hint.type === 'wake') {
        this.wakes.push(hint.queues)
        for (const queue of hint.queues) this.queues.add(queue)
      }
      if (hint.type === 'signal') this.signals++
    })
    return this
  }

  async off(): Promise<void> {
    await this.#off?.()
  }
}

/** Announce until it is heard. */
async function heard(ear: Ear, engine: Engine, queue: string): Promise<void> {
  await until(() => {
    engine.announce([queue])
    return ear.queues.has(queue)
  }, `${queue} is heard`)
}

/** Cancel running jobs until a signal is heard. */
async function signalled(t: Bench, ear: Ear): Promise<void> {
  const worker = await t.worker()
  await until(async () => {
    await t.insertOne()
    const job = only(await worker.take())
    await t.engine.cancelJobs({ ids: [job.id], reason: null })
    return ear.signals > 0
  }, 'a signal is heard')
}

async function withEar(engine: Engine, work: (ear: Ear) => Promise<void>): Promise<void> {
  const ear = await new Ear().on(engine)
  try {
    await work(ear)
  } finally {
    await ear.off()
  }
}

export const listenCases: readonly Case[] = [
  on('announce', 'heard here', 'an announcement is heard in its own process', (t) => withEar(t.engine, (ear) => heard(ear, t.engine, 'q'))),

  on(
    'announce',
    'heard elsewhere',
    'an announcement is heard in another process',
    async (t) => withEar(await t.second(), (ear) => heard(ear, t.engine, 'q')),
    notifies,
  ),

  on('insertJobs', 'announced here', 'the queues of new jobs are announced, each once; of those of later, whoever promotes is told', (t) =>
    withEar(t.engine, async (ear) => {
      await t.engine.insertJobs({ jobs: ['a', 'b', 'a', 'c'].map((queue) => t.newJob({ queue })) })
      await t.engine.insertJobs({ jobs: [t.newJob({ delayMs: 3_600_000 }), t.newJob({ runAt: 0 })] })
      await t.insertOne({ queue: 'alone' })
      assert.deepEqual(ear.wakes, [['a', 'b', 'c'], [DUE_HINT], ['alone']])
    }),
  ),

  on('insertJobs', 'announced here', 'what was refused is announced to nobody', (t) =>
    withEar(t.engine, async (ear) => {
      await assert.rejects(t.engine.insertJobs({ jobs: [t.newJob({ payload: null as never })] }))
      assert.deepEqual(ear.wakes, [])
    }),
  ),

  on(
    'insertJobs',
    'announced elsewhere',
    'of jobs that come one by one and of those that come together, another process is told',
    async (t) =>
      withEar(await t.second(), async (ear) => {
        const stored = async (queue: string, count: number) => {
          await t.insert(count, { queue })
          return ear.queues.has(queue)
        }
        await until(() => stored('one', 1), 'it is told of one')
        await until(() => stored('many', 20), 'it is told of many')
      }),
    notifies,
  ),

  on(
    'insertJobs',
    'announced elsewhere',
    'also of what is stored right before the store is closed',
    async (t) =>
      withEar(t.engine, async (ear) => {
        await until(async () => {
          const engine = t.store.engine()
          await engine.open()
          for (const count of [20, 1, 1]) {
            await engine.insertJobs({ jobs: Array.from({ length: count }, () => t.newJob({ queue: `${count}` })) })
          }
          await engine.insertJobs({ jobs: [t.newJob({ queue: 'last' })] })
          await engine.close()
          return ear.queues.has('20') && ear.queues.has('1') && ear.queues.has('last')
        }, 'it is told of them')
      }),
    notifies,
  ),

  on('announce', 'every queue in the end', 'announcements in quick succession are throttled, not forgotten', async (t) => {
    await withEar(t.engine, async (ear) => {
      const queues = Array.from({ length: 20 }, (_, index) => `queue-${index}`)
      for (const queue of queues) t.engine.announce([queue, 'q'])
      await until(() => queues.every((queue) => ear.queues.has(queue)), 'every queue is heard')
    })
  }),

  on(
    'announce',
    'every queue in the end',
    'in another process, too, whatever and however many the names',
    async (t) => {
      const names = Array.from({ length: 100 }, (_, index) => `${index}`.padEnd(128, '队'))
      await withEar(await t.second(), (ear) =>
        until(() => {
          t.engine.announce(names)
          return names.every((name) => ear.queues.has(name))
        }, 'every queue is heard').then(() => undefined),
      )
    },
    notifies,
  ),

  on('announce', 'never throws', 'it is safe before opening, for nothing, and after closing', async (t) => {
    t.store.engine().announce(['q'])
    t.engine.announce([])
    t.engine.announce(['q'])
    await t.engine.close()
    t.engine.announce(['q'])
    assert.ok(true)
  }),

  on('listen', 'signal here', 'a cancel of a running job is signalled in its own process', (t) =>
    withEar(t.engine, (ear) => signalled(t, ear)),
  ),

  on(
    'listen',
    'signal elsewhere',
    'a cancel of a running job is signalled in another process',
    async (t) => withEar(await t.second(), (ear) => signalled(t, ear)),
    notifies,
  ),

  on('listen', 'until ended', 'nothing is heard any more once listening has ended', async (t) => {
    const gone = await new Ear().on(t.engine)
    await gone.off()
    await gone.off()
    await withEar(t.engine, (ear) => heard(ear, t.engine, 'after'))
    assert.equal(gone.queues.size, 0)
  }),

  on('listen', 'two listeners', 'two listeners of one engine both hear', async (t) => {
    await withEar(t.engine, async (one) => {
      await withEar(t.engine, async (two) => {
        await heard(one, t.engine, 'q')
        await heard(two, t.engine, 'q')
      })
      await heard(one, t.engine, 'later')
    })
  }),

  on('listen', 'two listeners', 'closing the engine ends listening', async (t) => {
    await new Ear().on(t.engine)
    await t.engine.close()
  }),
]
