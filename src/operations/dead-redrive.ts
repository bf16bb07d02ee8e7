/** worksong dead redrive ID… | by filter | --all */
import type { RetryResult } from '../engine/index.js'
import { type Bulk, type One, outcomeText, planOf } from './bulk.js'
import { checkDead, type DeadSelection, deadFields, deadFilter } from './dead-delete.js'
import { retryBulk, retryOnes } from './jobs-retry.js'
import { operation } from './operation.js'
import type { Tools } from './tools.js'

/** `changed`: the job is not dead, so it was left. */
export type RedriveResult = RetryResult | 'changed'

export const deadRedrive = operation<DeadSelection, One<RedriveResult>[] | Bulk<RedriveResult>>({
  name: ['dead', 'redrive'],
  words: 'Let dead jobs run again with all their attempts; others named are left',
  right: 'operate',
  long: true,
  fields: deadFields,
  examples: [
    'worksong dead redrive 0198c3a2-7b1e-7c55-9d01-3f2a1b4c5d6e',
    "worksong dead redrive --error 'timed out' --since 2h --dry-run",
  ],
  check: checkDead,
  run: (tools, input) => (input.ids ? redriveOnes(tools, input.ids) : retryBulk(tools, deadFilter(input))),
  plan: (tools, input, deep) => planOf(tools, 'Redrive', input, [deadFilter(input)], deep),
  show: outcomeText,
  failed: (outcome) => Array.isArray(outcome) && outcome.some(({ result }) => result !== 'queued'),
  interrupted: (outcome) => !Array.isArray(outcome) && outcome.interrupted,
})

/** Only the dead among them: a retry would run again what has succeeded. */
async function redriveOnes(tools: Tools, ids: readonly string[]): Promise<One<RedriveResult>[]> {
  const settled = await tools.engine.settledJobs({ ids })
  const others = new Set(settled.filter(({ state }) => state !== 'dead').map(({ id }) => id))
  const dead = new Set(settled.filter(({ state }) => state === 'dead').map(({ id }) => id))
  const results = new Map((await retryOnes(tools, [...dead])).map(({ id, result }) => [id, result]))
  const rest = ids.filter((id) => !dead.has(id) && !others.has(id))
  const there = new Set<string>()
  for (const id of rest) if (await tools.engine.getJob({ id })) there.add(id)
  return ids.map((id) => ({ id, result: results.get(id) ?? (others.has(id) || there.has(id) ? 'changed' : 'missing') }))
}
