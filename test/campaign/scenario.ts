/**
 * What a scenario of the fault campaign is: a module `test/campaign/{contract,sqlite,postgres,processes}-*.ts` that exports one `scenario`. The runner finds
 * such files by name (campaign.ts), gives each some time in turn, adds the reports up, and fails the campaign on anything in `broken`.
 * Scenarios run inside vitest (node alone does not read TypeScript here), so test/support and test/faults may be used.
 */
import type { EngineName } from '../faults/stage.js'

export interface Turn {
  /** Decides everything that is random in this turn. Printed; the same seed makes the same choices (not the same timing). */
  readonly seed: number
  /** Begin nothing new after this moment, by performance.now(). A turn checks its accounts after it, and may take a few seconds for that. */
  readonly deadline: number
  /** Which of the scenario's `engines` this turn is for. */
  readonly engine: EngineName
  /** One line about what goes on, with the scenario's name before it. Sparingly. */
  readonly log: (line: string) => void
}

/** Every number counts from 0 in each turn. */
export interface Report {
  /** Faults that were really injected, by what they are: { kill: 12, restart: 3 }. */
  readonly faults: Readonly<Record<string, number>>
  /** Jobs acknowledged. */
  readonly jobs: number
  /** Acknowledged jobs that are not there or have not ended (I1). Also told in `broken`. */
  readonly lost: number
  /** Starts beyond one for each attempt that the job asked for itself: the price of the faults, allowed as far as they explain it. */
  readonly duplicates: number
  /** Invariants that do not hold, one line each, with what reproduces it. Empty: all is well. */
  readonly broken: readonly string[]
  /** Times worth knowing, in ms, for p50 and p99: { 'runs again': [812, 1020] }. */
  readonly times?: Readonly<Record<string, readonly number[]>>
}

export interface Scenario {
  readonly name: string
  readonly engines: readonly EngineName[]
  /** One turn's length in the long campaign, in ms; the short one gives less. Default 20 000. */
  readonly turnMs?: number
  /** Takes part in the short campaign of npm test: quick (a turn of a second takes no more than two or three), and needs nothing special. */
  readonly short?: true
  /**
   * Works until the deadline (and at least one round, however near that is), checks the accounts and leaves nothing behind. May throw:
   * that counts as broken.
   */
  run(turn: Turn): Promise<Report>
}
