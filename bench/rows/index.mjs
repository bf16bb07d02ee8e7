// Every row. A row is data (what it is called, its figures) and a function that measures one contestant once.

import { rows as aged } from './aged.mjs'
import { rows as deep } from './deep.mjs'
import { rows as drain } from './drain.mjs'
import { rows as due } from './due.mjs'
import { rows as enqueue } from './enqueue.mjs'
import { rows as handlers } from './handlers.mjs'
import { rows as idle } from './idle.mjs'
import { rows as latency } from './latency.mjs'
import { rows as memory } from './memory.mjs'
import { rows as wal } from './wal.mjs'

/**
 * @typedef {object} Row
 * @property {string} title
 * @property {Record<string, [label: string, digits?: number]>} figures by the key in the result
 * @property {(adapter: import('../lib/contest.mjs').Adapter) => Promise<object>} run throws when the accounts do not fit
 */

/** @type {Record<string, Row>} */
export const ROWS = { ...enqueue, ...drain, ...latency, ...deep, ...aged, ...due, ...handlers, ...wal, ...idle, ...memory }
export const DEFAULT_ROWS = ['drain', 'bulk', 'enqueue64', 'enqueue1']
