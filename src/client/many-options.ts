/** What may be given to enqueueMany, and what it tells of each entry. */
import { checkKeys, show, WorksongError } from '../core/index.js'
import type { EnqueueOptions } from './entry.js'

/** What became of one entry; `index` is its place in the source, from 0. */
export type EntryOutcome =
  | { readonly index: number; readonly status: 'enqueued' | 'duplicate'; readonly id: string }
  | { readonly index: number; readonly status: 'rejected'; readonly error: unknown }

export interface EnqueueManyOptions<In> extends Omit<EnqueueOptions, 'id'> {
  /** The id of each job, for entries that may be enqueued again: a UUID derived from the entry. */
  id?: (input: In, index: number) => string
  /**
   * Called for every entry, in order within a chunk, once its outcome is durable. If it throws, no more is read. A promise that it gives is
   * waited for before the next chunk, and its rejection is the same as throwing.
   */
  onOutcome?: (outcome: EntryOutcome) => unknown
}

const KEYS = ['delay', 'at', 'queue', 'priority', 'retry', 'timeout', 'reference', 'tags', 'description', 'correlationId']
KEYS.push('id', 'tx', 'onOutcome')

export function checkIterable(inputs: unknown): void {
  const iterable = typeof inputs === 'object' && inputs !== null && (Symbol.iterator in inputs || Symbol.asyncIterator in inputs)
  if (iterable) return
  throw new WorksongError('WS_INVALID_OPTION', 'inputs is not an array, an iterable or an async iterable', { field: 'inputs' })
}

export function checkManyOptions(options: EnqueueManyOptions<never>): void {
  checkKeys(options, KEYS, 'enqueueMany options')
  for (const field of ['id', 'onOutcome'] as const) {
    if (options[field] === undefined || typeof options[field] === 'function') continue
    const fix = field === 'id' ? 'Of many entries each needs its own: id: (input, index) => …' : undefined
    throw new WorksongError('WS_INVALID_OPTION', `${field} is not a function: ${show(options[field])}`, { field, ...(fix ? { fix } : {}) })
  }
}
