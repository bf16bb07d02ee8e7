// Small things that every row needs: the payload, percentiles, medians, peak memory.

import { readFileSync } from 'node:fs'

const PAYLOAD_BYTES = 200

/** One job's input; exactly 200 bytes as JSON, a row's own fields included. */
export function payload(i, fields) {
  const head = JSON.stringify({ i, text: '', ...fields })
  return { i, text: 'x'.repeat(PAYLOAD_BYTES - head.length), ...fields }
}

export const payloads = (count, from = 0, fields = undefined) => Array.from({ length: count }, (_, i) => payload(from + i, fields))

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Milliseconds by a clock that all processes of a machine share. */
export const now = () => Number(process.hrtime.bigint()) / 1e6

/** @param {ArrayLike<number>} values */
export function percentile(values, share) {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

export const round = (value) => Math.round(value * 1000) / 1000

export const rate = (ops, ms) => ({ ops, seconds: round(ms / 1000), perSecond: Math.round((ops * 1000) / ms) })

export const percentiles = (times) => ({ p50: round(percentile(times, 0.5)), p99: round(percentile(times, 0.99)) })

/** The peak of this process in MB. VmHWM, since getrusage counts what the process had been before its exec. */
export function rssMb() {
  try {
    return Math.round(Number(readFileSync('/proc/self/status', 'utf8').match(/VmHWM:\s+(\d+) kB/)[1]) / 1024)
  } catch {
    return Math.round(process.resourceUsage().maxRSS / 1024) // no /proc
  }
}

/** Splits into chunks and runs them with `width` in flight, as a user who wants throughput would. */
export async function inChunks(items, size, width, send) {
  let next = 0
  const lane = async () => {
    while (next < items.length) {
      const start = next
      next += size
      await send(items.slice(start, start + size))
    }
  }
  await Promise.all(Array.from({ length: width }, lane))
}
