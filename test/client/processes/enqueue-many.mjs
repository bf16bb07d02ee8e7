// A process with little memory that enqueues many jobs: argv is the database file and how many. Writes what it counted, as JSON.
import { defineJob, typed, Worksong } from 'worksong'

const [path, count] = process.argv.slice(2)
const job = defineJob({ name: 'entry', input: typed() })
const app = new Worksong({ store: `sqlite:${path}`, logger: false })

async function* entries() {
  for (let n = 0; n < Number(count); n++) yield { invoice: String(n).padStart(8, '0'), gateway: 'gp3', amount: n * 1.25 }
}

let outcomes = 0
const counts = await app.enqueueMany(job, entries(), { onOutcome: () => void outcomes++ })
await app.close()
console.log(JSON.stringify({ ...counts, outcomes }))
