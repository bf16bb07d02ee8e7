/**
 * After each test file: what did it leave running? Child processes, threads, servers, sockets, file watchers and timers that were not there
 * at the start and are still there a moment after the last test fail the file. Closing is asynchronous, so they get that moment.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import type * as WorkerThreads from 'node:worker_threads'
import { afterAll } from 'vitest'

/** What a test can leave behind, by Node's names; the rest (files being read, DNS questions) ends by itself. */
const WATCHED: Readonly<Record<string, string>> = {
  MessagePort: 'message port',
  TCPServerWrap: 'server',
  TCPSocketWrap: 'socket',
  PipeServerWrap: 'pipe server',
  PipeWrap: 'pipe',
  UDPWrap: 'UDP socket',
  FSEventWrap: 'file watcher',
  StatWatcher: 'file watcher',
  Timeout: 'timer',
}
const PATIENCE_MS = 3_000
const LOOK_EVERY_MS = 20

const threads = watchThreads()
const before = running()
const childrenBefore = new Set(children())

// When the process that started the run is gone, nobody waits for this one: go, and what it holds goes with it.
process.on('disconnect', () => process.exit(1))

afterAll(async () => {
  const until = performance.now() + PATIENCE_MS
  let left = leftover()
  while (left.length > 0 && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS).unref())
    left = leftover()
  }
  newChildren().forEach(end)
  if (left.length > 0) throw new Error(`This test file left something running: ${left.join(', ')}. Close it in the test or in afterEach.`)
}, PATIENCE_MS + 5_000)

function leftover(): string[] {
  const left = newChildren().map((pid) => `the process ${pid} (${commandOf(pid)})`)
  const now = running()
  for (const [name, count] of Object.entries(now)) {
    const more = count - (before[name] ?? 0)
    if (more > 0) left.push(`${more} × ${name}`)
  }
  return left
}

function running(): Record<string, number> {
  const counts: Record<string, number> = { thread: threads.size }
  for (const type of process.getActiveResourcesInfo()) {
    const name = WATCHED[type]
    if (name) counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

/** Node does not list threads, so they are noted as they are made. */
function watchThreads(): ReadonlySet<unknown> {
  const live = new Set<unknown>()
  const module: { Worker: typeof WorkerThreads.Worker } = createRequire(import.meta.url)('node:worker_threads')
  module.Worker = class Worker extends module.Worker {
    constructor(...args: ConstructorParameters<typeof WorkerThreads.Worker>) {
      super(...args)
      live.add(this)
      this.once('exit', () => live.delete(this))
    }
  }
  syncBuiltinESMExports()
  return live
}

function newChildren(): number[] {
  return children().filter((pid) => !childrenBefore.has(pid))
}

/** Direct children as the system knows them (Linux): Node does not list those that were unref'ed. */
function children(): number[] {
  try {
    const tasks = readdirSync(`/proc/${process.pid}/task`)
    const lists = tasks.map((task) => readFileSync(`/proc/${process.pid}/task/${task}/children`, 'utf8'))
    return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number))
  } catch {
    return []
  }
}

/** Not by SIGKILL: a child may have something to take down itself. A stopped one has to be continued to hear it. */
function end(pid: number): void {
  for (const signal of ['SIGTERM', 'SIGCONT'] as const) {
    try {
      process.kill(pid, signal)
    } catch {
      // Gone meanwhile.
    }
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim().slice(0, 120)
  } catch {
    return 'gone'
  }
}
