/** Take single jobs out of where they wait, by their ids. Twin: the same search, without locks. */
import { PINNED } from './settings.js'

/**
 * One job's entry, if it is in one of `p_from`: `state` as in locate_1 (null: it waits in none of them), `moved` when somebody else was
 * faster and it is to be looked for again. Each place is tried under its row's lock.
 */
const TAKE_ONE = `
create function ws.take_one_1(p_id uuid, p_entry int8, p_queue text, p_priority int2, p_from int2[],
  out state int2, out claims int4, out used int2, out moved boolean)
${PINNED} as $f$
#variable_conflict use_column
declare v_ready record; v_at int4; v_rest uuid[];
begin
  moved := false;
  if 0 = any(p_from) then
    delete from ws.scheduled s where s.id = p_id returning 0, s.claims, s.used into state, claims, used;
    if found then return; end if;
  end if;
  if 1 = any(p_from) then
    delete from ws.blocked b where b.id = p_id returning 1, b.claims, b.used into state, claims, used;
    if found then return; end if;
  end if;
  if 2 <> all(p_from) then return; end if;
  select r.ctid c, r.seq, r.lane, r.ids, r.claims, r.used into v_ready from ws.ready r
    where r.lane = any(array[p_queue, p_queue || '/!', p_queue || '/@' || (select kind from ws.jobs where id = p_id)])
      and r.priority = p_priority and r.seq >= (p_entry & ~127::int8) * 2 and r.seq <= p_entry * 2 and p_id = any(r.ids) for update;
  if not found then return; end if;
  -- The row is locked in its newest version; whoever changed it meanwhile may have taken the job.
  v_at := array_position(v_ready.ids, p_id);
  v_rest := v_ready.ids[v_at + 1:];
  if array_remove(v_ready.ids[:v_at - 1], null) = '{}' then delete from ws.ready where ctid = v_ready.c;
  else update ws.ready set ids = v_ready.ids[:v_at - 1] where ctid = v_ready.c; end if;
  moved := not found;
  if moved then return; end if;
  -- Those behind it stand behind where it would come back to.
  if array_remove(v_rest, null) <> '{}' then
    insert into ws.ready (lane, priority, seq, claims, used, ids) values (v_ready.lane, p_priority, v_ready.seq + 2 * v_at, v_ready.claims,
      v_ready.used, v_rest);
  end if;
  state := 2; claims := v_ready.claims; used := v_ready.used;
end $f$;
`

/** The jobs of `p_ids`, each once, in the order of their entries: those who lock their places one after another meet in the same order. */
export const IN_ORDER = `
    select j.id, j.entry, coalesce(p.queue, j.queue) queue, coalesce(p.priority, j.priority) priority
      from (select distinct u from unnest(p_ids) u) u(id) cross join lateral (select * from ws.jobs x where x.id = u.id limit 1) j
      left join lateral (select * from ws.placed x where x.id = j.id limit 1) p on true
      order by j.entry`

/** For a claim of just these jobs: whatever their queue's pause or their moment. Those that are blocked, run or have ended are left out. */
const TAKE_THESE = `
create function ws.take_these_1(p_ids uuid[], p_limit int4, out ids uuid[], out claims int4[], out used int2[])
${PINNED} as $f$
#variable_conflict use_column
declare v_job record; v_took record;
begin
  for v_job in ${IN_ORDER}
  loop
    exit when cardinality(ids) >= p_limit;
    for v_try in 1 .. 100 loop
      select * into v_took from ws.take_one_1(v_job.id, v_job.entry, v_job.queue, v_job.priority, '{0,2}');
      exit when not v_took.moved;
    end loop;
    continue when v_took.state is null;
    ids := ids || v_job.id;
    claims := claims || v_took.claims + 1;
    used := used || v_took.used;
    insert into ws.tallies (queue, state, n) values (v_job.queue, v_took.state, -1), (v_job.queue, 3, 1);
  end loop;
end $f$;
`

export const TAKE = TAKE_ONE + TAKE_THESE
