// One Postgres server for many test runs: that of WORKSONG_TEST_POSTGRES, or one that the tests' own launcher starts. The launcher is
// TypeScript, which Node 20 does not run: it is compiled into the folder given first.
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, tool } from './shell.mjs'

const SUPPORT = join(root, 'test', 'support')

/** @param {string} folder temporary @returns {Promise<{ url: string, close(): Promise<void> }>} */
export async function launchPostgres(folder) {
  const given = process.env.WORKSONG_TEST_POSTGRES
  if (given) return { url: given, close: async () => {} }
  const out = join(folder, 'launcher')
  const settings = [
    '--target',
    'ES2022',
    '--module',
    'NodeNext',
    '--types',
    'node',
    '--skipLibCheck',
    '--outDir',
    out,
    '--rootDir',
    SUPPORT,
  ]
  const files = ['postgres-server.ts', 'postgres-binaries.ts'].map((file) => join(SUPPORT, file))
  const { code, output } = await tool('typescript', 'tsc', ['--ignoreConfig', ...settings, ...files])
  if (code !== 0) throw new Error(`the launcher of Postgres does not compile: ${output}`)
  cpSync(join(SUPPORT, 'postgres-keeper.mjs'), join(out, 'postgres-keeper.mjs'))
  cpSync(join(root, 'package.json'), join(folder, 'package.json'))
  const launcher = await import(pathToFileURL(join(out, 'postgres-server.js')).href)
  return launcher.launchPostgres()
}
