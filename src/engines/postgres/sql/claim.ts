/** Take jobs that may run. Twin: SQLite deletes a range, being the only writer; here rows that others hold locked are skipped. */
import { PINNED } from './settings.js'

/**
 * Per lane in order: lock the first rows of the index, delete those taken whole, cut the last one in place. The claimed set comes from
 * RETURNING only: a row re-checked after a concurrent commit is returned by the lock but invisible to the delete (claimed twice otherwise).
 * `p_rows`: how many rows to lock first, by the density that rows had last time, but never far more than slices would need: what is
 * locked and not taken, others skip, and later jobs overtake it (with 500 rows locked, by 50,000 places).
 * The answer is one text, fields by 0x1F and rows by 0x1E, which JSON text cannot contain: a third of the cost of rows.
 */
export const CLAIM = `
create function ws.claim_1(p_worker uuid, p_lease uuid, p_lanes text[], p_limits int4[], p_limit int4, p_rows int4, p_starting int4,
  p_alone boolean, p_replay boolean, p_only uuid[], out jobs text, out more boolean, out rows_seen int4, out slots_seen int4)
${PINNED} as $f$
#variable_conflict use_column
declare
  v_ids uuid[]; v_claims int4[]; v_used int2[]; v_queue text;
  v_got uuid[]; v_got_claims int4[]; v_got_used int2[];
  v_left int4 := p_limit; v_room int4; v_rows int4; v_seen int4; v_n int4; v_slots int4;
begin
  more := false;
  rows_seen := 0;
  slots_seen := 0;
  -- Declared lost, or retired: what it claimed would be rescued at once.
  if exists (select from ws.workers where id = p_worker and state <> 'live') then return; end if;
  if p_replay then
    select ids, claims, used into v_ids, v_claims, v_used from ws.leases where id = p_lease and worker = p_worker;
    if found then
      jobs := ws.describe_1(v_ids, v_claims, v_used);
      more := true;
      return;
    end if;
  end if;
  if p_only is not null then select t.ids, t.claims, t.used into v_ids, v_claims, v_used from ws.take_these_1(p_only, p_limit) t; end if;
  for v_lane in 1 .. cardinality(p_lanes) loop
    exit when v_left <= 0;
    v_queue := split_part(p_lanes[v_lane], '/', 1);
    continue when exists (select from ws.queues where name = v_queue and paused_at is not null);
    v_room := least(p_limits[v_lane], v_left);
    v_n := 0;
    v_rows := least(p_rows, 4 * ((v_room + 99) / 100));
    loop
      with p as materialized (
          select ctid c, priority, seq, ids, cardinality(ids) k from ws.ready
            where lane = p_lanes[v_lane] order by lane, priority, seq limit v_rows for update skip locked),
        w as materialized (select c, priority, seq, ids, k, (sum(k) over (order by priority, seq))::int4 cum from p),
        d as (delete from ws.ready where ctid = any(array(select c from w where cum <= v_room)) returning priority, seq, ids, claims, used),
        s as (update ws.ready r set ids = r.ids[v_room - (w.cum - w.k) + 1:], seq = r.seq + 2 * (v_room - (w.cum - w.k)) from w
          where r.ctid = w.c and w.cum > v_room and w.cum - w.k < v_room
          returning r.priority, r.seq, w.ids[1:v_room - (w.cum - w.k)] ids, r.claims, r.used),
        t as (select i.id, x.claims, x.used
          from (select * from d union all select * from s order by priority, seq) x cross join lateral unnest(x.ids) i(id)
          where i.id is not null)
      select array_agg(id), array_agg(claims + 1), array_agg(used), (select count(*) from p), (select sum(k) from p)
        into v_got, v_got_claims, v_got_used, v_seen, v_slots from t;
      exit when v_seen = 0;
      rows_seen := rows_seen + v_seen;
      slots_seen := slots_seen + v_slots;
      v_ids := v_ids || v_got;
      v_claims := v_claims || v_got_claims;
      v_used := v_used || v_got_used;
      v_n := v_n + coalesce(cardinality(v_got), 0);
      -- Nothing is left where all rows were seen and taken whole. One that was cut has more, if there were holes before it.
      exit when v_seen < v_rows and v_slots <= v_room;
      v_room := v_room - coalesce(cardinality(v_got), 0);
      exit when v_room <= 0;
      v_rows := greatest(2, least(v_room, v_room * v_seen / v_slots + 1));
    end loop;
    v_left := v_left - v_n;
    if v_n > 0 then insert into ws.tallies (queue, state, n) values (v_queue, 2, -v_n), (v_queue, 3, v_n); end if;
  end loop;
  -- Something is left: it was locked by others, or the limit was reached.
  for v_lane in 1 .. cardinality(p_lanes) loop
    more := exists (select from ws.ready where lane = p_lanes[v_lane] limit 1)
      and not exists (select from ws.queues where name = split_part(p_lanes[v_lane], '/', 1) and paused_at is not null);
    exit when more;
  end loop;
  if v_ids is not null then
    insert into ws.leases (id, worker, started, alone, ids, claims, used) values (p_lease, p_worker, p_starting, p_alone, v_ids, v_claims,
      v_used);
    jobs := ws.describe_1(v_ids, v_claims, v_used);
  end if;
end $f$;

create function ws.describe_1(p_ids uuid[], p_claims int4[], p_used int2[]) returns text
${PINNED} as $f$
#variable_conflict use_column
declare v_text text; v_fits boolean := true;
begin
  begin
    select string_agg(concat_ws(E'\\x1f', u.id, u.n, u.used, j.queue, j.kind, j.priority, j.max_attempts, j.entry,
      case when j.rich then ws.extras_1(j) else '' end, j.payload), E'\\x1e') into v_text
    from unnest(p_ids, p_claims, p_used) u(id, n, used) join ws.jobs j on j.id = u.id;
  exception when program_limit_exceeded or out_of_memory then
    v_fits := false;
  end;
  -- Whoever claims takes fewer then.
  if cardinality(p_ids) > 1 and (not v_fits or octet_length(v_text) > 67108864) then
    raise exception 'the payloads of % jobs are too much for one answer', cardinality(p_ids) using errcode = '53400';
  end if;
  return v_text;
end $f$;

create function ws.extras_1(p ws.jobs) returns text language sql stable as $f$
  select json_strip_nulls(json_build_object('correlationId', p.correlation_id, 'trace', p.trace, 'description', p.description, 'parentId',
    p.parent_id,
    'tags', p.tags, 'overrides', p.overrides, 'reference', p.reference))::text
$f$;

-- Postgres 13 has no such setting, and no such plan.
do $f$ begin
  if current_setting('server_version_num')::int4 >= 140000 then
    alter function ws.claim_1 set enable_memoize = off;
    alter function ws.describe_1 set enable_memoize = off;
  end if;
end $f$;
`

