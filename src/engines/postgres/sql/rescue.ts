/** Give back jobs of workers that are gone. Row by row: it is rare, and every job has its own story. Twin: the same loop in TypeScript. */
import { PINNED } from './settings.js'

/**
 * Lock the leases in one statement, look in the next: one statement would wait for a finisher and then decide by its old snapshot.
 * Leases that a finisher holds are skipped and met next time.
 */
export const RESCUE = `
create function ws.rescue_1(p_limit int4, p_max_crashes int4,
  out requeued int4, out dead uuid[], out cancelled int4, out lanes text[], out done boolean)
${PINNED} as $f$
#variable_conflict use_column
declare v_lease record; v_item record; v_seen int4 := 0; v_end int2; v_body text; v_used int2; v_crashes int4; v_lane text;
  v_losses record;
begin
  requeued := 0; cancelled := 0; dead := '{}'; lanes := '{}'; done := true;
  for v_lease in
    select l.id, l.worker, coalesce(w.name, '?') as name, coalesce(w.host, '?') as host, coalesce(w.pid, 0) as pid
      from ws.leases l left join ws.workers w on w.id = l.worker
      where w.state is distinct from 'live' order by l.id for update of l skip locked
  loop
    if v_seen >= p_limit then done := false; exit; end if;
    for v_item in
      select u.id, u.n, u.used, u.o > l.started waiting, l.alone, coalesce(p.queue, j.queue) queue, coalesce(p.priority,
        j.priority) priority,
          j.entry, j.max_attempts, s.kind is not null asked, s.reason
        from ws.leases l cross join lateral unnest(l.ids, l.claims, l.used) with ordinality u(id, n, used, o)
          cross join lateral (select * from ws.jobs x where x.id = u.id limit 1) j
          left join lateral (select * from ws.placed x where x.id = u.id limit 1) p on true
          left join lateral (select * from ws.signals x where x.worker = l.worker and x.id = u.id and x.kind = 'cancel' limit 1) s on true
        where l.id = v_lease.id and not exists (select from ws.ends e where e.id = u.id and e.claim = u.n)
    loop
      v_seen := v_seen + 1;
      v_used := v_item.used + case when v_item.waiting then 0 else 1 end;
      v_end := case when v_item.waiting then 7 when v_item.alone then 9 else 8 end;
      v_body := null;
      -- This loss counts. Counts begin again after a retry of an ended job.
      select count(*) filter (where e."end" = 7) + v_item.waiting::int4 waiting,
          count(*) filter (where e."end" in (8, 9)) + (not v_item.waiting)::int4 started,
          count(*) filter (where e."end" = 9) + (v_item.alone and not v_item.waiting)::int4 alone
        into v_losses from ws.ends e where e.id = v_item.id
          and e.claim > coalesce((select max(claim) from ws.ends r where r.id = v_item.id and r."end" in (1, 2, 3)), 0);
      -- The first loss is forgiven, so that after a kill -9 everything runs again at once, beside each other. What is lost again and again
      -- before it was seen to start may be what kills them, too fast to be marked.
      v_lane := v_item.queue || case when v_losses.started >= 2 or v_losses.waiting >= 3 then '/!' else '' end;
      if not v_item.waiting then
        v_crashes := case when v_item.alone then v_losses.alone else 0 end;
        v_body := ws.failure_1('WorkerLost', format('worker %s (host %s, pid %s) disappeared while running this job%s', v_lease.name,
          v_lease.host,
          v_lease.pid, case when v_item.alone then format(' alone (crash %s of %s)', v_crashes, p_max_crashes) end));
        if v_used >= v_item.max_attempts or v_crashes >= p_max_crashes then v_end := 2; end if;
      end if;
      if v_item.asked then
        v_end := 3;
        v_body := ws.failure_1('Cancelled', coalesce(v_item.reason, 'cancelled'));
      end if;
      insert into ws.ends (id, claim, "end", used, worker, body) values (v_item.id, v_item.n, v_end, v_used, v_lease.worker, v_body);
      if v_end in (2, 3) then
        if v_end = 2 then dead := dead || v_item.id; else cancelled := cancelled + 1; end if;
        insert into ws.tallies (queue, state, n) values (v_item.queue, 3, -1), (v_item.queue, case v_end when 2 then 5 else 6 end, 1);
      else
        requeued := requeued + 1;
        if v_lane <> all(lanes) then lanes := lanes || v_lane; end if;
        insert into ws.ready (lane, priority, seq, claims, used, ids)
          values (v_lane, v_item.priority, v_item.entry * 2, v_item.n, v_used, array[v_item.id]);
        insert into ws.tallies (queue, state, n) values (v_item.queue, 3, -1), (v_item.queue, 2, 1);
      end if;
    end loop;
    delete from ws.signals s using ws.leases l where l.id = v_lease.id and s.worker = l.worker and s.id = any(l.ids);
    delete from ws.leases where id = v_lease.id;
  end loop;
  done := done and not exists (
    select from ws.leases l left join ws.workers w on w.id = l.worker where w.state is distinct from 'live');
end $f$;
`

export const CALL_RESCUE = 'select requeued, dead, cancelled, lanes, done from ws.rescue_1($1, $2)'
