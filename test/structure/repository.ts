/** Reads the repository's own files, for the structure tests. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const NOT_OURS = new Set(['node_modules', 'dist', '.git', '.worksong', 'coverage', '.test-state'])
const TEXT = /\.(ts|mts|js|mjs|cjs|json|md|ya?ml|sh|sql|html|css|txt)$|(^|\/)(\.[\w.]+|LICENSE|run)$/

/** The sources below src, by their path below it. */
export function sources(): Record<string, string> {
  const files = walk(join(ROOT, 'src')).filter((path) => path.endsWith('.ts'))
  return Object.fromEntries(files.map((path) => [slashed(relative(join(ROOT, 'src'), path)), readFileSync(path, 'utf8')]))
}

/** Every text file that is or would be committed, by its path; without git, everything that is not built or installed. */
export function committed(): Record<string, string> {
  const git = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' })
  const listed = git.status === 0 && git.stdout !== '' ? git.stdout.split('\0').filter(Boolean) : undefined
  const paths = listed ?? walk(ROOT).map((path) => slashed(relative(ROOT, path)))
  const present = paths.filter((path) => TEXT.test(path) && existsSync(join(ROOT, path)))
  return Object.fromEntries(present.map((path) => [path, read(path)]))
}

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (NOT_OURS.has(entry.name)) return []
    const path = join(folder, entry.name)
    return entry.isDirectory() ? walk(path) : [path]
  })
}

function slashed(path: string): string {
  return path.split(sep).join('/')
}
