/** One wrapper around the contract: times every call, and tells who listens. Engines hold queries only. */
import type { Engine } from './contract.js'

/** One call of the contract, told after it has been answered. */
export interface EngineCall {
  readonly method: string
  readonly ms: number
  readonly error?: unknown
}

/** The calls that are not asked of the store. */
const DIRECT = new Set(['announce', 'listen', 'beatSource', 'close'])

/** The same engine, with every call reported to `onCall`. */
export function observed(engine: Engine, onCall: (call: EngineCall) => void): Engine {
  const wrapped = Object.create(engine) as Record<string, unknown>
  for (const method of methodsOf(engine)) {
    const original = (engine as unknown as Record<string, (p: unknown) => unknown>)[method] as (p: unknown) => unknown
    wrapped[method] = DIRECT.has(method) ? original.bind(engine) : timed(method, original.bind(engine), onCall)
  }
  for (const property of ['name', 'place', 'capabilities'] as const) wrapped[property] = engine[property]
  return wrapped as unknown as Engine
}

function timed(method: string, call: (p: unknown) => unknown, onCall: (call: EngineCall) => void) {
  return async (p: unknown): Promise<unknown> => {
    const began = performance.now()
    try {
      const result = await call(p)
      onCall({ method, ms: performance.now() - began })
      return result
    } catch (error) {
      onCall({ method, ms: performance.now() - began, error })
      throw error
    }
  }
}

function methodsOf(engine: Engine): string[] {
  const names = new Set<string>()
  for (let at: object | null = engine; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) {
      if (name !== 'constructor' && typeof Object.getOwnPropertyDescriptor(at, name)?.value === 'function') names.add(name)
    }
  }
  return [...names]
}
