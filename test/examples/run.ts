/** Runs examples, and the commands that the docs name, as child processes: as a reader would, in an empty folder. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { testPostgres } from '../support/postgres.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const BUILT = join(ROOT, '.worksong', 'examples')
const CLI = join(ROOT, 'dist', 'cli', 'bin.js')

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly all: string
}

/** Compile the examples, into the place from which they find the package by its own name. */
export async function buildExamples(): Promise<void> {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  const { code, all } = await runNode([tsc, '-p', join(ROOT, 'examples', 'tsconfig.json')], ROOT)
  if (code !== 0) throw new Error(`the examples do not compile:\n${all}`)
}

/** Run an example of that name: a compiled one, or an .mjs file as it is. */
export function runExample(name: string, folder: string, env: Record<string, string> = {}, args: readonly string[] = []): Promise<Ran> {
  const file = name.endsWith('.mjs') ? join(ROOT, 'examples', name) : join(BUILT, `${name}.js`)
  return runNode(['--enable-source-maps', file, ...args], folder, env)
}

/** `worksong …`, with the example's app. */
export function worksong(args: readonly string[], folder: string, env: Record<string, string> = {}): Promise<Ran> {
  return runNode([CLI, '--app', join(ROOT, 'examples', 'worksong.config.mjs'), ...args], folder, env)
}

function runNode(args: readonly string[], cwd: string, env: Record<string, string> = {}): Promise<Ran> {
  const { WORKSONG_STORE: _store, ...own } = process.env
  const child = spawn(process.execPath, args, { cwd, env: { ...own, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let all = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk
    all += chunk
  })
  child.stderr.on('data', (chunk: Buffer) => {
    all += chunk
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, all })))
}

/** An empty folder while `work` runs. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'worksong-example-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The URL of an empty database while `work` runs. */
export async function inDatabase<T>(work: (url: string) => Promise<T>): Promise<T> {
  const name = `examples_${crypto.randomUUID().slice(0, 8)}`
  const url = new URL(testPostgres())
  await onServer(`create database ${name}`)
  url.pathname = `/${name}`
  try {
    return await work(url.href)
  } finally {
    await onServer(`drop database ${name} with (force)`)
  }
}

async function onServer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: testPostgres() })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
