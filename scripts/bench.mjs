// npm run bench -- ARGS: builds, installs the peers in bench/ if they are missing, and runs the comparison with these arguments.
import { join } from 'node:path'
import { build } from './lib/build.mjs'
import { ensureInstalled } from './lib/install.mjs'
import { root, run } from './lib/shell.mjs'

process.exitCode = await bench()

async function bench() {
  await ensureInstalled()
  const built = await build()
  if (built.code !== 0) {
    console.error(built.output)
    return built.code
  }
  await ensureInstalled(join(root, 'bench'))
  const { code } = await run(process.execPath, [join('bench', 'run.mjs'), ...process.argv.slice(2)], { show: true })
  return code
}
