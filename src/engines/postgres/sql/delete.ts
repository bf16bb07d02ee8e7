/** Delete jobs by id, with all that is kept beside them, all of a call in a few statements. Twin: job by job. */
import { PINNED, PLAIN } from './settings.js'

/**
 * The jobs' own rows are locked first, in the order of their ids: no retry brings one back, no other delete or prune takes one. Then each
 * is looked for and its entry taken under its row's lock; one that moves between the two looks is looked for again. Running ones are left.
 */
const DELETE = `
create function ws.delete_1(p_ids uuid[], p_states int2[], out ids uuid[], out results text[])
${PINNED} as $f$
#variable_conflict use_column
declare
  v_left uuid[] := array(select id from ws.jobs where id = any(p_ids) order by id for update);
  v_ids uuid[]; v_states int2[]; v_lanes text[]; v_priorities int2[]; v_seqs int8[];
  v_gone uuid[] := '{}'; v_from int2[] := '{}'; v_took uuid[]; v_took_from int2[];
begin
  ids := '{}'; results := '{}';
  for v_try in 1 .. 100 loop
    exit when v_left = '{}';
    select array_agg(id), array_agg(state), array_agg(lane), array_agg(priority), array_agg(seq)
      into v_ids, v_states, v_lanes, v_priorities, v_seqs from ws.places_1(v_left) where state is not null;
    with r as (select u.id, case when u.state = 3 then 'running' else 'changed' end result from unnest(v_ids, v_states) u(id, state)
        where u.state = 3 or u.state <> all(p_states))
      select ids || array_agg(id), results || array_agg(result) into ids, results from r;
    select took, took_from into v_took, v_took_from
      from ws.take_all_1(v_ids, v_states, v_lanes, v_priorities, v_seqs, coalesce(p_states, '{0,1,2,4,5,6}'));
    v_gone := v_gone || v_took;
    v_from := v_from || v_took_from;
    v_left := array(select u from unnest(v_left) u(id) where u.id <> all(ids) and u.id <> all(v_gone));
  end loop;
  if v_left <> '{}' then raise exception 'job % moves too fast to be deleted', v_left[1] using errcode = '40001'; end if;
  insert into ws.tallies (queue, state, n)
    select coalesce(p.queue, j.queue), u.state, -count(*) from unnest(v_gone, v_from) u(id, state)
      cross join lateral (select queue from ws.jobs x where x.id = u.id limit 1) j
      left join lateral (select queue from ws.placed x where x.id = u.id limit 1) p on true group by 1, 2;
  perform ws.forget_1(v_gone);
  ids := ids || v_gone;
  results := results || array_fill('deleted'::text, array[cardinality(v_gone)]);
end $f$;
`

/** Where jobs are, all in one snapshot (as locate_1 says it of one): null for what is on the move. */
const PLACES = `
create function ws.places_1(p_ids uuid[]) returns table (id uuid, state int2, lane text, priority int2, seq int8)
${PINNED} as $f$
#variable_conflict use_column
begin
  return query
    with h as materialized (select ws.running_1(p_ids) ids)
    select u.id, (case when s.y then 0 when b.y then 1 when r.seq is not null then 2 when u.id = any((select h.ids from h)::uuid[]) then 3
        when e."end" in (1, 2, 3) then e."end" + 3 end)::int2, r.lane, r.priority, r.seq
      from unnest(p_ids) u(id)
        cross join lateral (select x.entry, x.queue, x.kind, x.priority from ws.jobs x where x.id = u.id limit 1) j
        left join lateral (select x.queue, x.priority from ws.placed x where x.id = u.id limit 1) p on true
        left join lateral (select true y from ws.scheduled x where x.id = u.id limit 1) s on true
        left join lateral (select true y from ws.blocked x where x.id = u.id limit 1) b on true
        left join lateral (select x.lane, x.priority, x.seq from ws.ready x
          where x.lane = any(array[coalesce(p.queue, j.queue), coalesce(p.queue, j.queue) || '/!', coalesce(p.queue, j.queue) || '/@'
              || j.kind])
            and x.priority = coalesce(p.priority, j.priority) and x.seq >= (j.entry & ~127::int8) * 2 and x.seq <= j.entry * 2
            and u.id = any(x.ids) limit 1) r on true
        left join lateral (select x."end" from ws.ends x where x.id = u.id order by x.claim desc limit 1) e on true;
end $f$;

-- Which of the jobs a worker holds. Stable, so that it sees what the statement around it sees.
create function ws.running_1(p_ids uuid[]) returns uuid[]
${PINNED} stable as $f$
begin
  return array(select t.id from ws.listed_1(p_ids) t
    left join lateral (select true y from ws.ends e where e.id = t.id and e.claim = t.claim limit 1) e on true where e.y is null);
end $f$;

-- Their last claims, as far as open leases list them: only of the last one there may be no end. Two long lists are compared by grouping,
-- which takes time in proportion to their length whatever the planner believes of it; a join might take the square.
create function ws.listed_1(p_ids uuid[]) returns table (id uuid, claim int4)
${PLAIN} stable as $f$
begin
  return query select x.id, max(x.n) from (
      select u.id, u.n, false asked from ws.leases l cross join lateral unnest(l.ids, l.claims) u(id, n)
      union all select a, null, true from unnest(p_ids) a) x
    group by x.id having bool_or(x.asked) and count(x.n) > 0;
end $f$;
`

