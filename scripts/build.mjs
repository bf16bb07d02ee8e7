// npm run build: src to dist, installing first what that needs.
import { build } from './lib/build.mjs'
import { ensureInstalled } from './lib/install.mjs'

await ensureInstalled()
const { code, output } = await build()
process.stdout.write(output)
process.exitCode = code
