// Installs worksong from its packed tarball, so that what users get is what is measured.

import { execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const bench = join(dirname(fileURLToPath(import.meta.url)), '..')
const npm = (args, cwd) => execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

/** The peers, at the versions in package-lock.json (better-sqlite3 may compile for a minute). */
export function installPeers() {
  if (existsSync(join(bench, 'node_modules', 'pg'))) return
  console.error('installing the peers …')
  npm(['ci', '--no-audit', '--no-fund'], bench)
}

/** @returns its version and which build it is */
export function installWorksong(directory) {
  const root = join(bench, '..')
  npm(['run', 'build', '--if-present'], root)
  const output = npm(['pack', '--json', '--pack-destination', directory], root)
  // A build run by `prepack` may print before the JSON.
  const [{ filename, version, shasum }] = JSON.parse(output.slice(output.search(/^\[/m)))
  rmSync(join(bench, 'node_modules', 'worksong'), { recursive: true, force: true })
  npm(['install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', join(directory, filename)], bench)
  return `${version} (${shasum.slice(0, 8)})`
}
