#!/usr/bin/env node
// The command `worksong`. Ends the process itself: what an app's file left open (a pool, a timer) must not keep a command from ending.
// But not at once: only where Node ends by itself is a SQLite database let go of wholly, and its -wal and -shm files with it.
import { main } from './main.js'

const LEFT_OPEN_MS = 250

const code = await main(process.argv.slice(2))
process.stdout.write('', () =>
  process.stderr.write('', () => {
    process.exitCode = code
    setTimeout(() => process.exit(code), LEFT_OPEN_MS).unref()
  }),
)
