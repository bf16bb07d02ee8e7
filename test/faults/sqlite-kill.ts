/** A process on a SQLite file that dies by SIGKILL: at a point counted by itself, or whenever its parent likes. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { accounts, type Told } from './sqlite-accounts.js'

const VICTIM = fileURLToPath(new URL('fixtures/sqlite-victim.mjs', import.meta.url))

export interface Kill {
  readonly seed: number
  /** The number of the point at which it dies; absent: never by itself. */
  readonly point?: number
  /** Or: killed by us so long after its file was ready. */
  readonly afterMs?: number
  /** Or: put before the command, for tools that kill at a system call. */
  readonly under?: readonly string[]
}

export interface Killed {
  /** Where it died, as it says; undefined when it did not, or was killed from outside. */
  readonly at: string | undefined
  readonly signal: string | null
  readonly wrong: readonly string[]
}

/** Let one die on a file of its own, and look at what is left. */
export async function killOnce(kill: Kill): Promise<Killed> {
  const folder = mkdtempSync(join(tmpdir(), 'worksong-killed-'))
  try {
    const { told, signal, stderr } = await runVictim(folder, kill)
    const path = join(folder, 'jobs.db')
    const wrong = await accounts(path, told).catch((error: Error) => [`the accounts cannot be made: ${error.stack}`])
    if (signal === null && told.at(-1)?.ev !== 'done') wrong.push(`it failed: ${stderr}`)
    return { at: told.find(({ ev }) => ev === 'dies')?.at, signal, wrong }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Every point of a life that nothing ends early, by name, in order. */
export async function census(seed: number): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'worksong-killed-'))
  try {
    const { told, stderr } = await runVictim(folder, { seed }, { census: true })
    const passed = told.at(-1)?.passed
    if (!passed) throw new Error(`the life did not come to its end: ${stderr}`)
    return passed
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function runVictim(folder: string, kill: Kill, more: object = {}): Promise<{ told: Told[]; signal: string | null; stderr: string }> {
  const { seed, point, afterMs, under = [] } = kill
  const evidence = join(folder, 'evidence')
  const config = { path: join(folder, 'jobs.db'), evidence, seed, kill: point ?? 0, loop: afterMs !== undefined, ...more }
  const [command = '', ...args] = [...under, process.execPath, VICTIM, JSON.stringify(config)]
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let stderr = ''
  child.stderr?.on('data', (chunk) => {
    stderr = (stderr + chunk).slice(-2000)
  })
  let timer: NodeJS.Timeout | undefined
  if (afterMs !== undefined) {
    child.once('message', () => {
      timer = setTimeout(() => child.kill('SIGKILL'), afterMs)
    })
  }
  const signal = await new Promise<string | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, by) => resolve(by ?? (code === 137 ? 'SIGKILL' : null)))
  })
  clearTimeout(timer)
  // The last line may have been cut off in the middle by the kill: it is not told then.
  const lines = readFileSync(evidence, 'utf8').split('\n').slice(0, -1)
  return { told: lines.map((line) => JSON.parse(line) as Told), signal, stderr }
}
