/**
 * Faults of the engine contract: a wrapper around a real engine that spoils calls as a plan says. The engine underneath stays real, so what
 * was carried out and then denied really is in the store.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { type ErrorCode, WorksongError } from '#dist/core/index.js'
import type { Engine } from '#dist/engine/index.js'

/** `lost`: carried out, and the answer is an error of unknown outcome. All others but `delay` fail before anything is done. */
export const KINDS = ['lost', 'before', 'delay', 'deadlock', 'serialization', 'read-only'] as const
export type Kind = (typeof KINDS)[number]

export interface Call {
  readonly method: string
  /** 1 for the first call of this method. */
  readonly nth: number
}

export type Plan = (call: Call) => Kind | undefined

/** What is never spoiled: ends that nobody hears of, and what throws by contract never. */
const SPARED = new Set(['close', 'announce', 'beatSource', 'diagnose', 'constructor'])
const DELAY_MS = 40
const CHUNK = 20

export class Troubled {
  /** Give this one to who is tested. Closing it closes nothing: others use the engine, too. */
  readonly engine: Engine
  /** How often each method was called. */
  readonly calls = new Map<string, number>()
  /** Faults that were met, by kind. */
  readonly injected: Record<string, number> = {}
  /** The plan holds until this is set. */
  healed = false
  readonly #plan: Plan

  constructor(real: Engine, plan: Plan = () => undefined) {
    this.#plan = plan
    this.engine = new Proxy(real, { get: (target, name: string) => this.#get(target, name) })
  }

  get faults(): number {
    return Object.values(this.injected).reduce((sum, count) => sum + count, 0)
  }

  #get(target: Engine, name: string): unknown {
    const value = Reflect.get(target, name) as unknown
    // Small chunks, so that a bulk insert is several calls.
    if (name === 'capabilities') return { ...target.capabilities, insertChunk: CHUNK }
    if (typeof value !== 'function') return value
    if (name === 'close') return async () => undefined
    // Beats are to go through the contract, too, and not past it from a thread.
    if (name === 'beatSource') return async () => null
    const call = value.bind(target) as (p: unknown) => unknown
    if (SPARED.has(name)) return call
    return (p: unknown) => this.#call(name, target.name, () => call(p))
  }

  #call(method: string, engine: string, real: () => unknown): unknown {
    const nth = (this.calls.get(method) ?? 0) + 1
    this.calls.set(method, nth)
    const kind = this.healed ? undefined : this.#plan({ method, nth })
    if (!kind) return real()
    this.injected[kind] = (this.injected[kind] ?? 0) + 1
    return spoil(kind, engine, method, real)
  }
}

async function spoil(kind: Kind, engine: string, method: string, real: () => unknown): Promise<unknown> {
  if (kind === 'lost') await real()
  if (kind === 'delay') {
    await pause(DELAY_MS)
    return real()
  }
  throw errorOf(kind, engine, method)
}

/** As the engines themselves say it: see their errors.ts. */
function errorOf(kind: Exclude<Kind, 'delay'>, engine: string, method: string): WorksongError {
  const make = (code: ErrorCode, retryable: boolean, unknownOutcome = false) =>
    new WorksongError(code, `${kind} (injected into ${method})`, { retryable, unknownOutcome })
  if (kind === 'lost') return make('WS_STORE_UNREACHABLE', true, true)
  if (kind === 'before') return make('WS_STORE_UNREACHABLE', true)
  // A standby may be promoted; a file does not become writable by itself.
  if (kind === 'read-only') return make('WS_STORE_READ_ONLY', engine === 'postgres')
  return make('WS_STORE_BUSY', true)
}
