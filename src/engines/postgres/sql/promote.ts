/** Scheduled jobs that are due. Twin: one range of the due index; here rows that another promoter holds are skipped. */
import { PINNED } from './settings.js'

export const PROMOTE = `
create function ws.promote_1(p_limit int4, p_ahead_ms float8, out promoted int4, out lanes text[], out next_due_ms float8)
${PINNED} as $f$
#variable_conflict use_column
declare v_now timestamptz := clock_timestamp();  -- a variable: a volatile function is no index condition
begin
  with d as (
      delete from ws.scheduled where ctid = any(array(
        select ctid from ws.scheduled where run_at <= v_now + p_ahead_ms * interval '1 ms' order by run_at, entry
          limit p_limit for update skip locked))
      returning id, entry, claims, used),
    j as materialized (
      select d.*, coalesce(p.queue, j.queue) queue, coalesce(p.priority, j.priority) priority from d
        cross join lateral (select queue, priority from ws.jobs x where x.id = d.id limit 1) j
        left join lateral (select queue, priority from ws.placed x where x.id = d.id limit 1) p on true),
    r as (insert into ws.ready (lane, priority, seq, claims, used, ids) select queue, priority, entry * 2, claims, used, array[id] from j),
    q as materialized (select queue, count(*) n from j group by queue),
    t as (insert into ws.tallies (queue, state, n) select queue, 0, -n from q union all select queue, 2, n from q)
  select coalesce(sum(n), 0), coalesce(array_agg(queue), '{}') into promoted, lanes from q;
  next_due_ms := (select greatest(0, extract(epoch from run_at - clock_timestamp()) * 1000) from ws.scheduled order by run_at, entry
    limit 1);
end $f$;
`

export const CALL_PROMOTE = 'select promoted, lanes, next_due_ms from ws.promote_1($1, $2)'
