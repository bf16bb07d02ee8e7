// What the harness tells a contestant's process, and such a process its workers: the store, the row, the sizes.

export const settings = {
  store: process.env.BENCH_STORE ?? '',
  jobs: Number(process.env.BENCH_JOBS ?? 50_000),
  scale: Number(process.env.BENCH_SCALE ?? 1),
  row: process.argv[2] ?? '',
  /** The log of the throwaway Postgres. */
  postgresLog: process.env.BENCH_POSTGRES_LOG ?? '',
  /** @type {import('./worker-role.mjs').WorkerOptions} */
  worker: JSON.parse(process.env.BENCH_WORKER ?? '{}'),
}

/** A row's own size under `--scale`. `--jobs` is never scaled. */
export const scaled = (count, least = 1) => Math.max(least, Math.round(count * settings.scale))

export const onPostgres = () => settings.store.startsWith('postgres:')
