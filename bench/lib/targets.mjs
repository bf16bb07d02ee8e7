// Who takes part in what, and what worksong has promised.

export const ROWS = {
  drain: 'drain of no-ops, one worker process, jobs/s',
  drain2: 'drain of no-ops, two worker processes, jobs/s',
  bulk: 'enqueueMany, jobs/s',
  enqueue64: 'enqueue, 64 concurrent callers, jobs/s',
  enqueue1: 'enqueue, one caller, awaited, jobs/s',
  latency: 'idle queue, enqueue → handler starts, ms',
}
export const DEFAULT_ROWS = ['drain', 'bulk', 'enqueue64', 'enqueue1']

const WORK = ['drain', 'drain2', 'bulk', 'enqueue64', 'enqueue1', 'latency']
const RAW = ['bulk', 'enqueue1']

/** `store` is where it runs; `engine` is the worksong engine whose comparison needs it. */
export const CONTESTANTS = {
  'worksong-postgres': { store: 'postgres', engine: 'postgres', rows: WORK, ours: true },
  'worksong-sqlite': { store: 'sqlite', engine: 'sqlite', rows: WORK, ours: true },
  graphile: { store: 'postgres', engine: 'postgres', rows: WORK },
  pgboss: { store: 'postgres', engine: 'postgres', rows: WORK },
  'bullmq-redis': { store: 'redis', engine: 'postgres', rows: WORK },
  'bullmq-postgres': { store: 'postgres', engine: 'postgres', rows: WORK },
  plainjob: { store: 'sqlite', engine: 'sqlite', rows: WORK },
  'raw-postgres': { store: 'postgres', engine: 'postgres', rows: RAW },
  'raw-sqlite': { store: 'sqlite', engine: 'sqlite', rows: RAW },
}

/**
 * Ratios: ours ÷ theirs must reach `least` (`wanted` is the higher aim). With `of: 'drain'` theirs is taken from that row.
 * @type {Array<{ row: string, ours: string, than: string, least: number, wanted?: number, of?: string }>}
 */
export const RATIOS = [
  { row: 'drain', ours: 'worksong-postgres', than: 'graphile', least: 2 },
  { row: 'drain', ours: 'worksong-postgres', than: 'pgboss', least: 3 },
  { row: 'drain', ours: 'worksong-postgres', than: 'bullmq-redis', least: 4 },
  { row: 'drain', ours: 'worksong-sqlite', than: 'plainjob', least: 10 },
  { row: 'drain2', ours: 'worksong-postgres', than: 'worksong-postgres', of: 'drain', least: 1 },
  { row: 'drain2', ours: 'worksong-sqlite', than: 'worksong-sqlite', of: 'drain', least: 0.7 },
  { row: 'bulk', ours: 'worksong-postgres', than: 'graphile', least: 1 },
  { row: 'bulk', ours: 'worksong-postgres', than: 'raw-postgres', least: 0.65 },
  { row: 'bulk', ours: 'worksong-sqlite', than: 'plainjob', least: 1 },
  { row: 'enqueue64', ours: 'worksong-postgres', than: 'bullmq-redis', least: 1, wanted: 1.5 },
  { row: 'enqueue64', ours: 'worksong-postgres', than: 'pgboss', least: 25 },
  { row: 'enqueue64', ours: 'worksong-sqlite', than: 'plainjob', least: 2 },
  { row: 'enqueue1', ours: 'worksong-postgres', than: 'raw-postgres', least: 0.7 },
  { row: 'enqueue1', ours: 'worksong-sqlite', than: 'raw-sqlite', least: 0.7 },
]

/** Absolute bounds in ms. */
export const BOUNDS = [
  { row: 'latency', ours: 'worksong-postgres', p50: 1.8, p99: 5 },
  { row: 'latency', ours: 'worksong-sqlite', p50: 1.5, p99: 6 },
]
