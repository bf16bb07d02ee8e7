// How the demo shows itself: one live line on a terminal, a line a second elsewhere; tables.
import type { JobView, QueueView } from 'worksong'

const STATES = ['queued', 'scheduled', 'running', 'succeeded', 'dead', 'cancelled'] as const
const terminal = process.stdout.isTTY === true
let lastLine = 0

/** The counts over all queues, rewritten in place. */
export function showProgress(queues: readonly QueueView[], seconds: number): void {
  const line = `${seconds.toFixed(1).padStart(5)} s  ${STATES.map((state) => `${state} ${sum(queues, state)}`).join('  ')}`
  if (terminal) process.stdout.write(`\r\x1b[2K${line}`)
  else if (seconds - lastLine >= 1) console.log(line)
  if (seconds - lastLine >= 1) lastLine = seconds
}

export function endProgress(): void {
  if (terminal) process.stdout.write('\r\x1b[2K')
}

export function showQueues(queues: readonly QueueView[]): void {
  const rows = queues.map((queue) => [queue.name, ...STATES.map((state) => String(queue[state]))])
  for (const row of [['queue', ...STATES], ...rows]) console.log(`  ${row.map((cell, at) => pad(cell, at)).join('  ')}`)
}

export function showHistory(job: JobView): void {
  console.log(`  ${job.name} ${job.id} (${job.queue}, input ${JSON.stringify(job.input)})`)
  console.log(`  ${clock(job.createdAt)}  enqueued`)
  for (const { at, end, ranMs, error } of job.attempts) {
    console.log(`  ${clock(at)}  ${end} after ${ranMs} ms${error ? `: ${error.message}` : ''}`)
  }
  console.log(`  result ${JSON.stringify(job.result)}`)
}

export function sum(queues: readonly QueueView[], state: (typeof STATES)[number]): number {
  return queues.reduce((total, queue) => total + queue[state], 0)
}

function pad(cell: string, column: number): string {
  return column === 0 ? cell.padEnd(10) : cell.padStart(9)
}

function clock(date: Date): string {
  return date.toISOString().slice(11, 23)
}
