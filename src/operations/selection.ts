/** Which jobs a verb is about: named by their ids, or all that pass a filter. */
import { type JobState, WorksongError } from '../core/index.js'
import type { JobFilter } from '../engine/index.js'
import type { Fields } from './operation.js'

/** What picks jobs. Times are Unix milliseconds. */
export interface Selection {
  ids?: string[]
  state?: JobState
  queue?: string
  name?: string
  error?: string
  since?: number
  until?: number
}

/** Which jobs, as callers say it. Moments are Dates, Unix milliseconds or text: '2026-11-21', or how long ago, as '2h'. */
export interface JobsFilter {
  state?: JobState
  queue?: string
  name?: string
  /** In the message of the last error; with state dead or cancelled. */
  error?: string
  /** Ended jobs by when they ended, others by when they were enqueued. */
  since?: Date | number | string
  until?: Date | number | string
}

/** Of a text that is looked for in errors: as long as the stores take. */
const MAX_ERROR = 500

export const idsField: Fields = { ids: { type: 'id', many: true, words: 'job ids', position: 0 } }

export const filterFields: Fields = {
  queue: { type: 'text', words: 'only jobs of this queue' },
  name: { type: 'text', words: 'only jobs of this name', alias: 'kind' },
  error: { type: 'text', words: 'only dead or cancelled jobs whose last error has this in its message' },
  since: {
    type: 'moment',
    words: 'only jobs that ended (those that have not: were enqueued) at or after this moment: 2026-11-21, 2h (ago)',
  },
  until: { type: 'moment', words: 'only jobs that ended (those that have not: were enqueued) before this moment' },
}

export function filterOf({ state, queue, name, error, since, until }: Selection): JobFilter {
  return {
    ...(state === undefined ? {} : { state }),
    ...(queue === undefined ? {} : { queue }),
    ...(name === undefined ? {} : { kind: name }),
    ...(error === undefined ? {} : { error }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  }
}

/** @throws WorksongError `WS_INVALID_OPTION` for a filter that no list can be made by */
export function checkFilter({ state, error, since, until }: Selection): void {
  if (error !== undefined && state !== 'dead' && state !== 'cancelled') {
    throw new WorksongError('WS_INVALID_OPTION', 'error needs a state whose jobs have one', {
      field: 'error',
      fix: 'Add `state` dead or `state` cancelled.',
    })
  }
  if (error !== undefined && (error.length === 0 || error.length > MAX_ERROR)) {
    throw new WorksongError('WS_INVALID_OPTION', `error is not text of 1 to ${MAX_ERROR} characters`, {
      field: 'error',
      fix: 'Give a part of the message that tells it from others.',
    })
  }
  if (since !== undefined && until !== undefined && until <= since) {
    throw new WorksongError('WS_INVALID_OPTION', '`until` is not after `since`', {
      field: 'until',
      fix: 'Give the earlier moment as `since`, the later as `until`: `since` 2h `until` 1h.',
    })
  }
}

/** Never all jobs there are, by nothing having been said. @throws WorksongError `WS_INVALID_OPTION` */
export function checkSelection(input: Selection & { all?: boolean }): void {
  const filtered = input.all === true || Object.keys(filterOf(input)).length > 0
  if (input.ids !== undefined && filtered) {
    throw new WorksongError('WS_INVALID_OPTION', 'Both ids and a filter are given', { field: 'ids', fix: 'Give one of them.' })
  }
  if (input.ids?.length === 0 || (input.ids === undefined && !filtered)) {
    const filters = [...Object.keys(filterFields), input.all === undefined ? 'state' : 'all']
    const fix = `Name ids, or a filter: ${filters.map((name) => `\`${name}\``).join(', ')}.`
    throw new WorksongError('WS_INVALID_OPTION', 'No job is named', { field: 'ids', fix })
  }
  if (input.ids === undefined) checkFilter(input)
}

/** 'of queue billing in state dead', or '' for all. */
export function filterWords({ state, queue, kind, error, since, until }: JobFilter): string {
  return [
    queue === undefined ? '' : ` of queue ${queue}`,
    kind === undefined ? '' : ` named ${kind}`,
    state === undefined ? '' : ` in state ${state}`,
    error === undefined ? '' : ` with '${error}' in the error`,
    since === undefined ? '' : ` since ${new Date(since).toISOString()}`,
    until === undefined ? '' : ` until ${new Date(until).toISOString()}`,
  ].join('')
}
