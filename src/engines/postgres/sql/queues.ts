/** Queues: counts from deltas (not from counting), pause and resume. */

export const COUNTS = 'select queue, state, sum(n)::float8 from ws.tallies group by queue, state'

export const PAUSED = 'select name, ws.ms_1(paused_at), paused_by, paused_reason from ws.queues where paused_at is not null'

/** The first row of each lane in claim order; its first job's age. An old job behind younger, more urgent ones is not looked for. */
export const OLDEST = `
select q.name, (select ws.ms_1(j.created_at) from ws.ready r join ws.jobs j on j.id = r.ids[1] where r.lane = q.name order by r.lane, r.priority, r.seq limit 1)
from unnest($1::text[]) q(name)`

export const PAUSE = `
insert into ws.queues (name, paused_at, paused_by, paused_reason) values ($1, clock_timestamp(), $2, $3)
on conflict (name) do update set paused_at = coalesce(ws.queues.paused_at, excluded.paused_at), paused_by = excluded.paused_by,
  paused_reason = excluded.paused_reason`

export const RESUME = 'update ws.queues set paused_at = null, paused_by = null, paused_reason = null where name = $1'
