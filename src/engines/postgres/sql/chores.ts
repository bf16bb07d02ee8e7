/**
 * Chores: whoever moves the moment on has the turn. No leader. A moment further ahead than the interval was written before the clock
 * stepped back: it counts as due. (Not compared with what is excluded: it may be older than the row that was waited for.)
 */

export const TAKE_CHORE = `
insert into ws.chores as c (name, next_at) values ($1, clock_timestamp() + $2 * interval '1 ms')
on conflict (name) do update set next_at = excluded.next_at
  where c.next_at <= clock_timestamp() or c.next_at > clock_timestamp() + $2 * interval '1 ms'`
