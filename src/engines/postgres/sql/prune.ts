/** Retention, in small steps. Twin: walks by rowid. */
import { PINNED } from './settings.js'

/**
 * Walks the jobs by id (that is, by age) from the cursor: looks which of a step's have ended long enough ago and have no live entry, locks
 * those, looks again in a new statement, and deletes them. Those that stay are not written to. No index of ends by time is needed for it.
 * A step of jobs all too young to be due ends the walk over UUIDv7s: it goes on behind them, with ids of the callers' own making.
 */
export const PRUNE = `
create function ws.prune_1(p_after uuid, p_limit int4, p_succeeded_ms float8, p_cancelled_ms float8, p_dead_ms float8, out pruned int4,
  out next uuid)
${PINNED} as $f$
#variable_conflict use_column
declare
  v_ids uuid[]; v_gone uuid[]; v_last uuid; v_seen int4; v_young boolean; v_now timestamptz := clock_timestamp();
  v_cutoff timestamptz := v_now - least(p_succeeded_ms, p_cancelled_ms, p_dead_ms) * interval '1 ms';
begin
  pruned := 0;
  if v_cutoff is null then return; end if;
  select array_agg(id order by id), (array_agg(id order by id desc))[1], count(*), bool_and(created_at > v_cutoff) into v_ids, v_last,
    v_seen, v_young
    from (select id, created_at from ws.jobs where p_after is null or id > p_after order by id limit p_limit) j;
  next := case when v_seen < p_limit then null else v_last end;
  if v_ids is null then return; end if;
  if v_young then
    -- From the first UUIDv7 of the cutoff's moment on, all UUIDv7s are young.
    if next is not null and v_ids[1] >= ws.uuid_at_1(v_cutoff) then next := greatest(next, ws.uuid_at_1(v_now + interval '1 day')); end if;
    return;
  end if;
  v_gone := ws.due_1(v_ids, v_now, p_succeeded_ms, p_cancelled_ms, p_dead_ms);
  if cardinality(v_gone) = 0 then return; end if;
  v_gone := array(select id from ws.jobs where id = any(v_gone) order by id for update skip locked);
  v_gone := ws.due_1(v_gone, v_now, p_succeeded_ms, p_cancelled_ms, p_dead_ms);
  if cardinality(v_gone) = 0 then return; end if;
  insert into ws.tallies (queue, state, n)
    select coalesce(p.queue, j.queue), case e."end" when 1 then 4 when 2 then 5 else 6 end, -count(*)
      from unnest(v_gone) u(id) cross join lateral (select queue from ws.jobs x where x.id = u.id limit 1) j
      left join lateral (select queue from ws.placed x where x.id = u.id limit 1) p on true
      cross join lateral (select "end" from ws.ends x where x.id = u.id order by claim desc limit 1) e group by 1, 2;
  perform ws.forget_1(v_gone);
  pruned := cardinality(v_gone);
end $f$;

create function ws.due_1(p_ids uuid[], p_now timestamptz, p_succeeded_ms float8, p_cancelled_ms float8, p_dead_ms float8) returns uuid[]
${PINNED} as $f$
begin
  return array(
    select u.id from unnest(p_ids) u(id)
      cross join lateral (select e.* from ws.ends e where e.id = u.id order by claim desc limit 1) e
    where e.at <= p_now - case e."end" when 1 then p_succeeded_ms when 2 then p_dead_ms when 3 then p_cancelled_ms end * interval '1 ms'
      and (ws.locate_1(u.id)).state >= 4);
end $f$;

create function ws.uuid_at_1(p timestamptz) returns uuid language sql immutable as $f$
  select (substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7000-8000-000000000000')::uuid
    from (select lpad(to_hex((extract(epoch from p) * 1000)::int8), 12, '0') h) x
$f$;

-- The engine's own tidying, done with the first step of a round: deltas are summed up, workers gone for a day forgotten.
-- To be repeated while it merges as many deltas as it may.
create function ws.tidy_1(p_limit int4) returns int4
${PINNED} as $f$
#variable_conflict use_column
declare v_merged int4;
begin
  with d as (delete from ws.tallies where ctid = any(array(select ctid from ws.tallies limit p_limit for update skip locked))
      returning queue, state, n),
    i as (insert into ws.tallies (queue, state, n) select queue, state, sum(n) from d group by queue, state having sum(n) <> 0
      returning 1)
  select (select count(*) from d) - (select count(*) from i) into v_merged;
  delete from ws.workers w where state <> 'live' and beat_at < clock_timestamp() - interval '1 day'
    and not exists (select from ws.leases l where l.worker = w.id);
  return v_merged;
end $f$;
`

export const CALL_PRUNE = 'select pruned, next from ws.prune_1($1::uuid, $2, $3, $4, $5)'
export const CALL_TIDY = 'select ws.tidy_1($1)'
