/** All queues with their depths. */
import { JOB_STATES, type JobState } from '../../core/index.js'
import type { QueueRecord } from '../../engine/index.js'
import type { Connections } from './connection.js'
import { textArray } from './encode.js'
import { stateOf } from './rows.js'
import { COUNTS, OLDEST, PAUSED } from './sql/queues.js'

export async function listQueues(db: Connections): Promise<readonly QueueRecord[]> {
  const counted = (await db.query(COUNTS)).rows as [string, number, number][]
  const paused = (await db.query(PAUSED)).rows as [string, number, string | null, string | null][]
  const names = [...new Set([...counted.map((row) => row[0]), ...paused.map((row) => row[0])])].sort()
  const oldest = new Map((await db.query(OLDEST, [textArray(names)])).rows as [string, number | null][])
  return names.map((name) => {
    const counts = Object.fromEntries(JOB_STATES.map((state) => [state, 0])) as Record<JobState, number>
    for (const [queue, state, n] of counted) if (queue === name) counts[stateOf(state)] = n
    const pause = paused.find((row) => row[0] === name)
    return { name, counts, paused: pause ? { at: pause[1], by: pause[2], reason: pause[3] } : null, oldestAt: oldest.get(name) ?? null }
  })
}
