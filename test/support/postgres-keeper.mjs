// A process that keeps one Postgres server for the test process that forked it, and takes it down when that process is gone, however it went
// (end, crash, SIGKILL): then the channel between the two closes. It runs in a session of its own, so a Ctrl-C at the terminal does not reach it.
// Messages: { call: 'start' } and { call: 'stop', mode }; each is answered once: {} or { error }.
import { spawn, spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'

/** @type {{ bin: string, folder: string, port: number, settings: Record<string, string>, user?: { uid: number, gid: number } }} */
const { bin, folder, port, settings, user } = JSON.parse(process.argv[2] ?? '{}')
const data = join(folder, 'data')
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PG')))
const SIGNALS = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' }
const LOG_LINES = 40

/** @type {import('node:child_process').ChildProcess | undefined} */
let server
/** @type {string[]} */
let log = []
let initialised = false
let leaving = false
let queue = Promise.resolve()

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, leave)
process.on('disconnect', leave)
process.on('exit', () => {
  server?.kill('SIGQUIT')
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
})
process.on('message', (/** @type {{ call: string, mode: 'fast' }} */ { call, mode }) => {
  queue = queue.then(async () => {
    try {
      await (call === 'start' ? start() : stop(mode))
      process.send?.({})
    } catch (error) {
      process.send?.({ error: String(error) })
    }
  })
})

async function leave() {
  if (leaving) return
  leaving = true
  await stop('immediate')
  process.exit()
}

async function start() {
  if (server) return
  if (!initialised) initialise()
  initialised = true
  const options = Object.entries({ ...settings, port, listen_addresses: '127.0.0.1', unix_socket_directories: '', lc_messages: 'C' })
  const args = options.flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(join(bin, 'postgres'), ['-D', data, ...args], { cwd: folder, env, ...user, stdio: ['ignore', 'ignore', 'pipe'] })
  server = child
  log = []
  await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => {
      if (server === child) server = undefined
      reject(new Error(`postgres ended with ${code}\n${log.join('\n')}`))
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      log = [...log, ...text.trimEnd().split('\n')].slice(-LOG_LINES)
      if (text.includes('ready to accept connections')) resolve(undefined)
    })
  })
}

function initialise() {
  const args = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions']
  const { status, stderr, error } = spawnSync(join(bin, 'initdb'), args, { cwd: folder, env, ...user, encoding: 'utf8' })
  if (status !== 0) throw new Error(`initdb failed: ${error?.message ?? stderr}`)
}

async function stop(/** @type {keyof typeof SIGNALS} */ mode) {
  const child = server
  if (!child) return
  await new Promise((resolve) => {
    child.once('exit', resolve)
    child.kill(SIGNALS[mode])
  })
}
