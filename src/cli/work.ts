/** worksong work: one worker in this process, or a supervisor over several. */
import { type Operation, parseInput } from '../operations/index.js'
import type { CliCommand } from './command.js'
import { superviseWorkers } from './supervise-workers.js'
import { runWorker } from './worker-process.js'

export interface WorkInput {
  readonly queue?: readonly string[]
  readonly concurrency?: number
  readonly name?: string
  readonly processes?: number
  /** In ms. */
  readonly grace: number
}

const fields: Operation['fields'] = {
  queue: {
    type: 'text',
    many: true,
    words: "only these queues, the first named served first (default: 'default' and every queue that the app's jobs name)",
  },
  concurrency: { type: 'number', min: 1, max: 10_000, words: 'the most jobs that run at once, per process (default 20)' },
  name: { type: 'text', words: "the worker's name, for people (default worker)" },
  processes: { type: 'number', min: 1, max: 256, words: 'run this many worker processes, and start those that crash again' },
  grace: { type: 'duration', unit: true, default: '25s', words: 'on SIGTERM or Ctrl+C, how long running jobs may take to finish' },
}

export const work: CliCommand = {
  name: ['work'],
  words: "Run a worker for the app's jobs, until SIGTERM or Ctrl+C (twice: at once)",
  fields,
  examples: ['worksong work', 'worksong work --queue billing mail --concurrency 50', 'worksong work --processes 4 --grace 1m'],
  async perform(raw, globals, output) {
    const input = parseInput<WorkInput>(fields, raw)
    const parent = process.env.WORKSONG_CHILD
    if (parent === undefined && input.processes !== undefined) return superviseWorkers(input, input.processes, globals, output)
    // It is for this process, not for what its jobs start.
    delete process.env.WORKSONG_CHILD
    return runWorker(input, globals, output, parent)
  },
}
