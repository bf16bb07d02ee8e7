// One measurement of recovery: storm, then calm, then the accounts.

import { join } from 'node:path'
import { account } from './recovery-account.mjs'
import { Fleet } from './recovery-fleet.mjs'
import { startFeed } from './recovery-jobs.mjs'
import { startPostgres } from './servers.mjs'

/** Every job that was put in has to end. */
export async function recovery({ engine, kills, fleet: mortals, every, seed }, directory) {
  const postgres = engine === 'postgres' ? await startPostgres(directory) : undefined
  const store = postgres ? await postgres.wiped() : `sqlite:${join(directory, 'jobs.db')}`
  const evidence = join(directory, 'evidence')
  const began = performance.now()
  const seconds = () => Math.round((performance.now() - began) / 1000)
  const feed = await startFeed(store, seed)
  const fleet = new Fleet({ store, evidence, mortals, seed })
  await fleet.start()
  console.error(`${mortals} workers that may die and ${fleet.survivors} that may not; seed ${seed}`)
  for (let kill = 1; kill <= kills; kill++) {
    await fleet.kill(every)
    if (kill % 50 === 0) console.error(`${kill} kills in ${seconds()} s`)
  }
  await feed.stop()
  // What the last ones held has to come back while all of the others are at work.
  await fleet.recovered()
  fleet.wrapUp()
  await feed.drained()
  const took = seconds()
  await fleet.stop()
  const result = await account({ store, ids: feed.ids, evidence, kills: fleet.kills })
  await postgres?.close()
  return { engine, store: postgres?.version ?? 'SQLite', seed, kills: fleet.kills.length, seconds: took, ...result }
}
