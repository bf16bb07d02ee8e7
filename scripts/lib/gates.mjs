// The gates that are not tests: each runs a tool over the repository and gives { code, output }.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { npm, root, tool } from './shell.mjs'

export function formatAndLint() {
  return tool('@biomejs/biome', 'biome', ['check', '--error-on-warnings', '--max-diagnostics=50', '.'])
}

/** Types of the tests and of the examples; those of src are checked by the build. */
export async function types() {
  const tests = await tool('typescript', 'tsc', ['-p', 'test/tsconfig.json', '--noEmit'])
  if (!readdirSync(join(root, 'examples')).some((file) => file.endsWith('.ts'))) return tests
  const examples = await tool('typescript', 'tsc', ['-p', 'examples/tsconfig.json', '--noEmit'])
  return { code: tests.code || examples.code, output: tests.output + examples.output }
}

/** Unused files, exports and dependencies. */
export function unused() {
  return tool('knip', 'knip', ['--no-progress', '--no-config-hints'])
}

/** Two checks of the packed package, as users get it. */
export function publint() {
  return withTarball((tarball) => tool('publint', 'publint', ['run', tarball, '--strict']))
}

export function typesOfPackage() {
  return withTarball((tarball) =>
    tool('@arethetypeswrong/cli', 'attw', [
      tarball,
      '--profile',
      'esm-only',
      '--no-emoji',
      '--no-color',
      '--no-definitely-typed',
      '--format',
      'ascii',
    ]),
  )
}

async function withTarball(check) {
  const folder = mkdtempSync(join(tmpdir(), 'worksong-pack-'))
  try {
    const packed = await npm(['pack', '--ignore-scripts', '--pack-destination', folder])
    const name = readdirSync(folder).find((file) => file.endsWith('.tgz'))
    if (packed.code !== 0 || !name || !existsSync(join(folder, name))) return { code: 1, output: packed.output }
    return await check(join(folder, name))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
