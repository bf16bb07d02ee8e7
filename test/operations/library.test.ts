/** The verbs as library calls: an option that is unknown, or not given as an option, is an error that says how it is written. */
import { expect, it } from 'vitest'
import type { Worksong } from '#dist/app/index.js'
import { newId } from '#dist/core/index.js'
import { sqliteMemory } from '../support/engines.js'
import { errorOf } from '../support/stores.js'
import { newApp } from '../worker/parts.js'

type Loose = Record<string, (...args: unknown[]) => Promise<unknown>>
const id = newId()

const calls: [string, (app: Worksong, options: unknown) => Promise<unknown>, string][] = [
  ['jobs.list', (app, options) => (app.jobs as unknown as Loose).list?.(options) ?? never(), 'state'],
  ['jobs.wait', (app, options) => (app.jobs as unknown as Loose).wait?.(id, options) ?? never(), 'timeout'],
  ['jobs.cancel', (app, options) => (app.jobs as unknown as Loose).cancel?.(id, options) ?? never(), 'reason'],
  ['jobs.logs', (app, options) => (app.jobs as unknown as Loose).logs?.(id, options) ?? never(), 'limit'],
  ['queues.pause', (app, options) => (app.queues as unknown as Loose).pause?.('q', options) ?? never(), 'reason'],
]

it.each(calls)('%s', async (name, call, known) => {
  const { app } = await newApp(sqliteMemory, [])
  for (const options of ['why', 200, null, ['why']]) {
    const error = (await errorOf(call(app, options))) as { message: string }
    expect(error).toMatchObject({ code: 'WS_INVALID_OPTION', field: `${name} options` })
    expect(error.message).toMatch(
      new RegExp(`^${name} options must be an object, not (null|a \\w+)\\. Write: app\\.${name}\\(.*${known}: `),
    )
  }
  const nearly = `${known.slice(0, 4)}x`
  const error = await errorOf(call(app, { [nearly]: 'x' }))
  expect(error).toMatchObject({ code: 'WS_INVALID_OPTION', field: nearly, message: expect.stringContaining(`'${known}'`) })
  const far = (await errorOf(call(app, { nonsense: 1 }))) as Error
  expect(far).toMatchObject({ code: 'WS_INVALID_OPTION', field: 'nonsense' })
  expect(far.message).toMatch(new RegExp(`Known options: .*${known}`))
})

it('what would reach behind the call is refused too', async () => {
  const { app } = await newApp(sqliteMemory, [])
  const cancel = app.jobs.cancel.bind(app.jobs) as (id: string, options: object) => Promise<unknown>
  expect(await errorOf(cancel(id, { ids: [newId()] }))).toMatchObject({ field: 'ids' })
  const logs = app.jobs.logs.bind(app.jobs) as (id: string, options: object) => Promise<unknown>
  expect(await errorOf(logs(id, { follow: true }))).toMatchObject({ field: 'follow' })
})

it('values out of range are refused by name', async () => {
  const { app } = await newApp(sqliteMemory, [])
  expect(await errorOf(app.jobs.logs(id, { limit: 0 }))).toMatchObject({ code: 'WS_INVALID_OPTION', field: 'limit' })
  expect(await errorOf(app.jobs.logs(id, { after: -1 }))).toMatchObject({ code: 'WS_INVALID_OPTION', field: 'after' })
  expect(await errorOf(app.jobs.logs('x'))).toMatchObject({ code: 'WS_INVALID_OPTION', field: 'id' })
})

function never(): never {
  throw new Error('there is no such call')
}
