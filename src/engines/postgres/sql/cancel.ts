/** Cancel jobs wherever they are. Twin: the same search, without locks. */
import { PINNED } from './settings.js'
import { IN_ORDER } from './take.js'

/**
 * Job by job, in the order of their entries, so that two cancels meet in the same order. Each place is tried under its row's lock; a job
 * that moves between two looks is looked for again. A running job is asked to end: the request is written under the lease's exclusive
 * lock, so that a finish either sees it or is seen.
 */
export const CANCEL = `
create function ws.cancel_1(p_ids uuid[], p_reason text, p_states int2[], out ids uuid[], out results text[])
${PINNED} as $f$
#variable_conflict use_column
declare v_job record; v_result text;
begin
  ids := '{}'; results := '{}';
  for v_job in ${IN_ORDER}
  loop
    v_result := null;
    for v_try in 1 .. 100 loop
      v_result := ws.cancel_one_1(v_job.id, v_job.entry, v_job.queue, v_job.priority, p_reason, p_states);
      -- It may have been deleted meanwhile.
      if v_result is null and not exists (select from ws.jobs where id = v_job.id) then v_result := 'missing'; end if;
      exit when v_result is not null;
    end loop;
    if v_result is null then raise exception 'job % moves too fast to be cancelled', v_job.id using errcode = '40001'; end if;
    ids := ids || v_job.id;
    results := results || v_result;
  end loop;
end $f$;

create function ws.cancel_one_1(p_id uuid, p_entry int8, p_queue text, p_priority int2, p_reason text, p_states int2[])
  returns text
${PINNED} as $f$
#variable_conflict use_column
declare v_claims int4; v_used int2; v_state int2; v_moved boolean; v_lease record;
begin
  select t.state, t.claims, t.used, t.moved into v_state, v_claims, v_used, v_moved
    from ws.take_one_1(p_id, p_entry, p_queue, p_priority, coalesce(p_states, '{0,1,2}')) t;
  if v_moved then return null; end if;
  if v_state is not null then
    insert into ws.ends (id, claim, "end", used, body) values (p_id, v_claims + 1, 3, v_used, ws.failure_1('Cancelled', coalesce(p_reason,
      'cancelled')));
    insert into ws.tallies (queue, state, n) values (p_queue, v_state, -1), (p_queue, 6, 1);
    return 'cancelled';
  end if;
  if 3 <> all(p_states) then return ws.cancel_left_1(p_id, p_states); end if;
  -- Leases stay open for other jobs' sake: the one that counts holds a claim without an end. Looked at again once it is locked.
  select l.id, l.worker into v_lease from ws.leases l where l.ids @> array[p_id] and exists (select from unnest(l.ids, l.claims) u(id, n)
    where u.id = p_id and not exists (select from ws.ends e where e.id = u.id and e.claim = u.n)) limit 1 for update of l;
  if found then
    if not exists (select from ws.leases l cross join lateral unnest(l.ids, l.claims) u(id, n)
        where l.id = v_lease.id and u.id = p_id and not exists (select from ws.ends e where e.id = u.id and e.claim = u.n)) then
      return ws.cancel_left_1(p_id, p_states);
    end if;
    insert into ws.signals (worker, id, kind, reason) values (v_lease.worker, p_id, 'cancel', p_reason) on conflict do nothing;
    return 'requested';
  end if;
  return ws.cancel_left_1(p_id, p_states);
end $f$;

-- Why there was nothing to cancel: it is in none of the states, or has ended, all in one snapshot; null when it is on the move.
create function ws.cancel_left_1(p_id uuid, p_states int2[]) returns text
${PINNED} as $f$
declare v_state int2 := (ws.locate_1(p_id)).state;
begin
  return case when v_state <> all(p_states) then 'changed' when v_state >= 4 then 'ended' end;
end $f$;
`

export const CALL_CANCEL = 'select ids, results from ws.cancel_1($1::uuid[], $2, $3::int2[])'
