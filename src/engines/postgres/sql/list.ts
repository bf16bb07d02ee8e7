/**
 * Pages of jobs, in functions of pinned plans: what the planner believes of a table must not make a step of 500 read the whole of it.
 * Twin: walks by seq; here by id, because an index by entry would cost 31 % more WAL at every enqueue (docs/decisions/0001).
 */
import { SUMMARY } from './jobs.js'
import { PINNED } from './settings.js'

/**
 * One step of a walk: at most `p_limit` entries of the place that the state names, on from `p_after`. Of those that pass the filter: ids
 * and places, a place being what to go on behind. `seen`: how many were walked (fewer than asked for: that was the end), `last`: the place
 * of the last of them. What was found is described afterwards: an end may be an old one of a job that was retried.
 */
const WALK = 'out ids uuid[], out places text[], out seen int4, out last text'

/** Whether the job `w.id` is of the queue, kind and moment asked for: a look at its row only where one is. */
const PLACED = 'left join lateral (select queue from ws.placed x where x.id = w.id limit 1) p on p_queue is not null'
const MATCH = `left join lateral (select queue, kind, created_at from ws.jobs x where x.id = w.id limit 1) j on v_filtered
    ${PLACED}`
const MATCHES = `(p_kind is null or j.kind = p_kind) and (p_queue is null or coalesce(p.queue, j.queue) = p_queue)`
const IN_TIME = (at: string) => `(p_since is null or ws.ms_1(${at}) >= p_since) and (p_until is null or ws.ms_1(${at}) < p_until)`
/** Of the job's last end: an older one may tell of another failure. */
const TELLS = `(p_error is null or not exists (select from ws.ends l where l.id = w.id and l.claim > w.claim)
    and strpos(lower(ws.message_1((select body from ws.ends b where b.id = w.id and b.claim = w.claim))), lower(p_error)) > 0)`

/** Downwards by id. With `<=` in place of a null test for the first page, the bound is one of the index. */
const BELOW = (id: string) => `${id} <= v_to and ${id} is distinct from p_after`

const FILTERED = 'p_queue is not null or p_kind is not null'

/**
 * `rows`: ids, downwards, and whether each may be in the state at all; of ends also the claim and when. An id that comes twice is walked
 * twice and found once.
 */
const walkDown = (name: string, rows: string, passes: string, filtered = FILTERED, match = MATCH): string => `
create function ws.walk_${name}_1(p_after uuid, p_queue text, p_kind text, p_since float8, p_until float8, p_error text, p_limit int4,
  ${WALK})
${PINNED} as $f$
#variable_conflict use_column
declare
  v_filtered boolean := ${filtered};
  v_to uuid := coalesce(p_after, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
begin
  with w as materialized (${rows} limit p_limit),
    m as (select distinct w.id from w ${match} where w.here and ${MATCHES} and ${passes})
  select (select array_agg(id order by id desc) from m), (select array_agg(id::text order by id desc) from m), count(*),
      (array_agg(w.id order by w.id))[1]::text
    into ids, places, seen, last from w;
end $f$;
`

/** By when they were enqueued, so their rows are looked at. */
const walkEntries = (name: string, rows: string): string =>
  walkDown(name, rows, IN_TIME('j.created_at'), 'coalesce(p_queue, p_kind) is not null or coalesce(p_since, p_until) is not null')
/**
 * By their own moment, which depends on where they are: here they pass when they may. Only those are described, which costs far more. A job
 * ends after it was enqueued, so one that is too young is passed over without a look at its ends.
 */
const MAY_BE_IN_TIME = `(p_until is null or ws.ms_1(j.created_at) < p_until)
    and (p_since is null or ws.ms_1(j.created_at) >= p_since or exists (select from ws.ends e where e.id = w.id
      and ws.ms_1(e.at) >= p_since and "end" in (1, 2, 3)))`
const walkAll = (): string =>
  walkDown(
    'all',
    `select id, true here, queue, kind, created_at from ws.jobs where ${BELOW('id')} order by id desc`,
    MAY_BE_IN_TIME,
    'true',
    `cross join lateral (select w.queue, w.kind, w.created_at) j ${PLACED}`,
  )
const walkEnds = (name: string, rows: string): string => walkDown(name, rows, IN_TIME('w.at'))
/** The message of a failure, also where Postgres cannot read its JSON: it knows no zero characters and no half ones. */
const MESSAGE = `
create function ws.message_1(p_body text) returns text language plpgsql immutable as $f$
begin
  return p_body::json ->> 'message';
exception when others then
  return substring(p_body from '"message":"((?:[^"\\\\]|\\\\.)*)"');
end $f$;
`

const entriesOf = (table: string): string => `select id, true here from ws.${table} where ${BELOW('id')} order by id desc`
const ENDED = 'id, claim, at'
/** The literals match the partial indexes. */
const endedAs = (end: 2 | 3): string => `select ${ENDED}, true here from ws.ends where "end" = ${end} and ${BELOW('id')} order by id desc`

