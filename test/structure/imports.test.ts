/** The rooms import what they may, and the checker that says so notices every way of breaking a rule. */
import { describe, expect, test } from 'vitest'
import { checkImports } from './check-imports.js'
import { importsOf } from './imports.js'
import { sources } from './repository.js'

test('src keeps the import rules', () => {
  expect(checkImports(sources())).toEqual([])
})

/** A small house in which every rule is kept; each case below breaks one. */
const HOUSE: Readonly<Record<string, string>> = {
  'core/index.ts': "export * from './ids.js'\n",
  'core/ids.ts': 'export const id = 1\n',
  'engine/index.ts': "import { id } from '../core/index.js'\nexport const e = id\n",
  'engines/sqlite/index.ts': "import type { DatabaseSync } from 'node:sqlite'\nexport const open = () => import('node:sqlite')\n",
  'engines/postgres/index.ts': "import type { Pool } from 'pg'\nexport const open = async () => (await import('pg')).default\n",
  'client/index.ts': "import { e } from '../engine/index.js'\nexport { define } from './define.js'\n",
  'client/define.ts': "import type { StandardSchemaV1 } from '@standard-schema/spec'\nexport const define = 1\n",
  'worker/index.ts': "import { Worker } from 'node:worker_threads'\nexport const w = Worker\n",
  'operations/index.ts': "import { w } from '../worker/index.js'\nexport const operations = [w]\n",
  'app/index.ts': "import type { S } from '../engines/sqlite/index.js'\nexport const open = () => import('../engines/sqlite/index.js')\n",
  'http/index.ts': "import type { App } from '../app/index.js'\nimport { operations } from '../operations/index.js'\n",
  'cli/index.ts': "import { Command } from 'commander'\nimport { open } from '../app/index.js'\n",
  'testing/index.ts': "import { open } from '../engines/sqlite/index.js'\n",
  'index.ts': "export { open } from './app/index.js'\n",
}

const BROKEN: readonly (readonly [string, string, string, string])[] = [
  ['core imports Node', 'core/ids.ts', "import { randomUUID } from 'node:crypto'", "core imports nothing, not even 'node:crypto'"],
  ['core imports types of a package', 'core/ids.ts', "import type { A } from '@standard-schema/spec'", 'core imports nothing'],
  ['core imports upwards', 'core/ids.ts', "import { e } from '../engine/index.js'", 'core may not import engine (it imports nothing)'],
  ['a room imports upwards', 'client/define.ts', "import { open } from '../app/index.js'", 'client may not import app (only core, engine)'],
  ['a room imports upwards, types only', 'client/define.ts', "import type { App } from '../app/index.js'", 'client may not import app'],
  ['a room re-exports from above', 'client/define.ts', "export * from '../app/index.js'", 'client may not import app'],
  ['a room imports upwards lazily', 'client/define.ts', "const a = await import('../app/index.js')", 'client may not import app'],
  ['a room imports its neighbour', 'worker/index.ts', "import { define } from '../client/index.js'", 'worker may not import client'],
  [
    'twins import each other',
    'engines/sqlite/index.ts',
    "import { open as o } from '../postgres/index.js'",
    'engines/sqlite may not import engines/postgres',
  ],
  ['past the index', 'client/define.ts', "import { id } from '../core/ids.js'", "a room is entered by its index.ts: '../core/ids.js'"],
  ['past the index, types only', 'client/define.ts', "import type { id } from '../core/ids.js'", 'a room is entered by its index.ts'],
  [
    'the app loads an engine at once',
    'app/index.ts',
    "import { open as o } from '../engines/sqlite/index.js'",
    'only by import() or as types',
  ],
  ['http loads the app', 'http/index.ts', "import { open } from '../app/index.js'", 'http may import only types of app'],
  ['http loads the app lazily', 'http/index.ts', "const a = await import('../app/index.js')", 'http may import only types of app'],
  ['testing loads the command line', 'testing/index.ts', "import '../cli/index.js'", 'testing may not import cli'],
  ['a driver at once', 'engines/postgres/index.ts', "import pg from 'pg'", "'pg' may be imported only lazy or type, this is static"],
  ['a driver by import of a type among values', 'engines/postgres/index.ts', "import { type Pool } from 'pg'", 'this is static'],
  ['SQLite at once', 'engines/sqlite/index.ts', "import { DatabaseSync } from 'node:sqlite'", 'this is static'],
  ["the twin's driver", 'engines/sqlite/index.ts', "const pg = await import('pg')", "'pg' may be imported only by engines/postgres"],
  ['a driver in a room', 'worker/index.ts', "import type { Pool } from 'pg'", "'pg' may be imported only by engines/postgres"],
  ['an unknown package', 'worker/index.ts', "import x from '@scope/x/deep'", "'@scope/x' is not in the table of packages"],
  ['commander outside cli', 'app/index.ts', "import { Command } from 'commander'", "'commander' may be imported only by cli"],
  ['no extension', 'client/define.ts', "import { id } from '../core/index'", "'../core/index' does not end in .js"],
  ['no such file', 'client/define.ts', "import { x } from './nowhere.js'", "'./nowhere.js' does not exist"],
  ['outside src', 'client/define.ts', "import { x } from '../../test/x.js'", 'is outside src'],
  ['an unknown room', 'cellar/index.ts', 'export {}', "the room 'cellar' is not in the table"],
  ['a file in src itself', 'helpers.ts', 'export {}', "the room 'helpers.ts' is not in the table"],
  ['code in the front door', 'index.ts', 'export const version = 1', 'the front door only re-exports'],
  ['SQL in a room', 'worker/index.ts', "const q = 'SELECT id FROM jobs'", 'worker/index.ts:2: SQL stands only in src/engines'],
  ['SQL in a template', 'client/define.ts', 'const q = `\n  update ${table} set x = 1`', 'SQL stands only in src/engines'],
  ['SQL that inserts', 'app/index.ts', 'const q = "insert or ignore into jobs values (1)"', 'SQL stands only in src/engines'],
  ['SQL that deletes', 'maintenance/index.ts', "const q = 'delete from jobs'", 'SQL stands only in src/engines'],
  [
    'SQL over several lines',
    'operations/index.ts',
    'const q = `with old as (\n  select 1\n)\nselect * from old`',
    'SQL stands only in src/engines',
  ],
]

