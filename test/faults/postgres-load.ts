/** For the campaign: producers and workers at work on a Postgres server of their own while something is done to it; then the accounts. */
import type { Report } from '../campaign/scenario.js'
import { check, countBy } from './check.js'
import { type OwnServer, ownServer } from './postgres-server.js'
import type { Place, Proc, Stage } from './stage.js'

export interface Load extends OwnServer {
  readonly workers: readonly Proc[]
}

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
export async function underLoad(options: LoadOptions, storm: (load: Load) => Promise<Record<string, number>>): Promise<Report> {
  const ends: (() => Promise<void>)[] = []
  try {
    const own = await ownServer(options.settings, { onTestFinished: (end) => void ends.push(end) })
    const { on } = own
    const place = { ...on.place, ...(await options.place?.(own)) } as Place
    const newWorker = () => on.worker({ place, lease: options.lease })
    const workers = [await newWorker(), await newWorker()]
    const producer = await on.producer({ store: place, count: 10_000_000, atOnce: 2, patience: '120s', input: { ms: 2 } })
    const faults = await storm({ ...own, workers })
    const broken: string[] = []
    producer.send('enough')
    const { code, signal } = await producer.exit()
    if (code !== 0) broken.push(`the producer ended with ${code ?? signal}`)
    if (workers.some(({ running }) => !running)) broken.push('a worker process has ended by itself')
    await on.drained(DRAIN_MS)
    return await account(on, faults, broken, options.crashes?.(faults) ?? 0)
  } finally {
    for (const end of ends) await end()
  }
}

async function account(on: Stage, faults: Record<string, number>, broken: string[], crashes: number): Promise<Report> {
  const jobs = await check(on, { crashes }).catch((error: Error) => {
    broken.push(...error.message.split('\n').slice(1))
    return new Map()
  })
  const acks = on.evidence('ack')
  for (const { job, code } of on.evidence('refused')) broken.push(`I2 ${job} was refused with ${code}`)
  for (const { job, status } of acks) if (status !== 'enqueued') broken.push(`I2 ${job} was new and called ${status}`)
  for (const { message } of on.logs('worker.silent')) broken.push(`a lease was lost: ${message}`)
  for (const job of jobs.values()) if (job.state !== 'succeeded') broken.push(`I1 ${job.id} is ${job.state}`)
  const stderr = on.stderr()
  if (stderr !== '') broken.push(`I9 standard error: ${stderr.slice(0, 500)}`)
  const duplicates = [...countBy(on.evidence(), 'start').values()].reduce((sum, count) => sum + count - 1, 0)
  return { faults, jobs: acks.length, lost: broken.filter((line) => line.startsWith('I1')).length, duplicates, broken }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
