// Small things that every row needs: the payload, percentiles, medians.

const PAYLOAD_BYTES = 200

/** One job's input; exactly 200 bytes as JSON. */
export function payload(i) {
  const head = JSON.stringify({ i, text: '' })
  return { i, text: 'x'.repeat(PAYLOAD_BYTES - head.length) }
}

export const payloads = (count) => Array.from({ length: count }, (_, i) => payload(i))

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

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

export const rssMb = () => Math.round(process.resourceUsage().maxRSS / 1024)

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
