/**
 * One place under the supervisor: a child process and, after a crash, the next one.
 *
 *   new ──start()──▶ starting ──ready──▶ running ──crash──▶ waiting ──▶ starting …
 *   any ──stop()──▶ stopping ──▶ ended        a child that exits with 0 by itself ends its place
 */
import type { ChildProcess } from 'node:child_process'
import { timerMs } from '../app/index.js'
import { EXIT } from './output.js'
import type { Supervised, Supervisor } from './supervisor.js'
import type { FromSupervisor, ToSupervisor } from './worker-process.js'

const FIRST_DELAY_MS = 1000
const MAX_DELAY_MS = 30_000
/** A child that lived this long crashed for another reason than its start. */
const STEADY_MS = 60_000
/** Beyond the grace, what a child may take to write what it has done and exit. */
const EXTRA_MS = 5000
/** As long as no child has ever been ready, this many starts. */
const MAX_STARTS = 5

/** `refused`: its command line or app was wrong. `failed`: it could never start, or failed in stopping. */
export type SlotEnd = 'done' | 'refused' | 'failed' | 'killed'

export class Slot {
  readonly ended: Promise<SlotEnd>
  readonly #number: number
  readonly #options: Supervised
  readonly #supervisor: Supervisor
  #end: (end: SlotEnd) => void = () => undefined
  #state: 'new' | 'alive' | 'waiting' | 'stopping' | 'ended' = 'new'
  #child: ChildProcess | undefined
  #timer: NodeJS.Timeout | undefined
  #delayMs: number
  #starts = 0
  #startedAt = 0
  #killed = false
  #ready = false

  constructor(number: number, options: Supervised, supervisor: Supervisor) {
    this.#number = number
    this.#options = options
    this.#supervisor = supervisor
    this.#delayMs = options.firstDelayMs ?? FIRST_DELAY_MS
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  /** Start the first child; does nothing when there has been one, or none is wanted any more. */
  start(): void {
    if (this.#state === 'new') this.#spawn()
  }

  stop(): void {
    if (this.#state === 'new' || this.#state === 'waiting') this.#finish('done')
    if (this.#state !== 'alive') return
    this.#state = 'stopping'
    this.#say('stop')
    this.#killIn(this.#options.graceMs + EXTRA_MS)
  }

  hurry(): void {
    this.stop()
    if (this.#state !== 'stopping') return
    this.#say('hurry')
    this.#killIn(EXTRA_MS)
  }

  kill(): void {
    this.stop()
    if (this.#state !== 'stopping') return
    this.#killed = true
    this.#child?.kill('SIGKILL')
  }

  #spawn(): void {
    this.#state = 'alive'
    this.#starts++
    this.#startedAt = performance.now()
    const child = this.#options.start(this.#number)
    this.#child = child
    this.#ready = false
    child.on('message', (message: ToSupervisor) => {
      this.#ready = true
      this.#supervisor.slotReady(this, message.ready)
    })
    // A process that could not be made at all tells so here, and has no exit.
    child.once('error', (error) => child.pid === undefined && this.#onExit(child, `could not be started (${error.message})`, EXIT.failed))
    child.once('exit', (code, signal) => this.#onExit(child, signal ? `was ended by ${signal}` : `exited with ${code}`, code))
  }

  #onExit(child: ChildProcess, how: string, code: number | null): void {
    this.#child = undefined
    const fields = { child: this.#number, pid: child.pid }
    const end = this.#endAfter(code)
    if (end === undefined) {
      this.#again(how, fields)
      return
    }
    if (end === 'failed' && this.#state === 'alive') {
      this.#options.logger.warn({ code: 'process.given.up', ...fields }, `worker process ${how}, before it was ever ready; giving up`)
    }
    this.#finish(end)
  }

  /** What an exit means for this place; undefined for a crash after which another child is worth starting. */
  #endAfter(code: number | null): SlotEnd | undefined {
    if (this.#killed) return 'killed'
    if (code === EXIT.ok) return 'done'
    // One that never became ready had nothing to lose.
    if (this.#state === 'stopping') return this.#ready ? 'failed' : 'done'
    if (this.#supervisor.proven) return undefined
    if (code === EXIT.usage) return 'refused'
    return this.#starts >= MAX_STARTS ? 'failed' : undefined
  }

  #again(how: string, fields: object): void {
    const first = this.#options.firstDelayMs ?? FIRST_DELAY_MS
    const delay = performance.now() - this.#startedAt >= STEADY_MS ? first : this.#delayMs
    this.#delayMs = Math.min(delay * 2, MAX_DELAY_MS)
    this.#options.logger.warn({ code: 'process.crashed', ...fields }, `worker process ${how}; starting another in ${delay / 1000} s`)
    this.#state = 'waiting'
    this.#timer = setTimeout(() => this.#spawn(), delay)
  }

  #finish(end: SlotEnd): void {
    clearTimeout(this.#timer)
    this.#state = 'ended'
    this.#end(end)
    this.#supervisor.slotEnded(end)
  }

  #say(message: FromSupervisor): void {
    if (this.#child?.connected) this.#child.send(message, () => undefined)
  }

  #killIn(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      const { logger } = this.#options
      logger.warn(
        { code: 'process.killed', child: this.#number, pid: this.#child?.pid },
        'a worker process did not stop in time; killing it',
      )
      this.kill()
    }, timerMs(ms))
  }
}
