/** What a case of the suite is, and the two small functions that write one down. */
import type { Capabilities, Engine } from '../../engine/index.js'
import type { Bench } from './bench.js'
import type { Matrix } from './matrix.js'

export interface Case {
  /** The method of the contract that it is about. */
  readonly method: keyof Engine
  /** The documented result or property that it shows; one of `MATRIX[method]`. */
  readonly result: string
  /** What holds, as a sentence. */
  readonly name: string
  /** Skipped only where the engine lacks a named capability. */
  readonly needs?: (capabilities: Capabilities) => boolean
  /** What the case begins with: a migrated store (the default), or one without a schema. */
  readonly store?: 'migrated' | 'empty'
  run(t: Bench): Promise<void>
}

type Run = (t: Bench) => Promise<void>
type Options = Pick<Case, 'needs' | 'store'>

/** A case that any engine must pass. */
export function on<M extends keyof Engine>(method: M, result: Matrix[M][number], name: string, run: Run, options: Options = {}): Case {
  return { method, result, name, run, ...options }
}

/** For cases in which two processes share the store. */
export const shared: Options = { needs: (capabilities) => capabilities.shared }
