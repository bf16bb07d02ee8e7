/** A thin wrapper around a real engine: notes every call, and fails or holds those that a test names. The engine underneath stays real. */
import { WorksongError } from '#dist/core/index.js'
import type { Engine } from '#dist/engine/index.js'

export type Method = {
  [K in keyof Engine]: Engine[K] extends (...args: never[]) => Promise<unknown> ? K : never
}[keyof Engine]

export type Params<M extends Method> = Parameters<Engine[M]>[0]

interface Fault {
  /** 'before': the call never reaches the store. 'after': the store has done it, and its answer is lost. */
  readonly where: 'before' | 'after'
  readonly applies: (p: unknown) => boolean
  readonly error: () => Error
  left: number
}

interface Gate {
  readonly where: Fault['where']
  readonly opened: Promise<void>
}

interface Call {
  readonly method: string
  readonly p: unknown
}

/** What a store says that blinked before it had done anything. */
export const blink = (): Error => new WorksongError('WS_STORE_UNREACHABLE', 'the store blinked', { retryable: true })
/** What a store says whose answer was lost. */
export const lost = (): Error => new WorksongError('WS_STORE_UNREACHABLE', 'the answer was lost', { retryable: true, unknownOutcome: true })
/** What a store says that will never take it. */
export const refusal = (): Error => new WorksongError('WS_STORE_FAILED', 'the store refuses this')

export class FaultyEngine {
  /** Give this one to who is tested. */
  readonly engine: Engine
  /** Every call, in the order in which they began; failed ones too. */
  readonly calls: Call[] = []
  readonly #faults = new Map<string, Fault[]>()
  readonly #gates = new Map<string, Gate>()

  constructor(real: Engine) {
    this.engine = new Proxy(real, {
      get: (target, name: string) => {
        const value = Reflect.get(target, name) as unknown
        if (typeof value !== 'function') return value
        return (p: unknown) => this.#call(name, p, value.bind(target) as (p: unknown) => unknown)
      },
    })
  }

  /** The next `times` calls (that `when` holds for) fail and the store has not heard of them. */
  failBefore<M extends Method>(method: M, times = 1, error: () => Error = blink, when: (p: Params<M>) => boolean = () => true): void {
    this.#add(method, { where: 'before', left: times, error, applies: when as (p: unknown) => boolean })
  }

  /** The next `times` calls are carried out, and then fail with an unknown outcome. */
  failAfter<M extends Method>(method: M, times = 1, error: () => Error = lost, when: (p: Params<M>) => boolean = () => true): void {
    this.#add(method, { where: 'after', left: times, error, applies: when as (p: unknown) => boolean })
  }

  /** Calls of the method ('before'), or the answers to them ('after'), wait until the returned function is called. */
  hold(method: Method, where: Fault['where'] = 'before'): () => void {
    let open: () => void = () => {}
    const opened = new Promise<void>((resolve) => {
      open = resolve
    })
    this.#gates.set(method, { where, opened })
    return () => {
      this.#gates.delete(method)
      open()
    }
  }

  callsOf<M extends Method>(method: M): Params<M>[] {
    return this.calls.filter((call) => call.method === method).map((call) => call.p as Params<M>)
  }

  /** Faults that no call has met yet. */
  get pending(): number {
    return [...this.#faults.values()].flat().reduce((sum, fault) => sum + fault.left, 0)
  }

  #add(method: string, fault: Fault): void {
    this.#faults.set(method, [...(this.#faults.get(method) ?? []), fault])
  }

  #call(method: string, p: unknown, real: (p: unknown) => unknown): unknown {
    this.calls.push({ method, p })
    const gate = this.#gates.get(method)
    const fault = this.#faults.get(method)?.find((one) => one.left > 0 && one.applies(p))
    if (!gate && !fault) return real(p)
    if (fault) fault.left--
    return this.#spoil(gate, fault, () => real(p))
  }

  async #spoil(gate: Gate | undefined, fault: Fault | undefined, real: () => unknown): Promise<unknown> {
    if (gate?.where === 'before') await gate.opened
    if (fault?.where === 'before') throw fault.error()
    const answer = await real()
    if (gate?.where === 'after') await gate.opened
    if (fault) throw fault.error()
    return answer
  }
}
