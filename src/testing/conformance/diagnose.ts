/** The engine's look at its own store: never throws, whatever state the engine or the store is in. */
import assert from 'node:assert/strict'
import type { Check, Engine } from '../../engine/index.js'
import { type Case, on, shared } from './case.js'

const NAMES = ['reach', 'version', 'schema', 'rights', 'clock', 'disk'] as const

function byName(checks: readonly Check[]): Map<string, Check> {
  return new Map(checks.map((check) => [check.name, check]))
}

async function look(engine: Engine): Promise<Map<string, Check>> {
  return byName(await engine.diagnose())
}

export const diagnoseCases: readonly Case[] = [
  on('diagnose', 'ok', 'a store in order fails no check', async (t) => {
    const checks = await t.engine.diagnose()
    for (const { name, status, text } of checks) assert.ok(status !== 'failed', `${name}: ${text}`)
    const found = byName(checks)
    for (const name of ['reach', 'version', 'schema', 'rights', 'clock'] as const) assert.equal(found.get(name)?.status, 'ok', name)
  }),

  on(
    'diagnose',
    'every check named',
    'every check has a name of its own and says what was found; what is wrong says what to do',
    async (t) => {
      const checks = await t.engine.diagnose()
      assert.deepEqual(
        checks.slice(0, NAMES.length).map(({ name }) => name),
        NAMES,
      )
      assert.equal(new Set(checks.map(({ name }) => name)).size, checks.length)
      for (const { name, status, text, fix } of checks) {
        assert.match(name, /^[a-z-]+$/)
        assert.ok(text.length > 0 && !text.includes('\n'))
        if (status === 'warn' || status === 'failed') assert.ok(fix, `${name} has no fix`)
      }
    },
  ),

  on(
    'diagnose',
    'without a schema',
    'a store without a schema says which command makes it',
    async (t) => {
      const schema = (await look(t.engine)).get('schema')
      assert.equal(schema?.status, 'failed')
      assert.match(schema?.fix ?? '', /worksong migrate/)
    },
    { store: 'empty', ...shared },
  ),

  on('diagnose', 'never opened', 'an engine that was never opened can look, and is not open afterwards', async (t) => {
    const engine = t.store.engine()
    assert.deepEqual([...(await look(engine)).keys()].slice(0, NAMES.length), NAMES)
    await assert.rejects(engine.listQueues())
    await engine.close()
  }),

  on('diagnose', 'after close', 'an engine that is closed does not throw', async (t) => {
    await t.engine.close()
    assert.ok((await t.engine.diagnose()).length >= NAMES.length)
  }),

  on(
    'diagnose',
    'unreachable',
    'a store that cannot be reached fails the first check, and the others say that they could not look',
    async (t) => {
      const engine = t.store.unreachable()
      for (const tried of [false, true]) {
        if (tried) await engine.open().catch(() => undefined)
        const [reach, ...others] = await engine.diagnose()
        assert.deepEqual([reach?.name, reach?.status], ['reach', 'failed'])
        assert.ok(reach?.fix)
        assert.ok(others.length >= NAMES.length - 1)
        for (const check of others) assert.deepEqual([check.name, check.status], [check.name, 'unknown'])
      }
      await engine.close()
    },
  ),

  on('diagnose', 'no secrets', 'what is said has no password in it', async (t) => {
    for (const engine of [t.engine, t.store.unreachable()]) {
      assert.doesNotMatch(JSON.stringify(await engine.diagnose()), /:[^/@"\s]+@/)
      await engine.close()
    }
  }),
]
