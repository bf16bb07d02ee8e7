/** When a process ends by itself: what only enqueues or looks keeps none alive, what was started does, on every engine alike. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { postgres } from '#dist/engines/postgres/index.js'
import { sqlite } from '#dist/engines/sqlite/index.js'
import { newFile } from '../engines/sqlite/files.js'
import { testPostgres } from '../support/postgres.js'
import { jobsIn } from '../support/stores.js'
import { newSchema } from './parts.js'

const FIXTURE = fileURLToPath(new URL('./fixtures/exit.mjs', import.meta.url))

type Place = { readonly path: string } | { readonly url: string; readonly schema: string; readonly listen?: false }

const PLACES: readonly [string, () => Place][] = [
  ['sqlite', () => ({ path: newFile() })],
  ['postgres', () => ({ url: testPostgres(), schema: newSchema() })],
  ['postgres without LISTEN', () => ({ url: testPostgres(), schema: newSchema(), listen: false })],
]

/** What the process said, once it has ended by itself. */
async function said(place: Place, act: string): Promise<string> {
  const child = spawn(process.execPath, [FIXTURE, JSON.stringify({ place, act })], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (part) => {
    text += part
  })
  const [code] = await once(child, 'close')
  return `${text}${code}`
}

async function stored(place: Place): Promise<number> {
  const engine = 'path' in place ? sqlite(place) : postgres(place)
  await engine.open()
  try {
    return await jobsIn(engine)
  } finally {
    await engine.close()
  }
}

describe.each(PLACES)('%s: a process with an app that is never closed', (_name, make) => {
  it.each([
    ['enqueue', 20],
    ['enqueue, unawaited', 1],
    ['enqueueMany', 2500],
    ['look', 0],
  ])('ends when its work is done: %s', async (act, count) => {
    const place = make()
    expect(await said(place, act)).toBe('done\n0')
    expect(await stored(place)).toBe(count)
  })

  it.each(['start', 'worker.start'])('goes on after %s, until the app is closed', async (act) => {
    expect(await said(make(), act)).toBe('done\nalive\n0')
  })
})
