/**
 * The tables. A job's state is the place of its entry: the wide row in worksong_jobs is written once, the narrow tables beside it say where
 * the job stands. Every name begins with worksong_, because the file may be the application's own. Times are Unix milliseconds.
 * Twin: on Postgres a ready row carries many ids and the ends are partitioned by day.
 */

export interface Migration {
  readonly version: number
  readonly name: string
  /** The oldest code version that can work with the store after this. */
  readonly oldestReader: number
  readonly sql: string
}

/** The payload is last, so that no column lies behind its overflow pages. Seqs are given by us, none of them twice (seqs.ts). */
const JOBS = `
create table worksong_jobs(
  seq integer primary key, id text not null unique, queue text not null, kind text not null, priority integer not null,
  max_attempts integer not null, created_at integer not null, run_at integer,
  batch_id text, entry_key text, entry_pos integer, unique_key text, group_key text, waits_for integer, limit_keys text,
  schedule text, tick integer, parent_id text, correlation_id text, trace text, tags text, description text, overrides text, reference text,
  encrypted integer, version integer not null default 1, payload text not null);
create table worksong_job_refs(seq integer not null, name text not null, value text not null, primary key(seq, name)) without rowid;
create index worksong_job_refs_value on worksong_job_refs(value, name, seq);
create table worksong_placed(seq integer primary key, queue text, priority integer);`

/** Where an entry waits: in a lane by order, by moment, or for a reason. claims: claims so far; used: attempts used. */
const ENTRIES = `
create table worksong_ready(
  lane text not null, priority integer not null, seq integer not null, claims integer not null, used integer not null,
  primary key(lane, priority, seq)) without rowid;
create table worksong_scheduled(run_at integer not null, seq integer not null, claims integer not null, used integer not null,
  primary key(run_at, seq)) without rowid;
create unique index worksong_scheduled_seq on worksong_scheduled(seq);
create table worksong_blocked(
  seq integer primary key, reason text not null, key text not null, claims integer not null, used integer not null, since integer not null);
create index worksong_blocked_key on worksong_blocked(reason, key, seq);`

/**
 * One lease row per claim batch; items is JSON, [[seq, claim, used before], ...] in claimed order. Every end of every claim is one row.
 * told: raised with every start that is told, so that each of them is written and synced: of an update that changes no value SQLite writes
 * nothing, and the claim, which had counted that start already, may be lost with the machine's power.
 * reopened: this end was the job's last word until somebody had it run again.
 */
const CLAIMS = `
create table worksong_leases(id text primary key, worker text not null, claimed_at integer not null, started integer not null,
  alone integer not null, told integer not null default 0, items text not null) without rowid;
create index worksong_leases_worker on worksong_leases(worker);
create table worksong_ends(seq integer not null, claim integer not null, end integer not null, used integer not null, at integer not null,
  worker text, ran_ms integer, body text, reopened integer not null default 0, primary key(seq, claim)) without rowid;
create index worksong_ends_dead on worksong_ends(seq) where end = 2 and reopened = 0;
create index worksong_ends_cancelled on worksong_ends(seq) where end = 3 and reopened = 0;
create table worksong_signals(seq integer not null, kind text not null, reason text, at integer not null, worker text,
  primary key(seq, kind)) without rowid;
create index worksong_signals_worker on worksong_signals(worker);
create table worksong_progress(seq integer primary key, claim integer not null, at integer not null, body text not null);
create table worksong_logs(seq integer not null, n integer not null, claim integer not null, at integer not null, level text not null,
  line text not null, primary key(seq, n)) without rowid;`

/** Small tables about processes and queues. tallies: jobs per queue and state, changed by each transaction by just what it moved. */
const AROUND = `
create table worksong_workers(id text primary key, name text not null, host text not null, pid integer not null, info text not null,
  started_at integer not null, beat integer not null, beat_at integer not null, state text not null, wish text,
  watch_beat integer, watch_since integer, watch_at integer) without rowid;
create table worksong_queues(name text primary key, paused_at integer, paused_by text, paused_reason text) without rowid;
create table worksong_tallies(queue text not null, state text not null, n integer not null, primary key(queue, state)) without rowid;
create table worksong_chores(name text primary key, next_at integer not null) without rowid;`

/** Numbered from 1. A migration that has shipped is never changed. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'the life of a job', oldestReader: 1, sql: JOBS + ENTRIES + CLAIMS + AROUND },
]
