/** The patches of `npm run mutants` keep up with the sources: each still applies, and names a test that there is. It does not run them. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT, read } from './repository.js'

const FOLDER = 'test/mutants'
const CASES = 'src/testing/conformance'
const LEAST = 18
/** `name:` may begin with the names of the groups around the case, which may be made of parts; its last words stand in one place. */
const LAST_WORDS = 4

const patches = readdirSync(join(ROOT, FOLDER)).filter((file) => file.endsWith('.patch'))
const gitThere = spawnSync('git', ['--version']).status === 0

/** Where the case may be written: in the test file, or, of the conformance suite, in one of its parts. */
function sourcesOf(file: string): string {
  if (!file.startsWith('test/conformance/')) return read(file)
  return readdirSync(join(ROOT, CASES))
    .map((part) => read(`${CASES}/${part}`))
    .join('\n')
}

test(`there are at least ${LEAST}, each of a name of its own`, () => {
  expect(patches.length).toBeGreaterThanOrEqual(LEAST)
  expect(patches.filter((file) => !/^\d\d-[a-z0-9-]+\.patch$/.test(file))).toEqual([])
  const names = patches.map((file) => file.slice(3))
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
})

describe.each(patches)('%s', (file) => {
  const text = read(`${FOLDER}/${file}`)
  const field = (key: string) => new RegExp(`^${key}: (.+)$`, 'm').exec(text)?.[1] ?? ''

  test('says what goes wrong, and names a test that there is', () => {
    expect(field('why')).not.toBe('')
    expect(existsSync(join(ROOT, field('test')))).toBe(true)
    const words = field('name').split(' ').slice(-LAST_WORDS).join(' ')
    expect(words.length).toBeGreaterThan(10)
    expect(sourcesOf(field('test'))).toContain(words)
  })

  test.skipIf(!gitThere)('applies (else make it anew: CONTRIBUTING.md, mutants)', () => {
    const { status, stderr } = spawnSync('git', ['apply', '--check', `${FOLDER}/${file}`], { cwd: ROOT, encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    // Nothing but src is taken from.
    const touched = [...text.matchAll(/^\+\+\+ b\/(.+)$/gm)].map((match) => match[1])
    expect(touched.filter((path) => !path?.startsWith('src/'))).toEqual([])
    expect(touched.length).toBeGreaterThan(0)
  })
})