describe('the checker', () => {
  test('is content with a house in which every rule is kept', () => {
    expect(checkImports(HOUSE)).toEqual([])
  })

  test.each(BROKEN)('notices: %s', (_what, path, line, message) => {
    const before = HOUSE[path] ? `${HOUSE[path]?.split('\n')[0]}\n` : ''
    const problems = checkImports({ ...HOUSE, [path]: `${before}${line}\n` })
    expect(problems.join('\n')).toContain(message)
    expect(problems).toHaveLength(1)
  })

  test('does not take words, comments and other strings for imports or SQL', () => {
    const quiet = [
      "// import x from 'pg'",
      "/* import('pg') */",
      'const a = "import x from \'pg\'"',
      "const b = `export * from 'pg'` + /import 'pg'/.source",
      "const c = 'select a job from the list'.length / 2",
      "const d = 'Update the schema: run worksong migrate'",
      "const e = `${['x'].map((x) => `'${x}'`).join()} from 'pg'`",
      "export const f = { from: 'pg', import: 'pg' }",
    ]
    expect(checkImports({ ...HOUSE, 'worker/index.ts': quiet.slice(0, 4).join('\n') })).toEqual([])
    expect(importsOf(quiet.join('\n'))).toEqual([])
  })
})

test('imports are read in every form', () => {
  const source = [
    "import a, { b as c, type D } from './1.js'",
    "import type { E } from './2.js'",
    "export type { F } from './3.js'",
    'import {\n  g,\n  h,\n} from "./4.js"',
    "export * as i from './5.js'",
    "import './6.js'",
    "const j = await import('./7.js')",
    "type K = typeof import('./8.js')",
    "function l(m: import('./9.js').M): void {}",
  ].join('\n')
  const found = importsOf(source).map(({ specifier, kind, line }) => `${line} ${specifier} ${kind}`)
  expect(found).toEqual([
    '1 ./1.js static',
    '2 ./2.js type',
    '3 ./3.js type',
    '7 ./4.js static',
    '8 ./5.js static',
    '9 ./6.js static',
    '10 ./7.js lazy',
    '11 ./8.js type',
    '12 ./9.js type',
  ])
})
