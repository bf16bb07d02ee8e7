/** For the tests of the SQLite engine: a folder of one's own, engines that are closed, and other processes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { newId } from '#dist/core/index.js'
import type { Engine, NewJob } from '#dist/engine/index.js'
import { type SqliteOptions, sqlite } from '#dist/engines/sqlite/index.js'

/** A folder that goes when the test ends. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'worksong-sqlite-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function newFile(): string {
  return join(newFolder(), 'jobs.db')
}

/** An open engine with its tables, closed when the test ends. */
export async function openEngine(options: SqliteOptions): Promise<Engine> {
  const engine = sqlite(options)
  onTestFinished(() => engine.close())
  await engine.open()
  await engine.migrate()
  return engine
}

export function newJob(more: Partial<NewJob> = {}): NewJob {
  return { id: newId(), queue: 'q', kind: 'k', priority: 0, maxAttempts: 5, payload: '{}', ...more }
}

/** The error that a promise ends with. */
export async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

/** Another process, spoken to by lines. */
export class Other {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  readonly #ended: Promise<void>

  /** @param script a file in processes/ */
  constructor(script: string, ...args: string[]) {
    const path = new URL(`processes/${script}`, import.meta.url).pathname
    this.#child = spawn(process.execPath, [path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
    if (!this.#child.stdout) throw new Error('the child has no output')
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
    this.#ended = new Promise((resolve) => this.#child.once('close', () => resolve()))
    onTestFinished(() => this.end())
  }

  /** The next line that it writes. */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next()
    if (done) throw new Error('the process ended without saying so')
    return value
  }

  say(line: string): void {
    this.#child.stdin?.write(`${line}\n`)
  }

  async end(): Promise<void> {
    this.#child.stdin?.end()
    if (this.#child.exitCode === null) this.#child.kill()
    await this.#ended
  }
}
