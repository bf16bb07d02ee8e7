/** The password of the app's role is changed under it, and later changed back: work goes on while there are connections, and then it waits. */
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { inspect } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { newId } from 'worksong'
import { ownPostgres } from '../support/postgres.js'
import { tcpProxy } from '../support/tcp-proxy.js'
import { endures, LEASE } from './postgres-trouble.js'
import { contract, openEngine, type Stage, stage, withPg } from './stage.js'

/** Connections that four apps try in two leases (some 200); one that turned in circles would make thousands. */
const FEW_TRIES = 1000
const FEW_LINES = 100

const newSecret = () => randomBytes(9).toString('hex')

interface Locked {
  readonly on: Stage
  readonly secret: string
  /** Connections that have been tried so far. */
  tried(): number
  alter(password: string): Promise<void>
  /** Ends the role's connections. */
  cut(): Promise<void>
  /** The role's connections. */
  connected(): Promise<number>
}

/** A server that wants a password of the app's role, and trusts the test. */
async function locked(): Promise<Locked> {
  const server = await ownPostgres()
  onTestFinished(() => server.close())
  const [role, secret] = ['app_role', newSecret()]
  const run = (sql: string) => withPg(server.url, async (client) => (await client.query(sql)).rows)
  const alter = async (password: string) => void (await run(`alter role ${role} password '${password}'`))
  await run(`create role ${role} login`)
  await alter(secret)
  await run(`grant create on database postgres to ${role}`)
  const [{ hba_file: rules }] = (await run('show hba_file')) as [{ hba_file: string }]
  writeFileSync(rules, `host all ${role} 127.0.0.1/32 md5\n${readFileSync(rules, 'utf8')}`)
  await run('select pg_reload_conf()')
  let directions = 0
  const pass: Parameters<typeof tcpProxy>[1] = (from, to) => {
    directions++
    from.pipe(to)
  }
  const proxy = await tcpProxy(server.url, pass)
  onTestFinished(() => proxy.close())
  const url = Object.assign(new URL(proxy.url), { username: role, password: secret }).href
  const sessions = `from pg_stat_activity where usename = '${role}'`
  return {
    on: await stage('postgres', { url }),
    secret,
    tried: () => directions / 2,
    alter,
    cut: async () => void (await run(`select pg_terminate_backend(pid) ${sessions}`)),
    connected: async () => Number((await run(`select count(*) ${sessions}`))[0]?.count),
  }
}

it('a password that is wrong for a while loses no job and no lease, is tried seldom, and is told to nobody', async () => {
  const { on, secret, tried, alter, cut, connected } = await locked()
  const hasty = on.newApp({ store: openEngine(on.place), patience: '50ms' })
  on.acked.add((await hasty.enqueue(contract('work'), {}, { id: newId() })).id)
  const other = newSecret()
  let refusal: unknown
  await endures(on, async (ends) => {
    await alter(other)
    const before = ends()
    await on.until('work goes on with the connections that there are', () => ends() > before + 100)
    const isAway = () => on.logs('worker.store.away').some(({ errorCode }) => errorCode === 'WS_STORE_PASSWORD')
    await on.until('nobody has a connection, and the workers say why', async () => {
      await cut()
      return (await connected()) === 0 && isAway()
    })
    refusal = await hasty.enqueue(contract('work'), {}).catch((error: unknown) => error)
    const [tries, lines] = [tried(), on.logs().length]
    await pause(2 * LEASE.duration)
    expect(tried() - tries).toBeLessThan(FEW_TRIES)
    expect(on.logs().length - lines).toBeLessThan(FEW_LINES)
    await alter(secret)
  })
  expect(refusal).toMatchObject({ code: 'WS_STORE_PASSWORD', retryable: true, unknownOutcome: false })
  const told = [JSON.stringify(on.logs()), on.stderr(), inspect(refusal, { depth: 10 })].join('\n')
  expect(told).toContain('WS_STORE_PASSWORD')
  for (const word of [secret, other]) expect(told).not.toContain(word)
})
