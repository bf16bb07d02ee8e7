/** A job's module that starts an app when a thread loads it would do so for ever: the attempt fails at once, and says why. */
import { describe, expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { until } from '#dist/testing/conformance/index.js'
import { sqliteMemory } from '../support/engines.js'
import { newApp } from './parts.js'

/** Run the job of a fixture in a thread. */
async function ranIn(fixture: string) {
  const module = new URL(`fixtures/${fixture}`, import.meta.url).href
  const job = defineJob({ name: 'innocent', isolation: 'thread', module, run: () => 'not here' })
  const { app, log } = await newApp(sqliteMemory, [job])
  await app.worker().start()
  const { id } = await app.enqueue(job)
  const ended = await app.jobs.wait(id).catch((error: unknown) => error)
  return { ended, log, module, view: await app.jobs.get(id) }
}

const WAYS = ['start', 'worker', 'enqueue', 'enqueueMany', 'wait', 'forgotten', 'swallowed', 'exit', 'later']

describe('a module that starts an app while a thread loads it', () => {
  it.each([...WAYS.map((how) => `starts-app.mjs?how=${how}`), 'starts-app.cjs'])(
    'fails its job at once and for good: %s',
    async (fixture) => {
      const { ended, log, module, view } = await ranIn(fixture)
      expect(ended).toMatchObject({ code: 'WS_JOB_DEAD', cause: { code: 'WS_IN_THREAD' } })
      expect((ended as Error).message).toContain(`${module} starts an app while it is loaded`)
      expect(view).toMatchObject({ state: 'dead', attempt: 1, maxAttempts: 5 })
      await until(() => log.codes('job.dead').length === 1, 'it is in the log')
      expect(log.codes('job.dead')).toMatchObject([{ level: 'error', fields: { name: 'innocent', error: { code: 'WS_IN_THREAD' } } }])
    },
  )

  it('may make one, and its handler may use it', async () => {
    expect((await ranIn('starts-app.mjs?how=handler')).ended).toBe('queued')
  })
})
