/** The throwaway servers themselves: they answer, come back at the same address, and die with their test process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import pg from 'pg'
import { expect, test, vi } from 'vitest'
import { ownPostgres, testPostgres } from './postgres.js'
import { findBinaries } from './postgres-binaries.js'
import { KEEPER, keeperConfig } from './postgres-server.js'

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = await client.query({ text: sql, rowMode: 'array' })
    return rows[0]?.[0]
  } finally {
    await client.end()
  }
}

test('the shared server answers', async () => {
  expect(await ask(testPostgres(), 'select 1')).toBe(1)
})

test('a server of its own stops, refuses, comes back at the same address with its data, also after a crash', async () => {
  const server = await ownPostgres({ fsync: true, settings: { max_connections: '17' } })
  try {
    expect(await ask(server.url, 'show max_connections')).toBe('17')
    expect(await ask(server.url, 'show fsync')).toBe('on')
    await ask(server.url, 'create table kept (n int)')
    await server.stop()
    await expect(ask(server.url, 'select 1')).rejects.toThrow(/ECONNREFUSED/)
    await server.start()
    await server.restart('immediate')
    expect(await ask(server.url, 'select count(*)::int from kept')).toBe(0)
  } finally {
    await server.close()
  }
})

test('a server goes down, and its data away, when the process that wanted it is killed', async () => {
  const [binaries] = findBinaries()
  if (!binaries) throw new Error('no Postgres here')
  const config = await keeperConfig(binaries, {})
  const script = `
    import { fork } from 'node:child_process'
    const keeper = fork(${JSON.stringify(KEEPER)}, [${JSON.stringify(JSON.stringify(config))}], { detached: true, execArgv: [] })
    keeper.once('message', (answer) => console.log('started', JSON.stringify(answer)))
    keeper.send({ call: 'start' })`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = await once(parent.stdout, 'data')
  expect(String(said)).toBe('started {}\n')
  const url = `postgres://postgres@127.0.0.1:${config.port}/postgres`
  expect(await ask(url, 'select 1')).toBe(1)
  parent.kill('SIGKILL')
  await vi.waitFor(() => expect(existsSync(config.folder)).toBe(false), { timeout: 10_000, interval: 20 })
  await expect(ask(url, 'select 1')).rejects.toThrow(/ECONNREFUSED/)
})
