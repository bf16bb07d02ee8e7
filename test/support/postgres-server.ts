/** Starts a throwaway Postgres server: data in a temporary folder, trust on 127.0.0.1, a free port. A keeper process takes it down with us. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Binaries, findBinaries, isReachable, type RunAs, removeFolder, serverUser, withReachable } from './postgres-binaries.js'

export type StopMode = 'smart' | 'fast' | 'immediate'

export interface ServerOptions {
  /** Write to the disk for real. Off by default: it is slower, and tests kill processes, not the machine. */
  fsync?: boolean
  /** Server settings, as in postgresql.conf. */
  settings?: Record<string, string>
}

/** A running server. The address stays the same over stops and starts. */
export interface PostgresServer {
  readonly url: string
  readonly description: string
  start(): Promise<void>
  /** `fast` ends the sessions properly, `immediate` is a crash: the next start recovers. Default `fast`. */
  stop(mode?: StopMode): Promise<void>
  restart(mode?: StopMode): Promise<void>
  /** Stop for good and remove the data. */
  close(): Promise<void>
}

const ATTEMPTS = 3

/** Try each Postgres that is found, best first; throws with what every one of them said. */
export async function launchPostgres(options: ServerOptions = {}): Promise<PostgresServer> {
  const failures: string[] = []
  for (const binaries of findBinaries()) {
    // Another process may take the free port before the server does.
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const server = await prepare(binaries, options)
      try {
        await server.start()
        return server
      } catch (error) {
        failures.push(`${server.description}: ${error instanceof Error ? error.message : error}`)
        await server.close()
        if (!/could not bind|in use/i.test(failures.at(-1) as string)) break
      }
    }
  }
  const help = 'Install Postgres 13 or newer, or set WORKSONG_TEST_POSTGRES to the URL of a server that tests may use.'
  throw new Error(`No Postgres server could be started. ${help}\n${failures.join('\n')}`)
}

/** What a keeper needs to know, with the folder for it made. */
export async function keeperConfig(binaries: Binaries, options: ServerOptions) {
  const user = serverUser()
  const folder = temporaryFolder(user)
  const port = await freePort()
  const durable = options.fsync ?? process.env.WORKSONG_TEST_FSYNC === 'on'
  const settings = { max_connections: '200', fsync: durable ? 'on' : 'off', ...options.settings }
  return withReachable(binaries, user, folder, (bin) => ({ bin, folder, port, settings, user }))
}

export const KEEPER = fileURLToPath(new URL('./postgres-keeper.mjs', import.meta.url))

async function prepare(binaries: Binaries, options: ServerOptions): Promise<PostgresServer> {
  const config = await keeperConfig(binaries, options)
  const keeper = fork(KEEPER, [JSON.stringify(config)], { detached: true, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const stop = (mode: StopMode = 'fast') => ask(keeper, { call: 'stop', mode })
  const start = () => ask(keeper, { call: 'start' })
  return {
    url: `postgres://postgres@127.0.0.1:${config.port}/postgres`,
    description: `Postgres ${binaries.version} (${binaries.source}: ${binaries.folder})`,
    start,
    stop,
    restart: async (mode) => {
      await stop(mode)
      await start()
    },
    close: async () => {
      if (keeper.exitCode === null && keeper.signalCode === null) {
        const gone = once(keeper, 'exit')
        if (keeper.connected) keeper.disconnect()
        await gone
      }
      removeFolder(config.folder)
    },
  }
}

/** The keeper answers every message once, in order. */
function ask(keeper: ChildProcess, message: { call: string; mode?: StopMode }): Promise<void> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('the keeper of the Postgres server is gone'))
    keeper.once('exit', onExit)
    keeper.once('message', (answer: { error?: string }) => {
      keeper.off('exit', onExit)
      if (answer.error === undefined) resolve()
      else reject(new Error(answer.error))
    })
    keeper.send(message, (error) => error && reject(error))
  })
}

function temporaryFolder(user: RunAs | undefined): string {
  const parent = [tmpdir(), '/var/tmp'].find((folder) => !user || isReachable(folder, user.uid)) ?? tmpdir()
  const folder = mkdtempSync(join(parent, 'worksong-postgres-'))
  if (user) chownSync(folder, user.uid, user.gid)
  return folder
}

/** One on which nobody listens. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
