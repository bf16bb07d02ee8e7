/** Write the ends of claims. Twin: SQLite checks lease by lease and inserts end by end. */
import { PINNED } from './settings.js'

/**
 * The order is: lock the leases (those that end here are deleted, those that stay open share-locked), then look for cancel requests, then
 * insert. A canceller locks the lease exclusively before it writes its request, so one of the two always sees the other.
 * Accepted is what could be inserted into `ends` under (job, claim number): a second report of one claim cannot.
 * `p_lease`: per end, the place of its lease in p_closing || p_open. `p_again`: places of the ends after which the job is to run again.
 */
export const FINISH = `
create function ws.finish_1(p_worker uuid, p_closing uuid[], p_open uuid[], p_lease int2[], p_ids uuid[], p_claims int4[], p_ends int2[],
  p_used int2[], p_ran int4[], p_bodies text[], p_again int4[], p_delays float8[], p_lanes text[],
  p_tally_queues text[], p_tally_states int2[], p_tally_counts int8[],
  p_started uuid[], p_started_counts int4[], p_shared boolean[], out refused uuid[], out cancelled uuid[])
${PINNED} as $f$
#variable_conflict use_column
declare
  v_leases uuid[] := coalesce(p_closing, '{}') || coalesce(p_open, '{}');
  v_held uuid[];
  v_ends int2[] := p_ends;
  v_bodies text[] := p_bodies;
  v_all boolean;
  v_accepted uuid[];
  v_now timestamptz;
begin
  with d as (delete from ws.leases where id = any(p_closing) and worker = p_worker returning id) select array_agg(id) into v_held from d;
  if p_open is not null then
    v_held := v_held || array(select id from ws.leases where id = any(p_open) and worker = p_worker order by id for key share);
  end if;
  if p_started is not null then
    update ws.leases l set started = greatest(l.started, s.n), alone = l.alone and not s.shared
      from unnest(p_started, p_started_counts, p_shared) s(id, n, shared) where l.id = s.id and l.worker = p_worker;
  end if;
  if p_ids is null then return; end if;
  if exists (select from ws.signals where worker = p_worker) then
    select array_agg(case when s.id is not null and u.e in (4, 5, 6) then 3::int2 else u.e end order by u.o),
      array_agg(case when s.id is not null and u.e in (4, 5, 6) then ws.failure_1('Cancelled', coalesce(s.reason, 'cancelled')) else u.b end order by u.o),
      array_agg(u.id) filter (where s.id is not null and u.e in (4, 5, 6))
      into v_ends, v_bodies, cancelled
      from unnest(p_ids, p_ends, p_bodies) with ordinality u(id, e, b, o)
      left join lateral (select * from ws.signals x where x.worker = p_worker and x.id = u.id and x.kind = 'cancel' limit 1) s on true;
    delete from ws.signals where worker = p_worker and id = any(p_ids) and exists (select from unnest(v_held));
  end if;

  v_all := coalesce(cardinality(v_held), 0) = cardinality(v_leases);
  if v_all then
    begin
      insert into ws.ends (id, claim, "end", used, worker, ran_ms, body)
        select u.id, u.n, coalesce(u.e, 1::int2), coalesce(u.used, 1::int2), p_worker, u.ran, u.body
        from unnest(p_ids, p_claims, v_ends, p_used, p_ran, v_bodies) u(id, n, e, used, ran, body);
    exception when unique_violation then
      v_all := false;
    end;
  end if;
  if not v_all then
    with i as (
      insert into ws.ends (id, claim, "end", used, worker, ran_ms, body)
        select u.id, u.n, coalesce(u.e, 1::int2), coalesce(u.used, 1::int2), p_worker, u.ran, u.body
        from unnest(p_lease, p_ids, p_claims, v_ends, p_used, p_ran, v_bodies) u(l, id, n, e, used, ran, body)
        where v_leases[u.l] = any(v_held) order by u.id
        on conflict do nothing returning id)
    select coalesce(array_agg(id), '{}') into v_accepted from i;
    -- Refused, unless it is a replay of our own: this very end of this very claim was written by this worker before.
    select array_agg(u.id) filter (where x.id is null), cancelled || array_agg(u.id) filter (where x."end" = 3 and u.e in (4, 5, 6))
      into refused, cancelled
      from unnest(p_ids, p_claims, p_ends) u(id, n, e)
      left join lateral (select * from ws.ends x where x.id = u.id and x.claim = u.n and x.worker = p_worker
        and (x."end" = coalesce(u.e, 1) or (x."end" = 3 and u.e in (4, 5, 6))) limit 1) x on true
      where u.id <> all(v_accepted);
  end if;

  if p_again is not null then
    v_now := clock_timestamp();
    with a as materialized (
        select p_ids[u.i] id, p_claims[u.i] n, coalesce(p_used[u.i], 1::int2) used, u.d, u.lane
        from unnest(p_again, p_delays, p_lanes) u(i, d, lane)
        where coalesce(v_ends[u.i], 1) in (4, 5, 6) and (v_accepted is null or p_ids[u.i] = any(v_accepted))),
      j as materialized (
        select a.*, j.entry, coalesce(p.queue, j.queue) queue, coalesce(p.priority, j.priority) priority from a
          cross join lateral (select entry, queue, priority from ws.jobs x where x.id = a.id limit 1) j
          left join lateral (select queue, priority from ws.placed x where x.id = a.id limit 1) p on true),
      later as (insert into ws.scheduled (id, run_at, entry, claims, used)
        select id, v_now + d * interval '1 ms', entry, n, used from j where d > 0)
    insert into ws.ready (lane, priority, seq, claims, used, ids)
      select coalesce(lane, queue), priority, entry, n, used, array[id] from j where coalesce(d, 0) <= 0;
  end if;
  if v_accepted is null and cancelled is null then
    insert into ws.tallies (queue, state, n) select * from unnest(p_tally_queues, p_tally_states, p_tally_counts);
  else
    perform ws.tally_ends_1(coalesce(v_accepted, p_ids), p_ids, v_ends, p_again, p_delays);
  end if;
end $f$;

create function ws.failure_1(p_name text, p_message text) returns text language sql immutable as $f$
  select json_build_object('name', p_name, 'message', p_message)::text
$f$;

create function ws.tally_ends_1(p_accepted uuid[], p_ids uuid[], p_ends int2[], p_again int4[], p_delays float8[]) returns void
${PINNED} as $f$
#variable_conflict use_column
begin
  with e as (
    select coalesce(p.queue, j.queue) queue, case coalesce(u.e, 1) when 1 then 4 when 2 then 5 when 3 then 6
        else case when coalesce(a.d, 0) > 0 then 0 else 2 end end state
      from unnest(p_ids, p_ends) with ordinality u(id, e, o)
      left join lateral (select d from unnest(p_again, p_delays) a(i, d) where a.i = u.o limit 1) a on true
      cross join lateral (select queue from ws.jobs x where x.id = u.id limit 1) j
      left join lateral (select queue from ws.placed x where x.id = u.id limit 1) p on true
      where u.id = any(p_accepted))
  insert into ws.tallies (queue, state, n)
    select queue, state, count(*) from e group by 1, 2 union all select queue, 3, -count(*) from e group by 1;
end $f$;
`
