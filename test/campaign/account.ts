/** The accounts of a turn on a stage, once all its jobs have ended: what any scenario of processes reports. */
import { countBy, type Expectations, findWrong } from '../faults/check.js'
import type { Stage } from '../faults/stage.js'
import type { Report } from './scenario.js'

/** @param broken what the scenario found itself, one line each */
export async function account(on: Stage, faults: Report['faults'], broken: readonly string[], expectations: Expectations): Promise<Report> {
  const { jobs, wrong } = await findWrong(on, expectations)
  // No job of a scenario asks for one of these ends; what has not ended at all is among the wrong already.
  const unwanted = [...jobs.values()].filter(({ state }) => state === 'dead' || state === 'cancelled')
  const all = [...broken, ...wrong, ...unwanted.map(({ id, state }) => `I1 ${id} is ${state}`)]
  const duplicates = [...countBy(on.evidence(), 'start').values()].reduce((sum, count) => sum + count - 1, 0)
  const acked = on.acked.size + on.evidence('ack').length
  return { faults, jobs: acked, lost: all.filter((line) => line.startsWith('I1')).length, duplicates, broken: all }
}
