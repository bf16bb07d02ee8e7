/** A worker that starts and can have nothing to do says so, once. */
import { describe, expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { makers } from '../support/stores.js'
import { newApp, type TestApp } from './parts.js'

const CODES = ['worker.jobs.none', 'worker.queues.unknown']
const job = defineJob({ name: 'k', queue: 'mail', run: () => 1 })
const contract = defineJob({ name: 'elsewhere' })

const warned = ({ log }: TestApp) => log.lines.filter(({ code = '' }) => CODES.includes(code))

describe.each(makers)('$name', (maker) => {
  it('when no job has a handler', async () => {
    const made = await newApp(maker, [contract])
    await made.app.worker({ queues: ['any'] }).start()
    expect(warned(made)).toMatchObject([{ level: 'warn', code: 'worker.jobs.none', fields: { jobs: ['elsewhere'] } }])
  })

  it('when neither a job nor the store knows any of its queues', async () => {
    const made = await newApp(maker, [job])
    await made.app.worker({ queues: { mial: 1, mali: 2 } }).start()
    expect(warned(made)).toMatchObject([
      { level: 'warn', code: 'worker.queues.unknown', fields: { queues: ['mial', 'mali'], named: ['mail'] } },
    ])
    expect(warned(made)[0]?.message).toMatch(/mial, mali.*mail$/)
  })

  it('and not when one of them is named by a job, or holds jobs, or the store cannot be asked', async () => {
    const made = await newApp(maker, [job])
    await made.app.worker({ queues: ['mail', 'later'] }).start()
    await made.app.worker().start()
    await made.app.enqueue(job, undefined, { queue: 'bulk' })
    await made.app.worker({ queues: ['bulk'] }).start()
    made.faults.failBefore('listQueues', 1)
    await made.app.worker({ queues: ['mial'] }).start()
    expect(warned(made)).toEqual([])
  })
})
