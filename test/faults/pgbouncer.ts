/** A PgBouncer of one's own in front of a server, in transaction mode, with fewer connections than its clients. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { serverUser } from '../support/postgres-binaries.js'
import { freePort } from '../support/postgres-server.js'

/** Its version, or undefined when there is none on the PATH. */
export function pgbouncerVersion(): string | undefined {
  return /PgBouncer (\S+)/.exec(spawnSync('pgbouncer', ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1]
}

/** The URL that leads through it. It ends with the test. */
export async function startPgbouncer(target: string): Promise<string> {
  const { hostname, port, username, password, pathname } = new URL(target)
  const database = pathname.slice(1)
  const folder = mkdtempSync(join(tmpdir(), 'worksong-pgbouncer-'))
  const own = await freePort()
  const secret = password ? ` password=${decodeURIComponent(password)}` : ''
  const config = join(folder, 'pgbouncer.ini')
  writeFileSync(
    config,
    `[databases]
${database} = host=${hostname} port=${port || 5432} dbname=${database} user=${username}${secret}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
ignore_startup_parameters = extra_float_digits
`,
  )
  chmodSync(folder, 0o755)
  const user = serverUser()
  const bouncer = spawn('pgbouncer', ['-q', config], { ...user, stdio: 'ignore' })
  onTestFinished(async () => {
    const gone = once(bouncer, 'exit')
    bouncer.kill('SIGINT')
    await gone
    rmSync(folder, { recursive: true, force: true })
  })
  await listening(own)
  return `postgres://${username}@127.0.0.1:${own}/${database}`
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const socket = connect(port, '127.0.0.1')
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    socket.destroy()
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('PgBouncer did not start')
}
