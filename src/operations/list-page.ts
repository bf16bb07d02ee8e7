/** One page of a list: an engine's call ends after so many jobs, this goes on until the page is full or the time over. */
import type { Duration } from '../core/index.js'
import type { JobFilter, JobSummary } from '../engine/index.js'
import { breath, number } from './bulk.js'
import type { Fields } from './operation.js'
import type { Tools } from './tools.js'

/** Which page. */
export interface PageInput {
  limit?: number
  after?: string
  /** How long to look for the page, 2 s unless it says otherwise. */
  within?: Duration
}

/** The same, checked: `within` in ms. */
export interface Page {
  limit?: number | undefined
  after?: string | undefined
  within?: number | undefined
}

/** What a page of a list says beside its jobs. */
export interface PageEnd {
  /** Give it as `after` for the next page; null at the end. */
  readonly next: string | null
  /** Only where the time was over before the page was full: how many jobs were looked at. There may be more. */
  readonly looked?: number
  /** Only where it was ended before its time. */
  readonly interrupted?: true
}

const WITHIN_MS = 2000

export const pageFields: Fields = {
  limit: { type: 'number', min: 1, max: 1000, default: 50, words: 'the most to show' },
  after: { type: 'text', words: 'go on behind this cursor, which the page before gave' },
  within: { type: 'duration', words: 'look no longer than this for as many as that (default 2s)' },
}

export async function pageOf(
  { engine, signal }: Tools,
  filter: JobFilter,
  { limit = 50, after, within = WITHIN_MS }: Page,
): Promise<PageEnd & { jobs: readonly JobSummary[] }> {
  const until = performance.now() + within
  const jobs: JobSummary[] = []
  let looked = 0
  for (let from = after; ; ) {
    const page = await engine.listJobs({ filter, limit: limit - jobs.length, ...(from === undefined ? {} : { after: from }) })
    jobs.push(...page.jobs)
    looked += page.looked
    const { next } = page
    if (next === null || jobs.length >= limit) return { jobs, next }
    if (signal?.aborted) return { jobs, next, looked, interrupted: true }
    if (performance.now() >= until) return { jobs, next, looked }
    from = next
    await breath()
  }
}

/** What stands below the table. */
export function moreText({ next, looked, interrupted }: PageEnd): string {
  if (next === null) return ''
  const until = interrupted ? 'this was interrupted' : 'the time was over'
  return `\n${looked === undefined ? '' : `looked at ${number(looked)} jobs until ${until}; `}more: --after '${next}'`
}
