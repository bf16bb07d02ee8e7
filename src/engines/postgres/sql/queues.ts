/** Queues: counts from deltas (not from counting), pause and resume. */

export const COUNTS = 'select queue, state, sum(n)::float8 from ws.tallies group by queue, state'

export const PAUSED = 'select name, ws.ms_1(paused_at), paused_by, paused_reason from ws.queues where paused_at is not null'

/**
 * When the oldest job that may run now was enqueued: the first of each lane and priority is the oldest of them, so it hops along the
 * index.
 */
export const OLDEST_OF = `
create function ws.oldest_1(p_queue text) returns timestamptz language plpgsql stable as $f$
declare v_lane text := ''; v_priority int4; v_row record; v_oldest timestamptz; v_at timestamptz;
begin
  loop
    select lane into v_lane from ws.ready
      where lane > v_lane and (lane = p_queue or (lane > p_queue || '/' and lane < p_queue || '0')) order by lane limit 1;
    exit when not found;
    v_priority := -32769;
    loop
      select priority, (select i from unnest(ids) i where i is not null limit 1) as id into v_row from ws.ready where lane = v_lane
        and priority > v_priority order by priority, seq limit 1;
      exit when not found;
      v_priority := v_row.priority;
      v_at := (select created_at from ws.jobs where id = v_row.id);
      v_oldest := least(coalesce(v_oldest, v_at), v_at);
    end loop;
  end loop;
  return v_oldest;
end $f$;
`

export const OLDEST = 'select q.name, ws.ms_1(ws.oldest_1(q.name)) from unnest($1::text[]) q(name)'

export const PAUSE = `
insert into ws.queues (name, paused_at, paused_by, paused_reason) values ($1, clock_timestamp(), $2, $3)
on conflict (name) do update set paused_at = coalesce(ws.queues.paused_at, excluded.paused_at), paused_by = excluded.paused_by,
  paused_reason = excluded.paused_reason`

export const RESUME = 'update ws.queues set paused_at = null, paused_by = null, paused_reason = null where name = $1'
