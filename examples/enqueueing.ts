// What an enqueue may say beside its input, and how an id makes it idempotent.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { defineJob, typed, Worksong } from 'worksong'

const remind = defineJob({
  name: 'invoice.remind',
  queue: 'mail',
  input: typed<{ invoice: string }>(),
  async run({ invoice }) {
    return `reminded of ${invoice}`
  },
})

const app = new Worksong({ store: process.env.WORKSONG_STORE ?? 'sqlite::memory:', jobs: [remind], logger: false })

const later = await app.enqueue(remind, { invoice: '00262316' }, { delay: '2h' })
const atNoon = await app.enqueue(remind, { invoice: '00262317' }, { at: new Date('2030-01-01T12:00:00Z') })

const urgent = await app.enqueue(
  remind,
  { invoice: '00262318' },
  {
    priority: 'high', // 'high' | 'normal' | 'low', or an integer: lower runs first
    queue: 'mail-urgent', // in place of the job's own
    retry: { attempts: 2 },
    timeout: '10s',
    tags: ['overdue'],
    reference: { invoice: '00262318', customer: 'C-77' },
    description: 'second reminder',
  },
)

// The same key makes the same id, so doing it twice makes one job.
const id = uuidOf('remind/00262319')
const first = await app.enqueue(remind, { invoice: '00262319' }, { id })
const again = await app.enqueue(remind, { invoice: '00262319' }, { id })
console.log(first.status, again.status) // enqueued duplicate

/** A UUID derived from a key of your own. */
function uuidOf(key: string): string {
  const hex = createHash('sha256').update(key).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

assert.equal(first.status, 'enqueued')
assert.deepEqual(again, { id, status: 'duplicate' })
assert.equal((await app.jobs.get(later.id))?.state, 'scheduled')
assert.equal((await app.jobs.get(atNoon.id))?.runAt?.toISOString(), '2030-01-01T12:00:00.000Z')
const job = await app.jobs.get(urgent.id)
assert.equal(job?.queue, 'mail-urgent')
assert.equal(job?.priority, -10)
assert.equal(job?.maxAttempts, 2)
assert.deepEqual(job?.reference, { invoice: '00262318', customer: 'C-77' })
await app.close()
