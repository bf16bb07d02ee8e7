// The machine: what it is, how busy others keep it, and what its disk still owes.

import { spawnSync } from 'node:child_process'
import { cpus, release, totalmem, type } from 'node:os'
import { sleep } from './measure.mjs'

export const describeMachine = (more) =>
  [
    `${cpus().length} × ${cpus()[0].model.trim()}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `${type()} ${release()}`,
    `Node ${process.version}`,
    ...more,
  ]
    .filter(Boolean)
    .join(' · ')

/** The share of all cores that others use, over half a second in which we do nothing. */
async function busyShare() {
  const sum = () =>
    cpus().reduce(
      (total, { times }) => {
        const { idle, ...busy } = times
        return { idle: total.idle + idle, busy: total.busy + Object.values(busy).reduce((a, b) => a + b) }
      },
      { idle: 0, busy: 0 },
    )
  const before = sum()
  await sleep(500)
  const after = sum()
  return (after.busy - before.busy) / (after.busy - before.busy + after.idle - before.idle)
}

/** On a shared machine: waits until the others are quiet, but not for ever. Answers with the last share seen, in per cent. */
export async function calm(seconds) {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const share = Math.round(100 * (await busyShare()))
    if (share < 10 || Date.now() > deadline) return share
  }
}

/**
 * Waits until the disk has nothing left of earlier runs. A store that was wiped is otherwise discarded on the disk by the
 * next run's first commits, which then wait for up to half a second.
 */
export function settleDisk() {
  const { error, status } = spawnSync('sync')
  if (error || status !== 0) throw new Error(`sync failed: ${error?.message ?? `exit ${status}`}`)
}
