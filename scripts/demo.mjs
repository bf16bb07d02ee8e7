// npm run demo: installs and builds what is missing, then runs examples/demo.ts (or another: npm run demo -- NAME) on the embedded store.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build, buildExamples } from './lib/build.mjs'
import { ensureInstalled } from './lib/install.mjs'
import { root, run } from './lib/shell.mjs'

const [first, ...rest] = process.argv.slice(2)
const named = first !== undefined && !first.startsWith('-')
const name = named ? first.replace(/^examples\//, '').replace(/\.ts$/, '') : 'demo'
const args = named ? rest : process.argv.slice(2)

process.exitCode = await demo()

async function demo() {
  if (!existsSync(join(root, 'examples', `${name}.ts`))) {
    const names = readdirSync(join(root, 'examples')).filter((file) => file.endsWith('.ts'))
    console.error(`There is no examples/${name}.ts. There are: ${names.join(', ') || 'none'}`)
    return 2
  }
  await ensureInstalled()
  for (const step of [build, buildExamples]) {
    const { code, output } = await step()
    if (code !== 0) {
      console.error(output)
      return code
    }
  }
  const { code } = await run(process.execPath, ['--enable-source-maps', join('.worksong', 'examples', `${name}.js`), ...args], {
    show: true,
  })
  return code
}
