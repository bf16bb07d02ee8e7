/** A server that says welcome and farewell in one breath (it is shutting down, or an administrator ends the session): no process dies of it. */
import { expect, it, onTestFinished } from 'vitest'
import { testPostgres } from '../support/postgres.js'
import { tcpProxy } from '../support/tcp-proxy.js'
import { check } from './check.js'
import { type Place, stage } from './stage.js'

/** 'Z', its length, and 'idle': the server is ready for the first statement. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])

function farewell(): Buffer {
  const fields = Buffer.from('SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0')
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields])
}

/** A proxy that ends the first `count` sessions with the very bytes that begin them. */
async function curtProxy(count: number) {
  let left = count
  const proxy = await tcpProxy(testPostgres(), (from, to, way) => {
    from.on('close', () => to.destroy())
    from.on('data', (data) => {
      if (way === 'asked' || left === 0 || !data.subarray(-READY.length).equals(READY)) return to.write(data)
      left--
      from.destroy()
      return to.end(Buffer.concat([data, farewell()]))
    })
  })
  onTestFinished(proxy.close)
  return { url: proxy.url, left: () => left }
}

it('is waited for', async () => {
  const on = await stage('postgres')
  const proxy = await curtProxy(5)
  const producer = await on.producer({ store: { ...on.place, url: proxy.url } as Place, count: 20, atOnce: 5 })
  expect(await producer.exit()).toEqual({ code: 0, signal: null })
  expect(proxy.left()).toBe(0)
  expect(on.stderr()).toBe('')
  await on.worker()
  await on.drained()
  expect((await check(on)).size).toBe(20)
})
