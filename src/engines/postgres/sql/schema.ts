/**
 * Migration 1: the tables. `ws.` stands for the schema's name. The wide row is inserted once and never rewritten; a job's state is the
 * place of its entry in the narrow tables (docs/decisions/0001).
 *
 * `entry` is a job's place in the order given by the store. A statement's jobs go in as slices of at most 100 ids, one `ready` row each,
 * which begin behind a multiple of 128. A slice has seq = 2 × its first entry - 1: a claim that cuts it raises its seq, a cancel parts it
 * in two, a delete leaves a hole. Any later entry of a job (retry, rescue, promotion, return) is a row of its own with seq = 2 × its
 * entry. So no two rows meet, a job's row is found in a short range of the primary key, and a job that returns keeps its place.
 */
export const TABLES = `
create table ws.jobs (
  id uuid primary key,
  entry int8 not null,
  created_at timestamptz not null default clock_timestamp(),
  run_at timestamptz,
  priority int2 not null,
  max_attempts int2 not null,
  version int2 not null default 1,
  rich boolean not null default false,
  queue text not null,
  kind text not null,
  payload text not null,
  correlation_id text, trace text, tags text[], description text, parent_id uuid, overrides json, reference json,
  batch_id uuid, entry_key text, entry_pos int8, unique_key text, group_key text, waits_for int4, limit_keys text[],
  schedule text, tick timestamptz, encrypted text
);
create sequence ws.entries;

create table ws.job_refs (
  value text collate "C" not null, name text collate "C" not null, id uuid not null,
  primary key (value, name, id)
);

create table ws.ready (
  lane text collate "C" not null, priority int2 not null, seq int8 not null,
  claims int4 not null default 0, used int2 not null default 0, ids uuid[] not null,
  primary key (lane, priority, seq)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);

create table ws.scheduled (
  id uuid primary key, run_at timestamptz not null, entry int8 not null,
  claims int4 not null default 0, used int2 not null default 0
);
create index scheduled_due on ws.scheduled (run_at, entry);

create table ws.blocked (
  id uuid primary key, entry int8 not null, reason text not null, key text not null,
  claims int4 not null default 0, used int2 not null default 0, since timestamptz not null default clock_timestamp()
);
create index blocked_by on ws.blocked (reason, key, entry);

create table ws.leases (
  id uuid primary key, worker uuid not null, claimed_at timestamptz not null default clock_timestamp(),
  started int4 not null default 0, alone boolean not null default false,
  ids uuid[] not null, claims int4[] not null, used int2[] not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
alter table ws.leases alter ids set storage external, alter claims set storage external, alter used set storage external;
create index leases_worker on ws.leases (worker);

create table ws.ends (
  id uuid not null, claim int4 not null, "end" int2 not null, used int2 not null,
  at timestamptz not null default clock_timestamp(), worker uuid, ran_ms int4, body text,
  primary key (id, claim)
);
create index ends_dead on ws.ends (id) where "end" = 2;
create index ends_cancelled on ws.ends (id) where "end" = 3;

create table ws.placed (id uuid primary key, queue text not null, priority int2 not null);
create table ws.signals (
  worker uuid not null, id uuid not null, kind text not null, reason text, at timestamptz not null default clock_timestamp(),
  primary key (worker, id, kind)
);
create table ws.progress (id uuid primary key, claim int4 not null, at timestamptz not null default clock_timestamp(), body text not null);
create table ws.logs (
  id uuid not null, n int4 not null, claim int4 not null, at timestamptz not null, level text not null, line text not null,
  primary key (id, n)
);
create table ws.workers (
  id uuid primary key, name text not null, host text not null, pid int4 not null, version text not null, queues text[] not null,
  kinds text[] not null, labels text[] not null, concurrency int4 not null, lease_ms int8 not null,
  started_at timestamptz not null default clock_timestamp(), beat int8 not null default 0,
  beat_at timestamptz not null default clock_timestamp(), state text not null default 'live', wish text,
  watch_beat int8, watch_since timestamptz, watch_at timestamptz
) with (fillfactor = 50);
create table ws.queues (name text collate "C" primary key, paused_at timestamptz, paused_by text, paused_reason text);
create table ws.tallies (queue text not null, state int2 not null, n int8 not null)
  with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
create table ws.chores (name text primary key, next_at timestamptz not null);
`
