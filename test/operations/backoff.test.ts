/** worksong backoff: a policy as text, and the table of its waits. */
import { expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { backoff } from '#dist/operations/index.js'
import { sqliteMemory } from '../support/engines.js'
import { errorOf } from '../support/stores.js'
import { newApp } from '../worker/parts.js'

const job = defineJob({ name: 'once.more', retry: { delays: ['1s', '1m'] } })

async function rows(policy: string, attempts?: number) {
  const { app } = await newApp(sqliteMemory, [job])
  return app.operate(backoff, { policy, attempts })
}

it('every wait with its bounds by jitter, and their sum', async () => {
  const found = await rows('exponential first=1s max=3s factor=2 jitter=0.2', 4)
  expect(found).toEqual([
    { attempt: 1, wait: 0, least: 0, most: 0, elapsed: 0 },
    { attempt: 2, wait: 1000, least: 800, most: 1200, elapsed: 1000 },
    { attempt: 3, wait: 2000, least: 1600, most: 2400, elapsed: 3000 },
    { attempt: 4, wait: 3000, least: 2400, most: 3600, elapsed: 6000 },
  ])
  expect(backoff.show(found)).toMatch(/^attempt {2}wait {2}with jitter +elapsed\n +1 +- +- +0ms\n +2 +1s +800ms - 1\.2s +1s\n/)
})

it.each<[string, number | undefined, number[]]>([
  ['delays=1s,10s,1m', undefined, [0, 1000, 10_000, 60_000]],
  ['delays=1s,10s', 5, [0, 1000, 10_000, 10_000, 10_000]],
  ['fixed 30s', 3, [0, 30_000, 30_000]],
  ['fixed first=5s', 2, [0, 5000]],
  ['linear first=2s', 4, [0, 2000, 4000, 6000]],
  ['exponential', 4, [0, 1000, 2000, 4000]],
  ['once.more', undefined, [0, 1000, 60_000]],
])('%s', async (policy, attempts, waits) => {
  expect((await rows(policy, attempts)).map(({ wait }) => wait)).toEqual(waits)
})

it.each<[string, string]>([
  ['exponential frist=1s', "exponential has no 'frist=1s'"],
  ['exponential first=1s first=2s', "'first' is there twice"],
  ['expo first=1s', "it begins with 'expo'"],
  ['linear factor=2', "linear has no 'factor=2'"],
  ['delays=1s max=2s', "'max=2s' behind delays"],
  ['exponential factor=x', 'backoff.factor is not a number from 1 to 100'],
  ['exponential first=1x', 'backoff.first is not a duration'],
  ['delays=1s,,2s', 'policy.delays[1] is not a duration'],
  ['exponential first=1m max=1s', 'backoff.max is shorter than backoff.first'],
  ['nobody', "No job is named 'nobody'"],
])('refuses %s', async (policy, words) => {
  expect(await errorOf(rows(policy))).toMatchObject({ name: 'WorksongError', message: expect.stringContaining(words) })
})
