/** What `import 'worksong'` and each subpath load: no driver, no engine, no command line before somebody asks for it. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { ROOT, read } from './repository.js'

const HOOKS = new URL('./loads-hooks.mjs', import.meta.url).href
const BELOW_APP = ['app', 'batches', 'client', 'core', 'engine', 'events', 'limiters', 'maintenance', 'operations', 'programs', 'scheduler']
const APP = [...BELOW_APP, 'worker', 'workflows', 'index.js']
const FLOOR = ['core', 'engine']

/** Per subpath, the rooms that may be loaded. Packages: none at all; they come with the first use. */
const MAY_LOAD: Readonly<Record<string, readonly string[]>> = {
  '.': APP,
  './sqlite': [...FLOOR, 'engines/sqlite'],
  './postgres': [...FLOOR, 'engines/postgres'],
  './testing': [...APP, 'engines/sqlite', 'engines/postgres', 'testing'],
}

const subpaths = Object.keys(JSON.parse(read('package.json')).exports).filter((subpath) => subpath !== './package.json')

test('every subpath is in the table', () => {
  expect(Object.keys(MAY_LOAD).sort()).toEqual(subpaths.sort())
})

test.each(subpaths)('%s loads only its own rooms, no package and no driver', (subpath) => {
  const loaded = loadedBy(subpath.replace('.', 'worksong'))
  expect(loaded.some((name) => name.startsWith('dist/'))).toBe(true)
  expect(loaded.filter((name) => name.includes('node_modules/') || name === 'node:sqlite')).toEqual([])
  const rooms = new Set(loaded.map(roomOf).filter((room) => room !== undefined))
  expect([...rooms].filter((room) => !MAY_LOAD[subpath]?.includes(room))).toEqual([])
})

/** The URLs of all modules that importing this specifier loads, those of files relative to the repository. */
function loadedBy(specifier: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'worksong-loads-'))
  const file = join(folder, 'urls')
  try {
    const args = ['--import', HOOKS, '--input-type=module', '--eval', `await import('${specifier}'); process.exit()`]
    execFileSync(process.execPath, args, { cwd: ROOT, env: { ...process.env, WORKSONG_LOADS: file }, stdio: ['ignore', 'ignore', 'pipe'] })
    return readFileSync(file, 'utf8').trim().split('\n').map(relativeToRoot)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function relativeToRoot(url: string): string {
  const base = pathToFileURL(fileURLToPath(pathToFileURL(ROOT))).href.replace(/\/?$/, '/')
  return url.startsWith(base) ? url.slice(base.length) : url
}

function roomOf(name: string): string | undefined {
  const [top, room, inner] = name.split('/')
  if (top !== 'dist') return undefined
  return room === 'engines' ? `engines/${inner}` : room
}
