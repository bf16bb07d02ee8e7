/** What an operator's verb is: one definition, from which the library, the command line and (later) HTTP are made. */
import type { JobState } from '../core/index.js'
import type { One } from './bulk.js'
import type { Tools } from './tools.js'

/** One field of a verb's input. `position` makes it a plain argument on the command line. */
export interface Field {
  readonly type: 'id' | 'text' | 'number' | 'flag' | 'choice' | 'json' | 'duration' | 'moment'
  readonly words: string
  readonly position?: number
  readonly required?: boolean
  readonly many?: boolean
  readonly choices?: readonly string[]
  readonly min?: number
  readonly max?: number
  readonly default?: unknown
  /** Another name of its option on the command line. */
  readonly alias?: string
  /** Of an id: what to give, where that is not one which is known already. */
  readonly fix?: string
  /** Of a duration that other tools take in seconds: on the command line it needs its unit. */
  readonly unit?: true
}

export type Fields = Readonly<Record<string, Field>>

/** What a verb would hit, counted; nothing has been changed. */
export interface Plan {
  /** What would be done, as an order: 'Delete 1,204 jobs of queue billing in state dead'. */
  readonly words: string
  readonly count: number
  readonly byState?: Readonly<Partial<Record<JobState, number>>>
  readonly byName?: Readonly<Record<string, number>>
  /** Of jobs that are named: what would become of each, in the words of the verb's results. */
  readonly jobs?: readonly One<string>[]
  /** Only jobs in this state are acted on. */
  readonly only?: JobState
  /** What is named and not there. */
  readonly missing?: readonly string[]
}

/**
 * How a plan counts. `count`: the quickest there is. `states`: by state, by name too where that takes no time. `names`: by both, however
 * long it takes.
 */
export type Depth = 'count' | 'states' | 'names'

export interface Operation<
  // biome-ignore lint/suspicious/noExplicitAny: a list of operations of any input is what the command line works from
  In = any,
  // biome-ignore lint/suspicious/noExplicitAny: the same for results
  Out = any,
> {
  /** Words of the command: ['jobs', 'show']. */
  readonly name: readonly string[]
  /** One line for help. */
  readonly words: string
  /** Who may: to look, to act, or to change the system itself. */
  readonly right: 'view' | 'operate' | 'admin'
  readonly fields: Fields
  readonly examples: readonly string[]
  /**
   * The store that it wants, where that is not simply the app's, open and up to date. `make`: made and migrated first, as when the app
   * starts. `lazy`: the same, once a handler that runs here wants it. `raw`: open, whatever its schema. `none`: none is opened.
   */
  readonly store?: 'make' | 'lazy' | 'raw' | 'none'
  /** It is of no use without the app's jobs. */
  readonly needsJobs?: true
  /** False: nothing that it does is to be found in the store, so a store in this process's memory will do. */
  readonly keeps?: false
  /** True for an input that needs no app at all. */
  alone?(input: Readonly<Record<string, unknown>>): boolean
  /** A handler runs here: what it says is to be shown. */
  readonly watched?: true
  /** It takes its time: it tells its progress, and ends early when `tools.signal` aborts. */
  readonly long?: true
  /** What it does cannot be undone: a face for people asks first, with what `plan` counts, unless it was told not to. */
  readonly destructive?: true | ((input: In) => boolean)
  run(tools: Tools, input: In): Promise<Out>
  /** What it would hit, counted. */
  plan?(tools: Tools, input: In, depth: Depth): Promise<Plan>
  /**
   * For a verb with the flag `follow`, whose result is a list that grows: what there is and then what comes, in parts that are not empty,
   * until nothing more will come or `signal` aborts. Where it is not followed, `run` gives what there is.
   */
  follow?(tools: Tools, input: In, signal: AbortSignal): AsyncIterable<Out>
  /** What else must be right of an input whose fields are. @throws WorksongError `WS_INVALID_OPTION` */
  check?(input: In): void
  /**
   * What people should be told beside the result, as a name that was probably mistyped. `result`: what `run` gave; absent where a plan hits
   * nothing.
   */
  doubt?(tools: Tools, input: In, result?: Out): Promise<string | undefined>
  /** The result as people read it on a terminal. */
  show(result: Out): string
  /** True when the result means failure: the command exits with 1. */
  failed?(result: Out): boolean
  /** True when the result is of a part only, because `tools.signal` aborted. */
  interrupted?(result: Out): boolean
}

/** Types an operation; it is data otherwise. */
export function operation<In, Out>(definition: Operation<In, Out>): Operation<In, Out> {
  return Object.freeze(definition)
}

/** Whether to ask first. */
export function isDestructive<In>({ destructive }: Operation<In>, input: In): boolean {
  return typeof destructive === 'function' ? destructive(input) : destructive === true
}
