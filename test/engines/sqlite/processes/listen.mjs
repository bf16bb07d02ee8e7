// Listens on a store and writes down each hint.
import { once } from 'node:events'
import { sqlite } from '#dist/engines/sqlite/index.js'

const engine = sqlite({ path: process.argv[2] })
await engine.open()
await engine.listen((hint) => console.log(JSON.stringify(hint)))
console.log('listening')
process.stdin.resume()
await once(process.stdin, 'end')
await engine.close()
