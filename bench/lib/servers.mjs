// Throwaway Postgres and Redis servers. A guard process outlives the harness and stops both as soon as
// the harness is gone, however it went (end, error, Ctrl-C, kill -9): it waits for its stdin to close.

import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sleep } from './measure.mjs'

const POSTGRES = ['fsync=on', 'synchronous_commit=on', 'shared_buffers=512MB', 'max_wal_size=4GB', 'max_connections=200']

const isRoot = process.getuid?.() === 0
const onPath = (command) => {
  try {
    return execFileSync('sh', ['-c', `command -v ${command}`], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
}

/** Postgres refuses to run as root. */
const asPostgres = (argv) => (isRoot ? ['runuser', '-u', 'postgres', '--', ...argv] : argv)
const run = ([command, ...args]) => execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], cwd: '/' })

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

/** @returns the directory that holds everything of this run, and the guard that clears it away */
function openGround(parent = tmpdir()) {
  const directory = mkdtempSync(join(parent, 'worksong-bench-'))
  chmodSync(directory, 0o755)
  const script = `trap '' INT TERM HUP; read -r _
    [ -f pg/data/postmaster.pid ] && ${isRoot ? 'runuser -u postgres -- ' : ''}pg_ctl -D "$PWD/pg/data" -m immediate -w stop >/dev/null 2>&1
    [ -s redis.pid ] && kill -9 "$(cat redis.pid)" 2>/dev/null
    cd / && rm -rf "$0"`
  const guard = spawn('sh', ['-c', script, directory], { cwd: directory, detached: true, stdio: ['pipe', 'ignore', 'inherit'] })
  return {
    directory,
    /** Stops the servers and waits until they are gone. */
    close: () =>
      new Promise((resolve) => {
        guard.once('exit', resolve)
        guard.stdin.end()
      }),
  }
}

/**
 * The whole of a harness: `work` gets a throwaway directory; what it started there is stopped and cleared away however it ends.
 * @param {string | undefined} parent
 * @param {(directory: string) => Promise<unknown>} work
 */
export async function onGround(parent, work) {
  const ground = openGround(parent)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => ground.close().then(() => process.exit(130)))
  }
  try {
    await work(ground.directory)
  } catch (error) {
    console.error(error)
    process.exitCode = 1
  } finally {
    await ground.close()
  }
  process.exit()
}

export async function startPostgres(directory) {
  if (!onPath('initdb') || !onPath('pg_ctl')) throw new Error('Postgres is needed: put its initdb and pg_ctl on the PATH')
  const home = join(directory, 'pg')
  mkdirSync(home)
  if (isRoot) run(['chown', 'postgres', home])
  const data = join(home, 'data')
  const port = await freePort()
  run(asPostgres(['initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']))
  const flags = [...POSTGRES, `port=${port}`, `unix_socket_directories=${home}`].map((setting) => `-c ${setting}`).join(' ')
  const log = join(home, 'log')
  run(asPostgres(['pg_ctl', '-D', data, '-l', log, '-o', flags, '-w', 'start']))

  const { default: pg } = await import('pg')
  const admin = new pg.Client(`postgres://postgres@127.0.0.1:${port}/postgres`)
  admin.on('error', () => {})
  await admin.connect()
  const version = (await admin.query('show server_version')).rows[0].server_version
  let number = 0
  return {
    version: `PostgreSQL ${version.split(' ')[0]} (${POSTGRES.join(', ')})`,
    log,
    /** A fresh database, with the last one's pages written out so that nobody pays for his forerunner. */
    async wiped() {
      if (number > 0) await admin.query(`drop database bench${number} with (force)`)
      await admin.query(`create database bench${++number}`)
      await admin.query('checkpoint')
      return `postgres://postgres@127.0.0.1:${port}/bench${number}`
    },
    close: () => admin.end(),
  }
}

/** @returns undefined when there is no redis-server on the PATH */
export async function startRedis(directory) {
  if (!onPath('redis-server')) return undefined
  const text = execFileSync('redis-server', ['--version'], { encoding: 'utf8' })
  let server
  let number = 0
  const pidFile = join(directory, 'redis.pid')
  const stop = () =>
    new Promise((resolve) => {
      if (!server) return resolve()
      server.once('exit', resolve)
      server.kill('SIGKILL')
    })
  return {
    version: `Redis ${text.match(/v=([\d.]+)/)[1]} (AOF everysec)`,
    /** A fresh server on an empty directory: an old append-only file would be rewritten in somebody's run. */
    async wiped() {
      await stop()
      const home = join(directory, `redis${++number}`)
      rmSync(join(directory, `redis${number - 1}`), { recursive: true, force: true })
      mkdirSync(home)
      const port = await freePort()
      const fixed = '--bind 127.0.0.1 --appendonly yes --appendfsync everysec --maxmemory-policy noeviction --daemonize no'.split(' ')
      const flags = [...fixed, '--save', '', '--port', port, '--dir', home, '--pidfile', pidFile]
      server = spawn('redis-server', flags.map(String), { stdio: ['ignore', 'ignore', 'inherit'] })
      const url = `redis://127.0.0.1:${port}`
      await answering(url)
      return url
    },
    close: stop,
  }
}

async function answering(url) {
  const { default: Redis } = await import('ioredis')
  for (let tries = 0; ; tries++) {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.ping()
      return
    } catch (error) {
      if (tries === 100) throw error
      await sleep(20)
    } finally {
      client.disconnect()
    }
  }
}
