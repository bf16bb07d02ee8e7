/** A server that says welcome and farewell in one breath (it is shutting down, or an administrator ends the session): no process dies of it. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { testPostgres } from '../support/postgres.js'
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
  const { hostname, port } = new URL(testPostgres())
  const open = new Set<Socket>()
  let left = count
  const server = createServer((inner) => {
    const outer = connect({ port: Number(port), host: hostname })
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      open.add(from)
      from.on('error', () => {})
      from.on('close', () => {
        open.delete(from)
        to.destroy()
      })
      from.on('data', (data) => {
        if (from === inner || left === 0 || !data.subarray(-READY.length).equals(READY)) return to.write(data)
        left--
        from.destroy()
        return to.end(Buffer.concat([data, farewell()]))
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    for (const socket of open) socket.destroy()
    await once(server, 'close')
  })
  const through = new URL(testPostgres())
  through.host = `127.0.0.1:${(server.address() as { port: number }).port}`
  return { url: through.href, left: () => left }
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
