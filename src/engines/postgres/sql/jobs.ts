/** Look at jobs. Every look is one statement, so that it sees a job in one place. */
import { PINNED } from './settings.js'

/** Where a job is, by state number (0 scheduled, 1 blocked, 2 queued, 3 running, 4 succeeded, 5 dead, 6 cancelled); null: nowhere. */
export const LOCATE = `
create type ws.place_1 as (state int2, claims int4, used int2, at timestamptz, worker uuid, why text);
-- Stable, so that it sees what the statement around it sees: else a job that ends meanwhile would be told without its body.
create function ws.locate_1(p_id uuid) returns ws.place_1
${PINNED} stable as $f$
#variable_conflict use_column
declare v ws.place_1;
begin
  select x.state, x.claims, x.used, x.at, x.worker, x.why into v from (
    select 0::int2 as state, claims, used, run_at as at, null::uuid as worker, null::text as why, 0 as rank from ws.scheduled
      where id = p_id
    union all select 1::int2, claims, used, since, null, reason || coalesce(' ' || nullif(key, ''), ''), 0 from ws.blocked where id = p_id
    union all select 2::int2, r.claims, r.used, null, null, null, 0
      from ws.jobs j left join ws.placed p on p.id = j.id
      cross join lateral (select claims, used from ws.ready r
        where r.lane = any(array[coalesce(p.queue, j.queue), coalesce(p.queue, j.queue) || '/!', coalesce(p.queue,
          j.queue) || '/@' || j.kind])
          and r.priority = coalesce(p.priority, j.priority) and r.seq >= (j.entry & ~127::int8) * 2 and r.seq <= j.entry * 2
          and p_id = any(r.ids) limit 1) r
      where j.id = p_id
    union all select 3::int2, u.n, u.used, l.claimed_at, l.worker, null, 0
      from ws.leases l cross join lateral unnest(l.ids, l.claims, l.used) u(id, n, used)
      where l.ids @> array[p_id] and u.id = p_id and not exists (select from ws.ends e where e.id = p_id and e.claim = u.n)
    union all (select (case "end" when 1 then 4 when 2 then 5 else 6 end)::int2, claim, used, at, null::uuid, null, 1
      from ws.ends where id = p_id and "end" in (1, 2, 3) order by claim desc limit 1)
    ) x order by x.rank limit 1;
  return v;
end $f$;
`

export const SUMMARY = `j.id, j.kind, coalesce(p.queue, j.queue), coalesce(p.priority, j.priority), w.state, w.used, j.max_attempts,
  ws.ms_1(j.created_at), ws.ms_1(w.at), w.worker`

export const TIME = `
create function ws.ms_1(p timestamptz) returns float8 language sql immutable as $f$ select floor(extract(epoch from p) * 1000)::float8 $f$;
`

/** One job whole: its row, its place, and what is kept beside it. */
export const GET = `
select ${SUMMARY}, j.payload, case when j.rich then ws.extras_1(j) end, w.why,
  exists (select from ws.signals s where s.id = j.id and s.kind = 'cancel'),
  (select body from ws.progress g where g.id = j.id),
  (select json_agg(json_build_array(e.claim, e."end", e.used, ws.ms_1(e.at), e.worker, e.ran_ms, e.body) order by e.claim) from ws.ends e
    where e.id = j.id)
from ws.jobs j left join ws.placed p on p.id = j.id cross join lateral ws.locate_1(j.id) w where j.id = $1`

/** Those of the ids that have ended and have no live entry: with their last end. */
export const SETTLED = `
select u.id, w.state, (select body from ws.ends e where e.id = u.id and e.claim = w.claims)
from unnest($1::uuid[]) u(id) cross join lateral (select 1 from ws.ends e where e.id = u.id and e."end" in (1, 2, 3) limit 1) t
  cross join lateral ws.locate_1(u.id) w where w.state >= 4`

export const READ_LOGS = 'select n, claim, ws.ms_1(at), level, line from ws.logs where id = $1 and n > $2 order by n limit $3'