/**
 * Entries of jobs that are in one of `p_states`: locked first, looked at again in the next statement. A row of many loses them by holes, so
 * that the others keep their places. Ended jobs have none: their rows' locks hold them where they are.
 */
const TAKE_ALL = `
create function ws.take_all_1(p_ids uuid[], p_from int2[], p_lanes text[], p_priorities int2[], p_seqs int8[], p_states int2[],
  out took uuid[], out took_from int2[])
${PINNED} as $f$
#variable_conflict use_column
declare v_ready uuid[];
begin
  with w as materialized (select * from unnest(p_ids, p_from) w(id, state) where state = any(p_states)),
    s as (delete from ws.scheduled where id = any(array(select id from w where state = 0)) returning id, 0 state),
    b as (delete from ws.blocked where id = any(array(select id from w where state = 1)) returning id, 1 state)
  select coalesce(array_agg(id), '{}'), coalesce(array_agg(state), '{}') into took, took_from
    from (select id, state from w where state >= 4 union all select * from s union all select * from b) t;
  if 2 <> all(p_from) or 2 <> all(p_states) then return; end if;
  perform from (select distinct lane, priority, seq from unnest(p_lanes, p_priorities, p_seqs) k(lane, priority, seq)
      where seq is not null order by 1, 2, 3) k
    cross join lateral (select from ws.ready x where x.lane = k.lane and x.priority = k.priority and x.seq = k.seq for update) r;
  with k as materialized (select lane, priority, seq, array_agg(id) asked from unnest(p_ids, p_lanes, p_priorities, p_seqs)
      k(id, lane, priority, seq) where seq is not null group by 1, 2, 3),
    n as materialized (select r.ctid c, array(select case when i = any(k.asked) then null else i end from unnest(r.ids) with ordinality
        i(i, o) order by o) rest, array(select i from unnest(r.ids) i where i = any(k.asked)) took
      from k cross join lateral (select x.ctid, x.ids from ws.ready x where x.lane = k.lane and x.priority = k.priority and x.seq = k.seq
        limit 1) r),
    d as (delete from ws.ready where ctid = any(array(select c from n where array_remove(rest, null) = '{}'))),
    u as (update ws.ready r set ids = n.rest from n where r.ctid = n.c and array_remove(n.rest, null) <> '{}')
  select array_agg(i) into v_ready from n cross join lateral unnest(n.took) i;
  took := took || v_ready;
  took_from := took_from || array_fill(2::int2, array[coalesce(cardinality(v_ready), 0)]);
end $f$;
`

/**
 * All that is kept of jobs, the last step of deleting them. Leases that still list them (they are open for other jobs' sake) get holes:
 * with the ends gone, those claims would look as if they were open, and a late report would be accepted.
 */
export const FORGET = `
create function ws.forget_1(p_ids uuid[]) returns void
${PINNED} as $f$
#variable_conflict use_column
begin
  perform ws.leave_leases_1(p_ids);
  delete from ws.job_refs r using (select j.id, x.key, x.value from ws.jobs j cross join lateral json_each_text(j.reference) x
    where j.id = any(p_ids) and j.reference is not null) x where r.value = x.value and r.name = x.key and r.id = x.id;
  delete from ws.ends where id = any(p_ids);
  delete from ws.progress where id = any(p_ids);
  delete from ws.logs where id = any(p_ids);
  delete from ws.placed where id = any(p_ids);
  delete from ws.signals where id = any(p_ids);
  delete from ws.jobs where id = any(p_ids);
end $f$;

create function ws.leave_leases_1(p_ids uuid[]) returns void
${PLAIN} as $f$
#variable_conflict use_column
declare v_leases uuid[] := array(
  select distinct unnest(array_agg(x.lease)) from (
      select l.id lease, u.id, false asked from ws.leases l cross join lateral unnest(l.ids) u(id)
      union all select null, a, true from unnest(p_ids) a) x
    group by x.id having bool_or(x.asked) and count(x.lease) > 0);
begin
  v_leases := array_remove(v_leases, null);
  if v_leases = '{}' then return; end if;
  perform from ws.leases where id = any(v_leases) order by id for update;
  update ws.leases l set ids = (select array_agg(case when not y.gone then y.id end order by y.o) from (
        select x.id, min(x.o) o, bool_or(x.asked) gone from (
            select u.id, u.o, false asked from unnest(l.ids) with ordinality u(id, o) union all select a, null, true from unnest(p_ids) a) x
          group by x.id, case when x.id is null then x.o end) y
      where y.o is not null)
    where l.id = any(v_leases);
end $f$;
`

export const DELETE_JOBS = PLACES + TAKE_ALL + DELETE

export const CALL_DELETE = 'select ids, results from ws.delete_1($1::uuid[], $2::int2[])'
