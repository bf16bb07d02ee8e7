/** The import rules as data: which room may import which, and which packages. What is not here is an error. See ARCHITECTURE.md. */
import type { ImportKind } from './imports.js'

export interface Room {
  /** Rooms whose index may be imported in any way. */
  readonly may: readonly string[]
  /** Rooms that may be imported only lazily, by `import()`, or as types. */
  readonly lazily?: readonly string[]
  /** Rooms of which only types may be imported. */
  readonly types?: readonly string[]
}

const FLOOR = ['core', 'engine']
const CLIENT = [...FLOOR, 'client']
const BELOW_OPERATIONS = [...CLIENT, 'worker', 'maintenance', 'limiters', 'events', 'scheduler', 'batches', 'workflows', 'programs']
const BELOW_APP = [...BELOW_OPERATIONS, 'operations']
const ENGINES = ['engines/sqlite', 'engines/postgres']

export const ROOMS: Readonly<Record<string, Room>> = {
  core: { may: [] },
  engine: { may: ['core'] },
  'engines/sqlite': { may: FLOOR },
  'engines/postgres': { may: FLOOR },
  client: { may: FLOOR },
  worker: { may: FLOOR },
  maintenance: { may: FLOOR },
  limiters: { may: FLOOR },
  events: { may: FLOOR },
  scheduler: { may: CLIENT },
  batches: { may: CLIENT },
  workflows: { may: CLIENT },
  programs: { may: CLIENT },
  operations: { may: BELOW_OPERATIONS },
  // `worksong` alone loads no engine: the app loads the one that the store's URL names.
  app: { may: BELOW_APP, lazily: [...ENGINES, 'http'] },
  http: { may: ['operations'], types: ['app'] },
  dashboard: { may: [], types: ['http'] },
  cli: { may: ['app', 'operations', 'http'] },
  testing: { may: [...BELOW_APP, ...ENGINES, 'app'] },
  // The front door: src/index.ts.
  front: { may: [...BELOW_APP, 'app'] },
}

export interface Package {
  readonly rooms: readonly string[] | 'all but core'
  readonly as: readonly ImportKind[]
}

/** A store's driver is loaded when a store is opened, so that nobody needs to install the other one. */
const DRIVER: readonly ImportKind[] = ['lazy', 'type']

export const PACKAGES: Readonly<Record<string, Package>> = {
  pg: { rooms: ['engines/postgres'], as: DRIVER },
  'node:sqlite': { rooms: ['engines/sqlite'], as: DRIVER },
  '@photostructure/sqlite': { rooms: ['engines/sqlite'], as: DRIVER },
  '@standard-schema/spec': { rooms: 'all but core', as: ['type'] },
  commander: { rooms: ['cli'], as: ['static', 'lazy', 'type'] },
}
