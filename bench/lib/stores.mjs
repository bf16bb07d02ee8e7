// A wiped store for each run, of the kinds that are needed.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { startPostgres, startRedis } from './servers.mjs'

/** @param {Set<string>} kinds 'postgres', 'sqlite', 'redis', 'none' */
export async function openStores(directory, kinds) {
  const postgres = kinds.has('postgres') ? await startPostgres(directory) : undefined
  const redis = kinds.has('redis') ? await startRedis(directory) : undefined
  let files = 0
  const wiped = {
    ...(postgres && { postgres: () => postgres.wiped() }),
    ...(redis && { redis: () => redis.wiped() }),
    sqlite: async () => {
      const file = (number) => join(directory, `bench${number}.db`)
      for (const end of ['', '-wal', '-shm', '.wake']) rmSync(`${file(files)}${end}`, { force: true })
      return file(++files)
    },
    none: async () => 'none',
  }
  return {
    has: (kind) => kind in wiped,
    wiped: (kind) => wiped[kind](),
    versions: [postgres?.version, redis?.version],
    postgresLog: postgres?.log ?? '',
    async close() {
      await postgres?.close()
      await redis?.close()
    },
  }
}
