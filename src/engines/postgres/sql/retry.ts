/** Let ended jobs run again, and scheduled ones at once. Twin: the same, without the lock. */
import { PINNED } from './settings.js'

/** The job's own row is the lock between two retries of it: nothing else brings an ended job back to life. */
export const RETRY = `
create function ws.retry_1(p_ids uuid[], p_states int2[], out ids uuid[], out results text[])
${PINNED} as $f$
#variable_conflict use_column
declare v_job record; v ws.place_1; v_result text;
begin
  ids := '{}'; results := '{}';
  for v_job in
    select j.id, j.entry, coalesce(p.queue, j.queue) queue, coalesce(p.priority, j.priority) priority
      from ws.jobs j left join ws.placed p on p.id = j.id where j.id = any(p_ids) order by j.id for no key update of j
  loop
    v := null;
    for v_try in 1 .. 100 loop
      if p_states is null or 0 = any(p_states) then
        delete from ws.scheduled where id = v_job.id returning 0, claims, used into v.state, v.claims, v.used;
        exit when found;
      end if;
      v := ws.locate_1(v_job.id);
      -- Between the two looks a run of it may have ended in a retry: what is scheduled leaves that place, or it would stand in two.
      exit when v.state is distinct from 0 or 0 <> all(p_states);
      v := null;
    end loop;
    if v.state <> all(p_states) then
      v_result := 'changed';
    elsif v.state = 0 or v.state >= 4 then
      insert into ws.ready (lane, priority, seq, claims, used, ids) values (v_job.queue, v_job.priority, v_job.entry * 2, v.claims,
        case when v.state = 0 then v.used else 0 end, array[v_job.id]);
      insert into ws.tallies (queue, state, n) values (v_job.queue, v.state, -1), (v_job.queue, 2, 1);
      v_result := 'queued';
    else
      v_result := case v.state when 1 then 'blocked' else 'live' end;
    end if;
    ids := ids || v_job.id;
    results := results || v_result;
  end loop;
end $f$;
`

export const CALL_RETRY = 'select ids, results from ws.retry_1($1::uuid[], $2::int2[])'
