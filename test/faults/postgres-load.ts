/** For the campaign: producers and workers at work on a Postgres server of their own while something is done to it; then the accounts. */
import { account } from '../campaign/account.js'
import type { Report } from '../campaign/scenario.js'
import { type OwnServer, ownServer } from './postgres-server.js'
import type { Place, Stage } from './stage.js'

export interface LoadOptions {
  readonly settings?: Record<string, string>
  readonly lease: { readonly duration: number; readonly sweep: number }
  /** How the processes reach the server, when not as the test does. */
  readonly place?: (server: OwnServer) => Promise<Partial<Place>>
  /** Crashes of the server may take back claims. */
  readonly crashes?: (faults: Record<string, number>) => number
}

const DRAIN_MS = 120_000

/** Runs `storm`, which counts the faults, under load; then lets all jobs end and checks the accounts. */
export async function underLoad(options: LoadOptions, storm: (own: OwnServer) => Promise<Record<string, number>>): Promise<Report> {
  const ends: (() => Promise<void>)[] = []
  try {
    const own = await ownServer(options.settings, { onTestFinished: (end) => void ends.unshift(end) })
    const { on } = own
    const place = { ...on.place, ...(await options.place?.(own)) } as Place
    const newWorker = () => on.worker({ place, lease: options.lease })
    const workers = [await newWorker(), await newWorker()]
    const producer = await on.producer({ store: place, count: 10_000_000, atOnce: 2, patience: '120s', input: { ms: 2 } })
    const faults = await storm(own)
    const broken: string[] = []
    producer.send('enough')
    const { code, signal } = await producer.exit()
    if (code !== 0) broken.push(`the producer ended with ${code ?? signal}`)
    if (workers.some(({ running }) => !running)) broken.push('a worker process has ended by itself')
    await on.drained(DRAIN_MS)
    return await account(on, faults, [...broken, ...complaints(on)], { crashes: options.crashes?.(faults) ?? 0 })
  } finally {
    for (const end of ends) await end()
  }
}

/** What the processes said that nobody should have to hear. */
function complaints(on: Stage): string[] {
  const stderr = on.stderr()
  return [
    ...on.evidence('refused').map(({ job, code }) => `I2 ${job} was refused with ${code}`),
    ...on.evidence('ack').flatMap(({ job, status }) => (status === 'enqueued' ? [] : [`I2 ${job} was new and called ${status}`])),
    ...on.logs('worker.silent').map(({ message }) => `a lease was lost: ${message}`),
    ...(stderr === '' ? [] : [`I9 standard error: ${stderr.slice(0, 500)}`]),
  ]
}
