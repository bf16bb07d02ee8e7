/**
 * Walks downwards by seq through the table that a state names. A step first looks how far so many entries reach, then lets SQLite pick
 * those within that pass the filter: of a million that do not pass, no row is made.
 */
import { END_CODES, type JobState } from '../../../core/index.js'
import type { JobFilter } from '../../../engine/index.js'
import type { Connection, Value } from '../connection.js'

/** Entries that pass, and how far the step went. */
export interface NewestStep {
  readonly seqs: readonly number[]
  /** How many entries were looked at: fewer than asked for, that was the end. */
  readonly seen: number
  /** The last entry that was. */
  readonly to: number
}

interface Source {
  readonly table: string
  /** Literals that match a partial index: what is walked. */
  readonly among?: string
  /** Whether an entry is in the state, where the table holds others too. */
  readonly found?: string
  /** When it was enqueued or ended. */
  readonly at: string
}

/** The end that is a job's last word. */
const LAST_WORD = `(select e.at from worksong_ends e where e.seq = x.seq and e.end <= ${END_CODES.cancelled} and e.reopened = 0)`
/** In the message of a failure or reason. Bodies are JSON, but a wrong one must not spoil the list. */
const TELLS = `case when json_valid(x.body) then coalesce(instr(lower(x.body ->> '$.message'), lower(?)), 0) > 0 else 0 end`

const ALL: Source = { table: 'worksong_jobs', at: `coalesce(${LAST_WORD}, x.created_at)` }
/** Successes have no index: they are picked from among all ends, of which jobs that wait have none. */
const OF_STATE: Record<Exclude<JobState, 'queued' | 'running'>, Source> = {
  scheduled: { table: 'worksong_scheduled', at: 'j.created_at' },
  blocked: { table: 'worksong_blocked', at: 'j.created_at' },
  succeeded: { table: 'worksong_ends', found: `x.end = ${END_CODES.succeeded} and x.reopened = 0`, at: 'x.at' },
  dead: { table: 'worksong_ends', among: 'x.end = 2 and x.reopened = 0', at: 'x.at' },
  cancelled: { table: 'worksong_ends', among: 'x.end = 3 and x.reopened = 0', at: 'x.at' },
}

/** One step: up to `size` entries below `below`, of which no more than `most` are given. */
export function newest(db: Connection, filter: JobFilter, below: number, size: number, most: number): NewestStep {
  const source = filter.state === undefined ? ALL : OF_STATE[filter.state as keyof typeof OF_STATE]
  const { table, among = '1' } = source
  const reach = `select count(*), min(seq) from (select x.seq from ${table} x where ${among} and x.seq < ? order by x.seq desc limit ?)`
  const [seen = 0, to = null] = db.get<[number, number | null]>(reach, below, size) ?? []
  if (to === null) return { seqs: [], seen, to: below }
  const { text, values } = picking(source, filter, below, to)
  const rows = db.all<[number]>(text, ...values, most)
  return { seqs: rows.map(([seq]) => seq), seen, to }
}

/** An end since then among the entries of this step: read in one go, where a look at each job's ends takes thirty times as long. */
const ENDED_SINCE = 'x.seq in (select e.seq from worksong_ends e where e.seq < ? and e.seq >= ? and e.at >= ?)'

/** Only what is filtered by is looked at. */
function picking(source: Source, filter: JobFilter, below: number, to: number): { text: string; values: Value[] } {
  const { table, among, found, at } = source
  const { queue, kind, error, since, until } = filter
  const all = source === ALL
  const job = all ? 'x' : 'j'
  const values: Value[] = [below, to]
  const tests = ['x.seq < ?', 'x.seq >= ?', ...(among ? [among] : []), ...(found ? [found] : [])]
  const test = (text: string, value: Value | undefined, ...before: Value[]) => {
    if (value === undefined) return
    tests.push(text)
    values.push(...before, value)
  }
  const joined = !all && (kind !== undefined || queue !== undefined || at.startsWith('j.'))
  test(`${job}.kind = ?`, kind)
  test(`coalesce(p.queue, ${job}.queue) = ?`, queue)
  // A job ends after it was enqueued: of most that are too young or too old this is seen at once.
  if (all) test('x.created_at < ?', until)
  if (all && since !== undefined) test(`(x.created_at >= ? or ${ENDED_SINCE})`, since, since, below, to)
  test(`${at} >= ?`, since)
  test(`${at} < ?`, until)
  test(TELLS, error)
  const from = [
    `${table} x`,
    ...(joined ? ['cross join worksong_jobs j on j.seq = x.seq'] : []),
    ...(queue === undefined ? [] : ['left join worksong_placed p on p.seq = x.seq']),
  ]
  return { text: `select x.seq from ${from.join(' ')} where ${tests.join(' and ')} order by x.seq desc limit ?`, values }
}
