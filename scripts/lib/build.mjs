// Compiles src to dist, and the examples to .worksong/examples. Compiles over what is there and then removes what has no source any more,
// so that a process that runs from dist meanwhile never finds it empty.
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, tool } from './shell.mjs'

const COMPILED = /\.(js|js\.map|d\.ts)$/

/** @returns {Promise<{ code: number, output: string }>} */
export async function build() {
  const result = await tool('typescript', 'tsc', ['-p', '.'])
  removeStale(join(root, 'dist'), join(root, 'src'))
  const bin = join(root, 'dist', 'cli', 'bin.js')
  if (existsSync(bin)) chmodSync(bin, 0o755)
  return result
}

/** Examples import 'worksong' by its name: below the repository, Node resolves that to the package itself. Needs a build. */
export async function buildExamples() {
  mkdirSync(join(root, '.worksong'), { recursive: true })
  return tool('typescript', 'tsc', ['-p', 'examples/tsconfig.json'])
}

function removeStale(built, source) {
  if (!existsSync(built)) return
  for (const entry of readdirSync(built, { withFileTypes: true })) {
    const path = join(built, entry.name)
    if (entry.isDirectory()) {
      removeStale(path, join(source, entry.name))
      if (readdirSync(path).length === 0) rmSync(path, { recursive: true })
    } else if (COMPILED.test(entry.name) && !existsSync(join(source, entry.name.replace(COMPILED, '.ts')))) {
      rmSync(path)
    }
  }
}
