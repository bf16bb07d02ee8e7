/** Workers: registration, heartbeat, the poll, and who is lost. */
import { PINNED } from './settings.js'

export const REGISTER = `
insert into ws.workers (id, name, host, pid, version, queues, kinds, labels, concurrency, lease_ms)
values ($1, $2, $3, $4, $5, $6::text[], $7::text[], $8::text[], $9, $10) on conflict (id) do nothing`

/** No indexed column changes and pages are half empty: a heartbeat is a heap-only update. */
export const BEAT = `update ws.workers set beat = beat + 1, beat_at = clock_timestamp() where id = $1 and state = 'live'`

export const RETIRE = `update ws.workers set state = 'stopped', beat_at = clock_timestamp() where id = $1 and state = 'live'`

/** Only if the counter still stands where the sweeper saw it: a worker that woke up meanwhile is not lost. */
export const LOSE = `update ws.workers set state = 'lost' where id = $1 and beat = $2 and state = 'live'`

/** One watch for all who look: none of them need live for a whole lease. */
export const WATCH = `
update ws.workers set watch_beat = beat, watch_at = clock_timestamp(), watch_since = case
    when watch_beat = beat and watch_at between clock_timestamp() - $3 * interval '1 ms' and clock_timestamp() then watch_since
    else clock_timestamp() end
where id = $1 and beat = $2 and state = 'live'
returning floor(greatest(0, extract(epoch from watch_at - watch_since) * 1000))::float8`

/** No indexed column changes here either. */
export const WISH = `update ws.workers set wish = $2 where id = $1 and state = 'live'`

export const LIST = `
select w.id, w.name, w.host, w.pid, w.version, w.queues, w.kinds, w.labels, w.concurrency, w.lease_ms::float8, ws.ms_1(w.started_at),
  w.beat::float8,
  ws.ms_1(w.beat_at), w.state, coalesce(h.n, 0)::int4, w.wish, (extract(epoch from clock_timestamp() - w.beat_at) * 1000)::float8
from ws.workers w left join lateral (
  select count(*) n from ws.leases l cross join lateral unnest(l.ids, l.claims) u(id, n)
    where l.worker = w.id and u.id is not null and not exists (select from ws.ends e where e.id = u.id and e.claim = u.n)) h on true
order by w.started_at`

/** Each queue's lanes are found by hopping along the index, one probe per lane that holds something. */
export const PULSE = `
create function ws.pulse_1(p_worker uuid, p_queues text[], out known boolean, out signals json, out lanes text[], out next_due_ms float8,
  out now_ms float8, out wish text)
${PINNED} as $f$
#variable_conflict use_column
declare v_lane text; v_queue text;
begin
  select true, w.wish into known, wish from ws.workers w where w.id = p_worker and w.state = 'live';
  known := known is not null;
  signals := (select json_agg(json_build_array(id, kind, reason)) from ws.signals where worker = p_worker);
  lanes := '{}';
  foreach v_queue in array p_queues loop
    continue when exists (select from ws.queues where name = v_queue and paused_at is not null);
    if exists (select from ws.ready where lane = v_queue limit 1) then lanes := lanes || v_queue; end if;
    v_lane := v_queue || '/';
    loop
      select lane into v_lane from ws.ready where lane > v_lane and lane < v_queue || '0' order by lane limit 1;
      exit when not found;
      lanes := lanes || v_lane;
    end loop;
  end loop;
  next_due_ms := (select greatest(0, extract(epoch from run_at - clock_timestamp()) * 1000) from ws.scheduled order by run_at, entry
    limit 1);
  now_ms := ws.ms_1(clock_timestamp());
end $f$;
`

export const CALL_PULSE = 'select known, signals, lanes, next_due_ms, now_ms, wish from ws.pulse_1($1, $2::text[])'
