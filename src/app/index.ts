/** The Worksong class: wires the rooms, turns a store URL into an engine, starts and stops them. */
export { isWorksongError, problemOf, reworded, timerMs, WorksongError } from '../core/index.js'
export type { JobsFilter } from '../operations/index.js'
export type { DeadFilter } from './apis.js'
export { plainLogger } from './logger.js'
export type { WorksongOptions } from './options.js'
export { VERSION } from './version.js'
export { type WorkerOptions, Worksong } from './worksong.js'
