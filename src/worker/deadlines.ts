/** Time-outs of running attempts: one sweep per worker while any attempt has a deadline, not one timer per job. */
import { formatDuration, WorksongError } from '../core/index.js'
import type { Attempt } from './attempt.js'
import { decideThrow } from './outcomes.js'

const SWEEP_MS = 25
/** How long a handler whose signal was aborted may take to settle by itself. */
const GRACE_MS = 1000

export class Deadlines {
  readonly #attempts = new Set<Attempt>()
  #timer: NodeJS.Timeout | undefined

  add(attempt: Attempt): void {
    if (attempt.deadline === Number.POSITIVE_INFINITY) return
    this.#attempts.add(attempt)
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS)
  }

  remove(attempt: Attempt): void {
    if (attempt.deadline === Number.POSITIVE_INFINITY) return
    this.#attempts.delete(attempt)
    if (this.#attempts.size === 0) this.close()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #sweep(): void {
    const now = performance.now()
    for (const attempt of this.#attempts) {
      if (now < attempt.deadline) continue
      const limit = formatDuration(attempt.deadline - attempt.startedAt)
      const error = new WorksongError('WS_TIMEOUT', `The attempt took longer than its timeout of ${limit}`)
      attempt.abort(error)
      if (now >= attempt.deadline + GRACE_MS) attempt.settle(decideThrow(error, attempt))
    }
  }
}
