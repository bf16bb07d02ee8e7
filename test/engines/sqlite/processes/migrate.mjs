// Opens a file and migrates it the moment it is told to.
import { once } from 'node:events'
import { sqlite } from '#dist/engines/sqlite/index.js'

console.log('ready')
await once(process.stdin, 'data')
const engine = sqlite({ path: process.argv[2] })
await engine.open()
console.log(JSON.stringify(await engine.migrate()))
await engine.close()
process.stdin.destroy()
