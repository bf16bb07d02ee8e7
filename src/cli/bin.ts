#!/usr/bin/env node
// The command `worksong`. Ends the process itself: what an app's file left open (a pool, a timer) must not keep a command from ending.
import { main } from './main.js'

const code = await main(process.argv.slice(2))
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
