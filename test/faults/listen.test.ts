/** The listening connection is cut, or goes deaf: jobs still start, by the poll; and it listens again. */
import type { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { testPostgres } from '../support/postgres.js'
import { tcpProxy } from '../support/tcp-proxy.js'
import { check } from './check.js'
import { contract, openEngine, type Place, type Stage, stage, withPg } from './stage.js'

/** A proxy that can swallow what flows through the connections of this moment, and keep them open. */
async function swallowingProxy(url: string, onTestFinished: (end: () => Promise<void>) => void) {
  const pass = (from: Socket, to: Socket) => {
    from.on('data', (data) => to.write(data))
    from.on('end', () => to.end())
  }
  const proxy = await tcpProxy(url, pass, { allowHalfOpen: true })
  onTestFinished(proxy.close)
  return {
    url: proxy.url,
    swallow: () => {
      for (const socket of proxy.sockets) {
        socket.removeAllListeners('data').removeAllListeners('end')
        socket.resume()
      }
    },
  }
}

/** A job enqueued without any hint that the worker could hear. */
async function enqueueUnheard(on: Stage): Promise<void> {
  const app = on.newApp({ store: openEngine({ ...on.place, listen: false } as Place) })
  const { id } = await app.enqueue(contract('work'), {})
  on.acked.add(id)
  await on.until('the job ran', () => on.evidence('end', id).length === 1)
}

it.concurrent('a listening connection that is cut is made again', async ({ onTestFinished }) => {
  const on = await stage('postgres', { onTestFinished })
  const { schema } = on.place as { schema: string }
  const listen = new URL(testPostgres())
  listen.searchParams.set('application_name', schema)
  await on.worker({ place: { ...on.place, listen: listen.href } as Place })
  const { rowCount } = await withPg(testPostgres(), (client) =>
    client.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [schema]),
  )
  expect(rowCount).toBe(1)
  await on.until('the worker says so', () => on.logs('store.hints.down').length === 1)
  await enqueueUnheard(on)
  await on.until('it listens again', () => on.logs('store.hints.up').length === 1)
  await on.drained()
  await check(on)
  expect(on.stderr()).toBe('')
})

it.concurrent('a listening connection that has gone deaf is noticed and made again', async ({ onTestFinished }) => {
  const on = await stage('postgres', { onTestFinished })
  const proxy = await swallowingProxy(testPostgres(), onTestFinished)
  await on.worker({ place: { ...on.place, listen: proxy.url } as Place })
  proxy.swallow()
  await enqueueUnheard(on)
  await on.until('the worker says so', () => on.logs('store.hints.down').length === 1, 15_000)
  await on.until('it listens again', () => on.logs('store.hints.up').length === 1)
  await on.drained()
  await check(on)
  expect(on.stderr()).toBe('')
})

it.concurrent('a worker stops although its listening connection has gone deaf', async ({ onTestFinished }) => {
  const on = await stage('postgres', { onTestFinished })
  const proxy = await swallowingProxy(testPostgres(), onTestFinished)
  const worker = await on.worker({ place: { ...on.place, listen: proxy.url } as Place })
  proxy.swallow()
  worker.signal('SIGTERM')
  const ended = worker.exit()
  await on.until('it has stopped', () => !worker.running)
  expect(await ended).toEqual({ code: 0, signal: null })
})