/** The lanes of a queue: its own, and those behind its name and a slash. Other queues may lie between the two (`q-x`, `q.x`). */
const WALK_QUEUED = `
create function ws.walk_queued_1(p_lane text, p_priority int8, p_seq int8, p_at int8, p_queue text, p_kind text,
  p_since float8, p_until float8, p_limit int4, ${WALK})
${PINNED} as $f$
#variable_conflict use_column
declare v record; v_before text := p_queue || '0';
begin
  ids := '{}'; places := '{}'; seen := 0;
  if p_queue is null then
    p_lane := coalesce(p_lane, '');
    v_before := (select lane || ' ' from ws.ready order by lane desc, priority desc, seq desc limit 1);
  elsif p_lane is null or p_lane = p_queue then
    select * into ids, places, seen, last from ws.walk_lanes_1(p_queue, p_priority, p_seq, p_at, p_queue || ' ', p_kind, p_since,
      p_until, p_limit);
    p_lane := p_queue || '/'; p_priority := null; p_seq := null; p_at := null;
  end if;
  if seen < p_limit then
    select * into v from ws.walk_lanes_1(p_lane, p_priority, p_seq, p_at, v_before, p_kind, p_since, p_until, p_limit - seen);
    ids := ids || v.ids; places := places || v.places; seen := seen + v.seen; last := coalesce(v.last, last);
  end if;
end $f$;

-- The lanes from p_lane up to the one in front of p_before. A place is (lane, priority, seq of the row, number in it), the number being the
-- seq that the row had or would have if this job were its first: the same before and after a claim cuts the row. A row of a slice has an
-- odd seq, one of a job's own an even one, and no two slices lie within the same 256.
create function ws.walk_lanes_1(p_lane text, p_priority int8, p_seq int8, p_at int8, p_before text, p_kind text,
  p_since float8, p_until float8, p_limit int4, ${WALK})
${PINNED} as $f$
#variable_conflict use_column
declare v_row record; v_ids uuid[]; v_places text[]; v_seen int4; v_last text;
begin
  ids := '{}'; places := '{}'; seen := 0;
  for v_row in
    select lane, priority, seq, r.ids from ws.ready r
      where (lane, priority, seq) >= (p_lane, coalesce(p_priority, -32768), coalesce(p_seq, 0)) and lane < p_before
      order by lane, priority, seq limit p_limit + 1
  loop
    with w as materialized (
        select i.id, i.o, v_row.lane || ' ' || v_row.priority || ' ' || v_row.seq || ' ' || v_row.seq + 2 * (i.o - 1) place
          from unnest(v_row.ids) with ordinality i(id, o)
          where i.id is not null and (p_at is null or v_row.lane <> p_lane or v_row.priority <> p_priority
            or v_row.seq >> 8 <> p_seq >> 8 or v_row.seq & 1 <> p_seq & 1 or v_row.seq + 2 * (i.o - 1) > p_at)
          order by i.o limit p_limit - seen),
      m as (select w.* from w left join lateral (select kind, created_at from ws.jobs x where x.id = w.id limit 1) j
          on p_kind is not null or p_since is not null or p_until is not null
        where (p_kind is null or j.kind = p_kind) and ${IN_TIME('j.created_at')})
    select (select array_agg(id order by o) from m), (select array_agg(place order by o) from m), count(*),
        (array_agg(place order by o desc))[1]
      into v_ids, v_places, v_seen, v_last from w;
    ids := ids || v_ids; places := places || v_places; seen := seen + v_seen; last := coalesce(v_last, last);
    exit when seen >= p_limit;
  end loop;
end $f$;
`

/** All that any open lease holds: few, beside what a store holds. */
const RUNNING = `select id, true here from (select distinct u.id from ws.leases l cross join lateral unnest(l.ids, l.claims) u(id, n)
    where ${BELOW('u.id')} and not exists (select from ws.ends e where e.id = u.id and e.claim = u.n)) h order by id desc`

const SUMMARIES = `
create function ws.summaries_1(p_ids uuid[]) returns table (id uuid, kind text, queue text, priority int2, state int2, used int2,
  max_attempts int2, created_at float8, at float8, worker uuid)
${PINNED} as $f$
#variable_conflict use_column
begin
  return query select ${SUMMARY} from unnest(p_ids) with ordinality u(id, o)
    cross join lateral (select * from ws.jobs x where x.id = u.id limit 1) j
    left join lateral (select * from ws.placed x where x.id = u.id limit 1) p on true
    cross join lateral ws.locate_1(u.id) w where w.state is not null order by u.o;
end $f$;
`

/** Among ends all kinds lie together: those that are no successes are walked too, so that a step is bounded. */
export const LISTS = [
  MESSAGE,
  walkAll(),
  walkEntries('scheduled', entriesOf('scheduled')),
  walkEntries('blocked', entriesOf('blocked')),
  walkEntries('running', RUNNING),
  walkEnds('succeeded', `select ${ENDED}, "end" = 1 here from ws.ends where ${BELOW('id')} order by id desc, claim desc`),
  walkDown('dead', endedAs(2), `${IN_TIME('w.at')} and ${TELLS}`),
  walkDown('cancelled', endedAs(3), `${IN_TIME('w.at')} and ${TELLS}`),
  WALK_QUEUED,
  SUMMARIES,
].join('')

export const callWalk = (name: string): string =>
  `select ids, places, seen, last from ws.walk_${name}_1($1::uuid, $2::text, $3::text, $4::float8, $5::float8, $6::text,
    $7::int4)`
export const CALL_WALK_QUEUED = `select ids, places, seen, last
  from ws.walk_queued_1($1::text, $2::int8, $3::int8, $4::int8, $5::text, $6::text, $7::float8, $8::float8, $9::int4)`
export const CALL_SUMMARIES = 'select * from ws.summaries_1($1::uuid[])'
