// A handler says what happened by what it returns or throws.
import assert from 'node:assert/strict'
import { cancel, defineJob, discard, isWorksongError, retryAfter, snooze, typed, Worksong } from 'worksong'

type Answer = 'paid' | 'busy' | 'closed' | 'withdrawn' | 'no such account'

/** Stands for somebody else's API: busy at first, or closed at first. */
const calls = new Map<string, number>()
function askGateway(wanted: Answer): Answer {
  const call = (calls.get(wanted) ?? 0) + 1
  calls.set(wanted, call)
  return call > 1 && (wanted === 'busy' || wanted === 'closed') ? 'paid' : wanted
}

const charge = defineJob({
  name: 'charge',
  input: typed<{ answer: Answer }>(),
  async run(input) {
    const answer = askGateway(input.answer)
    if (answer === 'busy') return retryAfter('100ms', 'the gateway is busy') // this attempt failed; the next one in 100 ms
    if (answer === 'closed') return snooze('100ms', 'it opens soon') // not now; uses no attempt
    if (answer === 'withdrawn') return cancel('the order was withdrawn') // no longer wanted: ends as cancelled
    if (answer === 'no such account') return discard('no such account') // can never succeed: dead at once
    return { receipt: 'R-1' } // succeeded; kept as the job's result
  },
})

const app = new Worksong({ store: process.env.WORKSONG_STORE ?? 'sqlite::memory:', jobs: [charge], logger: false })
await app.worker().start()

for (const answer of ['paid', 'busy', 'closed', 'withdrawn', 'no such account'] as const) {
  const { id } = await app.enqueue(charge, { answer })
  try {
    await app.jobs.wait(id, { timeout: '10s' })
  } catch (error) {
    if (!isWorksongError(error, 'WS_JOB_DEAD') && !isWorksongError(error, 'WS_JOB_CANCELLED')) throw error
    console.log(error.message)
  }
  const job = await app.jobs.get(id)
  console.log(`${answer}: ${job?.state} after ${job?.attempts.map((one) => one.end).join(', ')}`)
  assert.deepEqual([job?.state, job?.attempt, job?.attempts.map((one) => one.end)], expected()[answer])
}
await app.close()

function expected(): Record<Answer, unknown[]> {
  return {
    paid: ['succeeded', 1, ['succeeded']],
    busy: ['succeeded', 2, ['retrying', 'succeeded']],
    closed: ['succeeded', 1, ['snoozed', 'succeeded']],
    withdrawn: ['cancelled', 1, ['cancelled']],
    'no such account': ['dead', 1, ['dead']],
  }
}
