/** Which library is used, and which is refused. */
import { describe, expect, it } from 'vitest'
import { checkVersion, chooseLibrary, type Libraries, type Library } from '#dist/engines/sqlite/driver.js'
import { sqlite } from '#dist/engines/sqlite/index.js'
import { errorOf, newFile, openEngine } from './files.js'

const builtIn = { DatabaseSync: class {} } as unknown as Library
const packaged = { DatabaseSync: class {} } as unknown as Library

function libraries(builtInVersion: string | undefined, more: Partial<Libraries> = {}): Libraries {
  return { builtInVersion, builtIn: async () => builtIn, packaged: async () => packaged, ...more }
}

describe('the choice of the library', () => {
  it.each(['3.51.3', '3.53.4', '4.0.0'])("takes Node's own with SQLite %s", async (version) => {
    expect(await chooseLibrary(libraries(version))).toBe(builtIn)
  })

  it.each(['3.51.2', '3.50.9', '3.7.17'])('takes the package where Node carries SQLite %s', async (version) => {
    expect(await chooseLibrary(libraries(version))).toBe(packaged)
  })

  it('takes the package where Node carries none, or will not give it', async () => {
    expect(await chooseLibrary(libraries(undefined))).toBe(packaged)
    expect(await chooseLibrary(libraries('3.53.4', { builtIn: () => Promise.reject(new Error('no such module')) }))).toBe(packaged)
  })

  it('says what to install when there is neither', async () => {
    const none = libraries(undefined, { packaged: () => Promise.reject(new Error('not found')) })
    expect(await errorOf(chooseLibrary(none))).toMatchObject({ code: 'WS_DRIVER_MISSING' })
  })
})

describe('the version of SQLite', () => {
  it.each(['3.51.2', '3.45.1', '2.9.9', 'unknown'])('refuses %s', (version) => {
    expect(() => checkVersion(version)).toThrow(expect.objectContaining({ code: 'WS_SQLITE_TOO_OLD' }))
  })

  it.each(['3.51.3', '3.52.0', '4.0.0'])('takes %s', (version) => {
    expect(() => checkVersion(version)).not.toThrow()
  })
})

describe('options', () => {
  it.each([
    {},
    { path: '' },
    { path: 'a.db', handle: {} },
    { handle: {} },
    { path: 'a.db', durability: 'none' },
    { path: 'a.db', file: 'b' },
  ])('refuses %j', (options) => {
    expect(() => sqlite(options as never)).toThrow(expect.objectContaining({ code: 'WS_INVALID_OPTION' }))
  })

  it('puts the file into WAL mode and tells what it can do', async () => {
    const path = newFile()
    const engine = await openEngine({ path })
    expect(engine.place).toBe(path)
    expect(engine.capabilities).toMatchObject({ shared: true, notifies: true })
    const memory = sqlite({ path: ':memory:' })
    expect(memory.capabilities.shared).toBe(false)
  })

  it('reads the time from the clock that it is given', async () => {
    const engine = await openEngine({ path: ':memory:', clock: () => 86_400_000 })
    expect((await engine.pulse({ worker: 'w', queues: [] })).now).toBe(86_400_000)
  })
})
