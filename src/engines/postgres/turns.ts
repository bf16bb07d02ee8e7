/** A worker's turns: finish and claim in one call, sized by what the last ones brought. */
import type { Claimed, ClaimRequest, FinishRequest, FinishResult } from '../../engine/index.js'
import { claimArguments, finishArguments } from './arguments.js'
import type { Connections } from './connection.js'
import { isTooMuch } from './errors.js'
import { claimedJobs } from './rows.js'
import { CALL_TURN } from './sql/claim.js'

/** About what one claim's answer should hold. */
const CLAIM_CHARACTERS = 32 * 2 ** 20

type Answer = FinishResult & { claimed: Claimed }

export class Turns {
  readonly #db: Connections
  /** Ready rows that one claimed job took last time: a slice holds up to 100, a row of its own one. */
  #rowsPerJob = 0.01
  /** What a claim may take, by what its jobs weighed last time. */
  #mostJobs = Number.MAX_SAFE_INTEGER

  constructor(db: Connections) {
    this.#db = db
  }

  async turn(worker: string, finish: FinishRequest | undefined, claim: ClaimRequest | undefined): Promise<Answer> {
    if (!claim) return this.#try(worker, finish, undefined)
    const limit = Math.min(claim.limit, this.#mostJobs)
    try {
      return await this.#try(worker, finish, { ...claim, limit })
    } catch (error) {
      // Nothing of it was done.
      if (!isTooMuch(error) || limit <= 1) throw error
      this.#mostJobs = Math.max(1, Math.floor(limit / 4))
      return this.turn(worker, finish, claim)
    }
  }

  async #try(worker: string, finish: FinishRequest | undefined, claim: ClaimRequest | undefined): Promise<Answer> {
    const firstRows = claim ? Math.max(1, Math.ceil(claim.limit * this.#rowsPerJob)) : 1
    const { values: finishing, places } = finishArguments(worker, finish)
    const values = [...finishing, ...claimArguments(claim, firstRows)]
    const row = await this.#db.call(CALL_TURN, values)
    const text = row[2] as string | null
    const jobs = claimedJobs(text)
    if (text !== null && jobs.length > 0) {
      // A replay saw none.
      if (row[5]) this.#rowsPerJob = (row[4] as number) / (row[5] as number)
      this.#mostJobs = Math.max(1, Math.floor((CLAIM_CHARACTERS * jobs.length) / text.length))
    }
    return {
      refused: ((row[0] ?? []) as number[]).map((at) => places[at - 1] as number).sort(ascending),
      cancelled: ((row[1] ?? []) as number[]).map((at) => places[at - 1] as number).sort(ascending),
      claimed: { lease: claim?.lease ?? '', jobs, more: (row[3] as boolean | null) ?? false },
      ...(row[6] === null ? {} : { lost: row[6] as string[] }),
    }
  }
}

const ascending = (a: number, b: number): number => a - b
