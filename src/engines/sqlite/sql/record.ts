/** Progress and log lines of running jobs, each fenced like a finish: its lease still holds and its claim has no end. */
import type { LogLine, LogWrite, ProgressWrite, Token } from '../../../engine/index.js'
import type { Tx } from '../transaction.js'
import { itemKey } from './leases.js'

const OPEN_LEASE = 'select items from worksong_leases where id = ?'
const ENDED = 'select 1 from worksong_ends where seq = ? and claim = ?'
/** The last one stays. */
const PUT_PROGRESS = `insert into worksong_progress(seq, claim, at, body) values (?, ?, ?, ?)
  on conflict(seq) do update set claim = excluded.claim, at = excluded.at, body = excluded.body`
const LAST_LINE = 'select n from worksong_logs where seq = ? order by n desc limit 1'
const PUT_LINE = 'insert into worksong_logs(seq, n, claim, at, level, line) values (?, ?, ?, ?, ?, ?)'
const LINES = `select l.n, l.claim, l.at, l.level, l.line from worksong_logs l
  where l.seq = (select seq from worksong_jobs where id = ?) and l.n > ? order by l.n limit ?`

export function recordIfOwned(
  tx: Tx,
  p: { progress: readonly ProgressWrite[]; logs: readonly LogWrite[]; maxLines: number },
): readonly string[] {
  const fence = new Fence(tx)
  for (const write of p.progress) if (fence.allows(write)) tx.db.run(PUT_PROGRESS, write.entry, write.claim, tx.now, write.body)
  const lines = new Map<number, number>()
  for (const write of p.logs) {
    if (!fence.allows(write)) continue
    const n = 1 + (lines.get(write.entry) ?? tx.db.get<[number]>(LAST_LINE, write.entry)?.[0] ?? 0)
    if (n > p.maxLines) continue
    tx.db.run(PUT_LINE, write.entry, n, write.claim, Math.round(write.at), write.level, write.line)
    lines.set(write.entry, n)
  }
  return [...fence.refused]
}

export function readLogs(tx: Tx, p: { id: string; after: number; limit: number }): readonly LogLine[] {
  const rows = tx.db.all<[number, number, number, string, string]>(LINES, p.id, p.after, p.limit)
  return rows.map(([seq, claim, at, level, line]) => ({ seq, claim, at, level, line }))
}

/** Looks at each lease and each claim of a call once. */
class Fence {
  readonly #tx: Tx
  readonly #leases = new Map<string, string | undefined>()
  readonly #claims = new Map<string, boolean>()
  readonly refused = new Set<string>()

  constructor(tx: Tx) {
    this.#tx = tx
  }

  allows(token: Token): boolean {
    const key = `${token.lease} ${token.entry} ${token.claim}`
    let allowed = this.#claims.get(key)
    if (allowed === undefined) {
      allowed = this.#look(token)
      this.#claims.set(key, allowed)
    }
    if (!allowed) this.refused.add(token.id)
    return allowed
  }

  #look({ lease, entry, claim }: Token): boolean {
    if (!this.#leases.has(lease)) this.#leases.set(lease, this.#tx.db.get<[string]>(OPEN_LEASE, lease)?.[0])
    const items = this.#leases.get(lease)
    return items?.includes(itemKey(entry, claim)) === true && this.#tx.db.get(ENDED, entry, claim) === undefined
  }
}