/** One call is one transaction: finish and claim need no round trip between them, and no named statements. */
export const TURN = `
create function ws.turn_1(p_finish boolean, p_worker uuid, p_closing uuid[], p_open uuid[], p_to int4[], p_ids uuid[], p_claims int4[],
  p_ends int2[],
  p_used int2[], p_ran int4[], p_bodies text[], p_again int4[], p_delays float8[], p_lanes text[],
  p_tally_queues text[], p_tally_states int2[], p_tally_counts int8[], p_started uuid[], p_started_counts int4[], p_shared boolean[],
  c_lease uuid, c_lanes text[], c_limits int4[], c_limit int4, c_rows int4, c_starting int4, c_alone boolean, c_replay boolean,
  c_only uuid[],
  out refused int4[], out cancelled int4[], out jobs text, out more boolean, out rows_seen int4,
  out slots_seen int4, out lost uuid[])
language plpgsql as $f$
begin
  -- A second try waits for the first, which may still be under way here: else it would see no lease yet, and claim the same one again.
  if c_lease is not null then perform pg_advisory_xact_lock(1464814419, uuid_hash(c_lease)); end if;
  if p_finish then
    select f.refused, f.cancelled, f.lost into refused, cancelled, lost
      from ws.finish_1(p_worker, p_closing, p_open, p_to, p_ids, p_claims, p_ends, p_used, p_ran, p_bodies,
        p_again, p_delays, p_lanes, p_tally_queues, p_tally_states, p_tally_counts, p_started, p_started_counts, p_shared) f;
  else
    -- A lost claim only delays its jobs; a finish is never asynchronous.
    perform set_config('synchronous_commit', 'off', true);
  end if;
  if c_lease is not null then
    select c.jobs, c.more, c.rows_seen, c.slots_seen into jobs, more, rows_seen, slots_seen
      from ws.claim_1(p_worker, c_lease, c_lanes, c_limits, c_limit, c_rows, c_starting, c_alone, c_replay, c_only) c;
  end if;
end $f$;
`

export const CALL_TURN = `select refused, cancelled, jobs, more, rows_seen, slots_seen, lost from ws.turn_1($1::boolean, $2::uuid,
  $3::uuid[], $4::uuid[], $5::int4[], $6::uuid[],
  $7::int4[], $8::int2[], $9::int2[], $10::int4[], $11::text[], $12::int4[], $13::float8[], $14::text[], $15::text[], $16::int2[],
    $17::int8[],
  $18::uuid[], $19::int4[], $20::boolean[], $21::uuid, $22::text[], $23::int4[], $24::int4, $25::int4, $26::int4, $27::boolean,
    $28::boolean, $29::uuid[])`
