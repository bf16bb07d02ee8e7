/** Write the ends of claims. Twin: SQLite checks lease by lease and inserts end by end. */
import { PINNED, PLAIN } from './settings.js'

/**
 * The order is: lock the leases, then look for cancel requests, then insert. A canceller locks the lease exclusively before it writes its
 * request, so one of the two always sees the other.
 * The fence: the lease is there, is this worker's, and holds the job under that claim number; and `ends` takes one end per claim.
 * A plain insert in an exception block costs half of ON CONFLICT with RETURNING; refusals are rare, so they pay for the second try.
 *
 * Ends come grouped by lease, in the order of p_closing || p_open; `p_to[i]`: the place of the last end of the i-th lease.
 * `p_again`: places of the ends after which the job is to run again. Answers are places.
 */
export const FINISH = `
create function ws.finish_1(p_worker uuid, p_closing uuid[], p_open uuid[], p_to int4[], p_ids uuid[], p_claims int4[],
  p_ends int2[], p_used int2[], p_ran int4[], p_bodies text[], p_again int4[], p_delays float8[], p_lanes text[],
  p_tally_queues text[], p_tally_states int2[], p_tally_counts int8[],
  p_started uuid[], p_started_counts int4[], p_shared boolean[], out refused int4[], out cancelled int4[],
  out lost uuid[])
${PINNED} as $f$
#variable_conflict use_column
declare
  v_owned boolean;
  v_ends int2[] := p_ends;
  v_bodies text[] := p_bodies;
  v_accepted int4[];
begin
  v_owned := ws.owns_1(p_worker, p_closing || p_open, p_to, p_ids, p_claims);
  if p_started is not null then
    update ws.leases l set started = greatest(l.started, s.n), alone = l.alone and not s.shared
      from unnest(p_started, p_started_counts, p_shared) s(id, n, shared) where l.id = s.id and l.worker = p_worker;
    select array_agg(s.id) into lost from unnest(p_started) s(id)
      where not exists (select from ws.leases l where l.id = s.id and l.worker = p_worker);
  end if;
  if p_ids is not null then
    if exists (select from ws.signals where worker = p_worker) then
      select t.ends, t.bodies, t.places into v_ends, v_bodies, cancelled from ws.turn_cancelled_1(p_worker, p_ids, p_ends, p_bodies) t;
    end if;
    if v_owned then
      begin
        insert into ws.ends (id, claim, "end", used, worker, ran_ms, body)
          select u.id, u.n, coalesce(u.e, 1::int2), coalesce(u.used, 1::int2), p_worker, u.ran, u.body
          from unnest(p_ids, p_claims, v_ends, p_used, p_ran, v_bodies) u(id, n, e, used, ran, body);
      exception when unique_violation then
        v_owned := false;
      end;
    end if;
    if not v_owned then
      select s.accepted, s.refused, s.cancelled into v_accepted, refused, cancelled
        from ws.finish_some_1(p_worker, p_closing || p_open, p_to, p_ids, p_claims, v_ends, p_used, p_ran, v_bodies, cancelled) s;
    end if;
    if p_again is not null then perform ws.put_back_1(p_ids, p_claims, v_ends, p_used, p_again, p_delays, p_lanes, v_accepted); end if;
    if cancelled is not null then
      delete from ws.signals where worker = p_worker and id = any(p_ids) and id <> all(array(select p_ids[r] from unnest(refused) r));
    end if;
    if v_accepted is null and cancelled is null then
      insert into ws.tallies (queue, state, n) select * from unnest(p_tally_queues, p_tally_states, p_tally_counts);
    else
      perform ws.tally_ends_1(v_accepted, p_ids, v_ends, p_again, p_delays);
    end if;
  end if;
  -- A lease is given up with its last end only: a job without an end would have no place left. All of it in this call, or all of it by now.
  if p_closing is not null then
    delete from ws.leases l using unnest(p_closing) with ordinality c(id, o)
      where l.id = c.id and l.worker = p_worker
        and (cardinality(l.ids) = coalesce(p_to[c.o], 0) - coalesce(p_to[c.o - 1], 0)
          or not exists (select from unnest(l.ids, l.claims) h(id, n)
            where h.id is not null and not exists (select from ws.ends e where e.id = h.id and e.claim = h.n)));
  end if;
end $f$;

-- Locks the leases; true when every end is of a job and claim that its lease holds. Ends mostly come in claimed order: then a comparison of
-- slices is enough.
create function ws.owns_1(p_worker uuid, p_leases uuid[], p_to int4[], p_ids uuid[], p_claims int4[]) returns boolean
${PINNED} as $f$
#variable_conflict use_column
declare v_ids uuid[]; v_claims int4[]; v_from int4 := 1; v_to int4; v_at int4; v_all boolean := true;
begin
  for i in 1 .. coalesce(cardinality(p_leases), 0) loop
    select ids, claims into v_ids, v_claims from ws.leases where id = p_leases[i] and worker = p_worker for key share;
    v_to := p_to[i];
    if v_to >= v_from then
      v_at := array_position(v_ids, p_ids[v_from]);
      if v_at is null then
        v_all := false;
      elsif v_ids[v_at:v_at + v_to - v_from] <> p_ids[v_from:v_to] or v_claims[v_at:v_at + v_to - v_from] <> p_claims[v_from:v_to] then
        v_all := v_all and ws.holds_1(v_ids, v_claims, p_ids[v_from:v_to], p_claims[v_from:v_to]);
      end if;
      v_from := v_to + 1;
    end if;
  end loop;
  return v_all;
end $f$;

create function ws.holds_1(p_ids uuid[], p_claims int4[], p_asked uuid[], p_asked_claims int4[]) returns boolean
${PLAIN} as $f$
begin
  return not exists (select from unnest(p_asked, p_asked_claims) a(id, n)
    where not exists (select from unnest(p_ids, p_claims) h(id, n) where h.id = a.id and h.n = a.n));
end $f$;

-- Jobs that would go on, but whose end was asked for, end as cancelled.
create function ws.turn_cancelled_1(p_worker uuid, p_ids uuid[], p_ends int2[], p_bodies text[],
  out ends int2[], out bodies text[], out places int4[])
${PINNED} as $f$
#variable_conflict use_column
begin
  select array_agg(case when t.turned then 3::int2 else t.e end order by t.o),
      array_agg(case when t.turned then ws.failure_1('Cancelled', coalesce(t.reason, 'cancelled')) else t.b end order by t.o),
      coalesce(array_agg(t.o::int4) filter (where t.turned), '{}')
    into ends, bodies, places
    from (select u.*, s.reason, s.id is not null and coalesce(u.e, 1) in (4, 5, 6) turned
      from unnest(p_ids, p_ends, p_bodies) with ordinality u(id, e, b, o)
      left join lateral (select * from ws.signals x where x.worker = p_worker and x.id = u.id and x.kind = 'cancel' limit 1) s on true) t;
end $f$;

-- Some ends cannot be taken: insert those that can, and say which. Refused, unless it is a replay of our own: this very end of this very
-- claim was written by this worker before.
create function ws.finish_some_1(p_worker uuid, p_leases uuid[], p_to int4[], p_ids uuid[], p_claims int4[], p_ends int2[],
  p_used int2[], p_ran int4[], p_bodies text[], p_cancelled int4[], out accepted int4[], out refused int4[], out cancelled int4[])
${PLAIN} as $f$
#variable_conflict use_column
declare v_inserted uuid[];
begin
  with u as (
      select * from unnest(p_ids, p_claims, p_ends, p_used, p_ran, p_bodies) with ordinality u(id, n, e, used, ran, body, o)),
    held as (
      select distinct on (u.id) u.* from u
        join (select g.o i, coalesce(lag(g.t) over (order by g.o), 0) f, g.t from unnest(p_to) with ordinality g(t, o)) g on u.o > g.f
          and u.o <= g.t
        join ws.leases l on l.id = p_leases[g.i] and l.worker = p_worker
        join lateral unnest(l.ids, l.claims) h(id, n) on h.id = u.id and h.n = u.n
        order by u.id, u.o),
    i as (
      insert into ws.ends (id, claim, "end", used, worker, ran_ms, body)
        select id, n, coalesce(e, 1::int2), coalesce(used, 1::int2), p_worker, ran, body from held order by id
        on conflict do nothing returning id)
  select array_agg(i.id), coalesce(array_agg(held.o::int4), '{}') into v_inserted, accepted from i join held on held.id = i.id;
  select array_agg(u.o::int4) filter (where x.id is null),
      array_agg(u.o::int4) filter (where x.id is not null and x."end" = 3 and coalesce(u.e, 1) <> 3 or u.o = any(p_cancelled))
    into refused, cancelled
    from unnest(p_ids, p_claims, p_ends) with ordinality u(id, n, e, o)
    left join ws.ends x on x.id = u.id and x.claim = u.n and x.worker = p_worker
      and (x."end" = coalesce(u.e, 1) or (x."end" = 3 and coalesce(u.e, 1) in (4, 5, 6)))
    where u.o <> all(accepted);
  cancelled := cancelled || array(select c from unnest(p_cancelled) c where c = any(accepted));
end $f$;

-- Accepted ends after which the job runs again: later, or at once in its old place.
create function ws.put_back_1(p_ids uuid[], p_claims int4[], p_ends int2[], p_used int2[], p_again int4[], p_delays float8[],
  p_lanes text[], p_accepted int4[]) returns void
${PINNED} as $f$
#variable_conflict use_column
declare v_now timestamptz := clock_timestamp();
begin
  with a as materialized (
      select p_ids[u.i] id, p_claims[u.i] n, coalesce(p_used[u.i], 1::int2) used, coalesce(u.d, 0) d, u.lane
      from unnest(p_again, p_delays, p_lanes) u(i, d, lane)
      where coalesce(p_ends[u.i], 1) in (4, 5, 6) and (p_accepted is null or u.i = any(p_accepted))),
    j as materialized (
      select a.*, j.entry, coalesce(p.queue, j.queue) queue, coalesce(p.priority, j.priority) priority from a
        cross join lateral (select entry, queue, priority from ws.jobs x where x.id = a.id limit 1) j
        left join lateral (select queue, priority from ws.placed x where x.id = a.id limit 1) p on true),
    later as (
      insert into ws.scheduled (id, run_at, entry, claims, used)
        select id, v_now + d * interval '1 ms', entry, n, used from j where d > 0)
  insert into ws.ready (lane, priority, seq, claims, used, ids)
    select coalesce(lane, queue), priority, entry * 2, n, used, array[id] from j where d <= 0;
end $f$;

create function ws.tally_ends_1(p_accepted int4[], p_ids uuid[], p_ends int2[], p_again int4[], p_delays float8[]) returns void
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
      where p_accepted is null or u.o = any(p_accepted))
  insert into ws.tallies (queue, state, n)
    select queue, state, count(*) from e group by 1, 2 union all select queue, 3, -count(*) from e group by 1;
end $f$;

create function ws.failure_1(p_name text, p_message text) returns text language sql immutable as $f$
  select json_build_object('name', p_name, 'message', p_message)::text
$f$;
`
