/** A user's project in a folder of its own, with a real store, and the command line run in it as a user runs it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { testPostgres } from '../support/postgres.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const BIN = join(ROOT, 'dist/cli/bin.js')
const FRONT = new URL('../../dist/index.js', import.meta.url).href

export type EngineName = 'sqlite' | 'postgres'
export const ENGINES: readonly EngineName[] = ['sqlite', 'postgres']

/** The jobs that the tests work with. `hold` says where it runs, and runs until a file says otherwise. */
const CONFIG = `
import { existsSync } from 'node:fs'
import { defineJob, Worksong } from '${FRONT}'

const schema = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) =>
      typeof value?.name === 'string' ? { value } : { issues: [{ message: 'expected a text', path: ['name'] }] },
  },
}
const hello = defineJob({ name: 'hello', input: schema, run: ({ name }) => ({ greeting: 'Hello ' + name }) })
const fail = defineJob({ name: 'fail', retry: false, run: () => { throw new Error('no luck') } })
const hold = defineJob({
  name: 'hold',
  queue: 'held',
  run: (_, ctx) => new Promise((done, reject) => {
    console.log('holding in ' + process.pid + ' attempt ' + ctx.job.attempt)
    const timer = setInterval(() => existsSync('release') && end(done), 10)
    const end = (settle, value) => { clearInterval(timer); settle(value) }
    ctx.signal.addEventListener('abort', () => { console.log('aborted'); end(reject, ctx.signal.reason) })
  }),
})
const fault = defineJob({ name: 'fault', run: () => { setTimeout(() => { throw new Error('out of reach') }, 1) } })
const deaf = defineJob({ name: 'deaf', run: () => { console.log('deaf in ' + process.pid); for (;;) {} } })
const handlerless = defineJob({ name: 'handlerless' })
const talk = defineJob({
  name: 'talk',
  retry: { delays: ['1ms'] },
  async run(_, ctx) {
    ctx.log.info('attempt begins', { attempt: ctx.job.attempt })
    await ctx.progress(1, 2, 'half')
    if (ctx.job.attempt === 1) throw new Error('the first always fails', { cause: new TypeError('no line') })
    while (!existsSync('release')) await new Promise((done) => setTimeout(done, 10))
    ctx.log.warn('over')
    if (existsSync('fail')) throw new RangeError('so does the last', { cause: new TypeError('told to') })
  },
})

export default new Worksong({
  store: process.env.TEST_STORE,
  jobs: [hello, fail, hold, fault, deaf, handlerless, talk],
  lease: { duration: '1s', sweep: '100ms' },
})
`

export class Project {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'worksong-cli-')))
  store = 'sqlite:jobs.db'

  constructor() {
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }))
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true })
    writeFileSync(join(this.folder, path), text)
  }

  /** Run a command to its end. */
  async run(...args: string[]): Promise<Ended> {
    return this.start(args).ended
  }

  /** Run a command with --json to its end: what its one document says. */
  async json(...args: string[]): Promise<Ended & { value: unknown }> {
    const ended = await this.run(...args, '--json')
    return { ...ended, value: JSON.parse(ended.stdout) as unknown }
  }

  /** Enqueue by the command line; the job's id. */
  async enqueue(...args: string[]): Promise<string> {
    const { value } = await this.json('enqueue', ...args)
    return (value as { id: string }).id
  }

  /** Start a command; when the test ends, it ends. */
  start(args: readonly string[], options: { cwd?: string; env?: Record<string, string | undefined>; node?: string[] } = {}): Running {
    return new Running([...(options.node ?? []), BIN, ...args], {
      cwd: join(this.folder, options.cwd ?? '.'),
      env: { ...withoutOurs(), TEST_STORE: this.store, ...options.env },
    })
  }
}

/** A project with the test's jobs and a new, empty store. */
export async function newProject(engine: EngineName = 'sqlite'): Promise<Project> {
  const project = new Project()
  project.write('worksong.config.mjs', CONFIG)
  if (engine === 'postgres') project.store = await newDatabase()
  return project
}

/** A project with the tables made. */
export async function migratedProject(engine: EngineName = 'sqlite'): Promise<Project> {
  const project = await newProject(engine)
  const { code, stderr } = await project.run('migrate')
  if (code !== 0) throw new Error(stderr)
  return project
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A command that runs. */
export class Running {
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess
  readonly #looks = new Set<() => void>()
  #stdout = ''
  #stderr = ''
  #over = false

  constructor(args: readonly string[], options: { cwd: string; env: Record<string, string | undefined> }) {
    const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.#look(() => (this.#stdout += text)))
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#look(() => (this.#stderr += text)))
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.#look(() => (this.#over = true))
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr })
      })
    })
    onTestFinished(async () => {
      if (!this.#over) child.kill('SIGTERM')
      const hard = setTimeout(() => child.kill('SIGKILL'), 8_000)
      await this.ended
      clearTimeout(hard)
    })
  }

  get pid(): number {
    return this.#child.pid as number
  }

  get output(): string {
    return `${this.#stdout}\n${this.#stderr}`
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Wait until the output so far has this; what it matched. */
  until(pattern: RegExp): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.output.match(pattern)
        if (!found && !this.#over) return
        this.#looks.delete(look)
        if (found) resolve(found)
        else reject(new Error(`it ended without ${pattern}:\n${this.output}`))
      }
      this.#looks.add(look)
      look()
    })
  }

  #look(change: () => void): void {
    change()
    for (const look of [...this.#looks]) look()
  }
}

async function newDatabase(): Promise<string> {
  const name = `cli_${randomBytes(6).toString('hex')}`
  const admin = new pg.Client({ connectionString: testPostgres() })
  await admin.connect()
  await admin.query(`create database ${name}`)
  onTestFinished(async () => {
    await admin.query(`drop database ${name} with (force)`)
    await admin.end()
  })
  const url = new URL(testPostgres())
  url.pathname = `/${name}`
  return url.href
}

function withoutOurs(): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(WORKSONG_|VITEST|NODE_OPTIONS|NO_COLOR|FORCE_COLOR)/.test(key)),
  )
}
