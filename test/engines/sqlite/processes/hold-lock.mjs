// Takes the write lock of a file, says so, and lets it go when told.
import { once } from 'node:events'
import { DatabaseSync } from '@photostructure/sqlite'

const db = new DatabaseSync(process.argv[2])
db.exec('pragma busy_timeout = 5000; begin immediate')
console.log('locked')
await once(process.stdin, 'data')
db.exec('commit')
db.close()
console.log('free')
process.stdin.destroy()
