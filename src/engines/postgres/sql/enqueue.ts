/** Store jobs. Twin: SQLite inserts row by row into the same places; here everything goes in as arrays, one statement per table. */
import { PINNED } from './settings.js'

const COLUMNS = `(id, entry, queue, kind, priority, max_attempts, payload, run_at, rich,
      correlation_id, trace, description, parent_id, overrides, reference, tags)`
/** Extras that are null cost a null test each: cheaper than a second statement, and fan-outs (which have them) stay one insert. */
const ROWS = `select u.id, v_base + u.g * 128 + (u.o - p_from[u.g] + 1), p_queues[u.g], p_kinds[coalesce(u.s, 1)], p_priorities[u.g],
        p_attempts[coalesce(u.s, 1)], u.payload,
        case when v_timed then coalesce(to_timestamp(p_at[u.o] / 1000), v_now + p_delay[u.o] * interval '1 ms') end, u.x is not null,
        u.x::json->>'correlationId', u.x::json->>'trace', u.x::json->>'description', (u.x::json->>'parentId')::uuid, u.x::json->'overrides',
        u.x::json->'reference', case when u.x is not null then ws.texts_1(u.x::json->'tags') end
      from unnest(p_ids, p_slices, p_sorts, p_payloads, p_extras) with ordinality u(id, g, s, payload, x, o)`

/** Timed jobs `j` into their places. */
const PLACED = `later as (insert into ws.scheduled (id, run_at, entry) select id, run_at, entry from j where run_at > v_now),
    now as (insert into ws.ready (lane, priority, seq, ids) select queue, priority, entry * 2, array[id] from j
      where run_at is null or run_at <= v_now)
  insert into ws.tallies (queue, state, n) select queue, case when run_at > v_now then 0 else 2 end, count(*) from j group by 1, 2`

/**
 * Jobs come grouped in slices of one queue and priority, at most 100 jobs each, `p_from[g]` being the place of its first.
 * `p_sorts`: per job, which of the kinds (with their attempts) it is; null when there is one.
 * A plain insert inside an exception block costs half of ON CONFLICT with RETURNING; a replay is rare, so it pays for the second try.
 * `p_extras`: per job null or a JSON object of JobExtras. `p_at`, `p_delay`: per job null or ms; with them, every job gets a row of its
 * own.
 * `p_own`: not in a caller's transaction. Then it does not wait long for a stranger's open transaction that holds one of the ids: others'
 * jobs may be in the same call.
 */
export const ENQUEUE = `
create function ws.texts_1(p json) returns text[] language sql immutable as $f$
  select case when json_typeof(p) = 'array' then array(select json_array_elements_text(p)) end
$f$;
create function ws.enqueue_1(p_queues text[], p_priorities int2[], p_from int4[], p_kinds text[], p_attempts int2[],
  p_ids uuid[], p_slices int2[], p_sorts int2[], p_payloads text[], p_extras text[], p_at float8[], p_delay float8[], p_refs boolean,
    p_own boolean, out present uuid[])
${PINNED} as $f$
#variable_conflict use_column
declare
  v_base int8 := nextval('ws.entries') << 17;
  v_now timestamptz := clock_timestamp();
  v_timed boolean := p_at is not null or p_delay is not null;
  v_count int4;
  v_new uuid[];
begin
  if p_own then perform set_config('lock_timeout', '200ms', true); end if;
  begin
    if v_timed then
      -- Not read back: two SERIALIZABLE transactions of callers would collide where they read the same page of the index.
      with j as (insert into ws.jobs ${COLUMNS}
          ${ROWS}
          returning id, entry, queue, priority, run_at),
        ${PLACED};
    else
      insert into ws.jobs ${COLUMNS}
        ${ROWS};
      insert into ws.ready (lane, priority, seq, ids)
        select p_queues[g.o], p_priorities[g.o], (v_base + g.o * 128) * 2 + 1, p_ids[g.f:coalesce(p_from[g.o + 1],
          cardinality(p_ids) + 1) - 1]
        from unnest(p_from) with ordinality g(f, o);
      insert into ws.tallies (queue, state, n)
        select p_queues[g.o], 2, coalesce(p_from[g.o + 1], cardinality(p_ids) + 1) - g.f from unnest(p_from) with ordinality g(f, o);
    end if;
    v_new := p_ids;
  exception when unique_violation then
    v_new := null;
  end;
  if v_new is null then
    begin
      with i as (
        insert into ws.jobs ${COLUMNS}
          ${ROWS}
          order by u.id
          on conflict (id) do nothing returning id)
      select coalesce(array_agg(id), '{}') into v_new from i;
    exception when serialization_failure then
      -- In a caller's REPEATABLE READ: a job that is there, though not for its snapshot.
      v_new := '{}';
      for v_at in 1 .. cardinality(p_ids) loop
        begin
          insert into ws.jobs ${COLUMNS}
            ${ROWS} where u.o = v_at;
          v_new := v_new || p_ids[v_at];
        exception when unique_violation then null;
        end;
      end loop;
    end;
    if not v_timed then
      insert into ws.ready (lane, priority, seq, ids)
        select j.queue, j.priority, j.entry * 2, array[j.id]
        from unnest(v_new) u(id) cross join lateral (select * from ws.jobs x where x.id = u.id limit 1) j;
      insert into ws.tallies (queue, state, n)
        select j.queue, 2, count(*) from unnest(v_new) u(id) cross join lateral (select queue from ws.jobs x where x.id = u.id
          limit 1) j group by 1;
    end if;
    present := array(select unnest(p_ids) except select unnest(v_new));
    if cardinality(v_new) + cardinality(present) < cardinality(p_ids) then
      present := present || array(select u from unnest(p_ids) u group by u having count(*) > 1);
    end if;
  end if;
  if v_timed and present is not null then perform ws.place_timed_1(v_new, v_now); end if;
  if p_refs then perform ws.refer_1(v_new, p_ids, p_extras); end if;
end $f$;

create function ws.place_timed_1(p_ids uuid[], p_now timestamptz) returns void
${PINNED} as $f$
#variable_conflict use_column
begin
  with j as materialized (
      select j.* from unnest(p_ids) u(id) cross join lateral (select id, entry, queue, priority, run_at from ws.jobs x where x.id = u.id
        limit 1) j),
    ${PLACED.replaceAll('v_now', 'p_now')};
end $f$;

create function ws.refer_1(p_new uuid[], p_ids uuid[], p_extras text[]) returns void
${PINNED} as $f$
#variable_conflict use_column
begin
  insert into ws.job_refs (value, name, id)
    select r.value, r.key, u.id from unnest(p_ids, p_extras) u(id, x) cross join lateral json_each_text(u.x::json->'reference') r
    where u.x is not null and json_typeof(u.x::json->'reference') = 'object' and u.id = any(p_new) on conflict do nothing;
end $f$;
`

export const CALL_ENQUEUE = `select ws.enqueue_1(${Array.from({ length: 14 }, (_, at) => `$${at + 1}`).join(', ')})`
