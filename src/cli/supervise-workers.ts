/** worksong work --processes N: the same command in N child processes, under a supervisor. Loads no app itself. */
import { fork } from 'node:child_process'
import { plainLogger } from '../app/index.js'
import { findApp, noApp } from './app-file.js'
import type { Globals } from './command.js'
import { onOrphaned } from './orphan.js'
import type { Output } from './output.js'
import { onStopSignal } from './signals.js'
import { Supervisor } from './supervisor.js'
import type { WorkInput } from './work.js'
import { queuesText, type WorkerReady } from './worker-process.js'

export async function superviseWorkers(input: WorkInput, processes: number, globals: Globals, output: Output): Promise<number> {
  if (findApp(globals) === undefined) throw noApp('A worker needs the jobs of an app', true)
  const supervisor = new Supervisor({
    processes,
    graceMs: input.grace,
    logger: plainLogger(),
    start: (number) =>
      fork(process.argv[1] as string, process.argv.slice(2), {
        env: { ...process.env, WORKSONG_CHILD: String(number) },
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      }),
    onReady: (workers) => output.result({ pid: process.pid, workers }, describe(workers)),
  })
  const deafen = onStopSignal((count) => {
    if (count === 1) supervisor.stop()
    else if (count === 2) supervisor.hurry()
    else supervisor.kill()
  })
  const offOrphaned = onOrphaned(() => supervisor.stop())
  try {
    return await supervisor.run()
  } finally {
    deafen()
    offOrphaned()
  }
}

function describe(workers: readonly WorkerReady[]): string {
  const { queues = [], concurrency = 0, store = '' } = workers[0] ?? {}
  const each = `${queuesText(queues)}; ${concurrency} jobs at once in each; store ${store}`
  const names = workers.map((worker) => `${worker.name} (pid ${worker.pid})`).join(', ')
  return `ready: ${each}; ${names}. Ctrl+C stops ${workers.length === 1 ? 'it' : 'them'}.`
}
