// Who takes part in what, and what worksong has promised.

const SPEED = ['enqueue1', 'enqueue64', 'bulk', 'drain', 'drain2', 'latency', 'steady']
const OWN = ['deep', 'aged', 'due', 'handlers10ms', 'startstop', 'idle', 'memworker', 'memproducer']
const RAW = ['bulk', 'enqueue1']

/**
 * `store` is where it runs; `engine` is the worksong engine whose comparison needs it. `also` are rows in which it takes part only if
 * `--peers` names it, and an `optional` contestant takes part in nothing unless it is named. A `control` takes part whoever else does.
 */
export const CONTESTANTS = {
  'worksong-postgres': { store: 'postgres', engine: 'postgres', rows: [...SPEED, ...OWN, 'snapshot', 'wal'], ours: true },
  'worksong-sqlite': { store: 'sqlite', engine: 'sqlite', rows: [...SPEED, ...OWN], ours: true },
  'worksong-sqlite-normal': { store: 'sqlite', engine: 'sqlite', rows: ['enqueue1', 'enqueue64', 'bulk', 'drain'], ours: true },
  graphile: {
    store: 'postgres',
    engine: 'postgres',
    rows: [...SPEED, 'snapshot', 'wal'],
    also: ['deep', 'aged', 'due', 'startstop', 'idle', 'memworker'],
  },
  'graphile-5000': { store: 'postgres', engine: 'postgres', rows: ['drain', 'drain2', 'latency', 'steady', 'snapshot'], optional: true },
  pgboss: {
    store: 'postgres',
    engine: 'postgres',
    rows: [...SPEED, 'wal'],
    also: ['deep', 'aged', 'snapshot', 'due', 'startstop', 'idle', 'memworker'],
  },
  'bullmq-redis': { store: 'redis', engine: 'postgres', rows: SPEED, also: ['handlers10ms', 'startstop', 'idle', 'memworker'] },
  'bullmq-postgres': { store: 'postgres', engine: 'postgres', rows: [...SPEED, 'wal'], also: ['handlers10ms', 'startstop', 'idle'] },
  plainjob: { store: 'sqlite', engine: 'sqlite', rows: SPEED, also: ['aged', 'startstop', 'idle', 'memworker'] },
  'raw-postgres': { store: 'postgres', engine: 'postgres', rows: RAW },
  'raw-postgres-row': { store: 'postgres', engine: 'postgres', rows: RAW },
  'raw-postgres-text': { store: 'postgres', engine: 'postgres', rows: RAW, optional: true },
  'raw-sqlite': { store: 'sqlite', engine: 'sqlite', rows: RAW },
  bare: { store: 'none', rows: ['handlers10ms'], control: true },
}

const PG = 'worksong-postgres'
const LITE = 'worksong-sqlite'
const NORMAL = 'worksong-sqlite-normal'
const both = (target) => [PG, LITE].map((ours) => ({ ours, ...target }))

/**
 * With `than`: the ratio ours ÷ theirs of a figure's medians, theirs taken from row `of` if that is another one. Without: the median itself.
 * @type {Array<{ row: string, ours: string, figure: string, than?: string, of?: string, least?: number, most?: number }>}
 */
export const TARGETS = [
  { row: 'enqueue1', ours: PG, figure: 'perSecond', than: 'raw-postgres', least: 0.7 },
  { row: 'enqueue1', ours: LITE, figure: 'perSecond', than: 'raw-sqlite', least: 0.7 },
  { row: 'enqueue1', ours: NORMAL, figure: 'perSecond', than: 'plainjob', least: 1 },
  { row: 'enqueue64', ours: PG, figure: 'perSecond', than: 'bullmq-redis', least: 1.5 },
  { row: 'enqueue64', ours: PG, figure: 'perSecond', than: 'pgboss', least: 25 },
  { row: 'enqueue64', ours: LITE, figure: 'perSecond', than: 'plainjob', least: 2 },
  { row: 'bulk', ours: PG, figure: 'perSecond', than: 'graphile', least: 1 },
  { row: 'bulk', ours: PG, figure: 'perSecond', than: 'raw-postgres-row', least: 0.65 },
  { row: 'bulk', ours: LITE, figure: 'perSecond', than: 'plainjob', least: 1 },
  { row: 'drain', ours: PG, figure: 'perSecond', than: 'graphile', least: 2 },
  { row: 'drain', ours: PG, figure: 'perSecond', than: 'pgboss', least: 3 },
  { row: 'drain', ours: PG, figure: 'perSecond', than: 'bullmq-redis', least: 4 },
  { row: 'drain', ours: LITE, figure: 'perSecond', than: 'plainjob', least: 10 },
  { row: 'drain2', ours: PG, figure: 'perSecond', than: PG, of: 'drain', least: 1 },
  { row: 'drain2', ours: LITE, figure: 'perSecond', than: LITE, of: 'drain', least: 0.7 },
  { row: 'latency', ours: PG, figure: 'p50', most: 1.8 },
  { row: 'latency', ours: PG, figure: 'p99', most: 5 },
  { row: 'latency', ours: LITE, figure: 'p50', most: 1.5 },
  { row: 'latency', ours: LITE, figure: 'p99', most: 6 },
  { row: 'steady', ours: PG, figure: 'p50', most: 1.8 },
  { row: 'steady', ours: LITE, figure: 'p50', most: 2 },
  ...both({ row: 'steady', figure: 'p99', most: 8 }),
  ...both({ row: 'deep', figure: 'lowerShare', least: 0.8 }),
  ...both({ row: 'deep', figure: 'equalShare', least: 0.8 }),
  { row: 'aged', ours: PG, figure: 'share', least: 0.8 },
  { row: 'aged', ours: LITE, figure: 'share', least: 0.9 },
  { row: 'snapshot', ours: PG, figure: 'share', least: 0.6 },
  ...both({ row: 'due', figure: 'allMs', most: 1000 }),
  ...both({ row: 'handlers10ms', figure: 'share', least: 0.9 }),
  { row: 'wal', ours: PG, figure: 'bytes', most: 1200 },
  ...both({ row: 'startstop', figure: 'startMs', most: 100 }),
  ...both({ row: 'startstop', figure: 'stopMs', most: 100 }),
  { row: 'idle', ours: PG, figure: 'statements', most: 2 },
  ...both({ row: 'idle', figure: 'cpu', most: 1 }),
  ...both({ row: 'memworker', figure: 'rssMb', most: 150 }),
  ...both({ row: 'memproducer', figure: 'rssMb', most: 200 }),
]
