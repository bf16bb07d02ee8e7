/** Store plain jobs, which may run now and of which nothing is seldom: many of a kind, or one alone. All others are enqueue_1's. */
import { PINNED } from './settings.js'

/**
 * Jobs of one kind, queue and priority that may run now, which most fan-outs are: what they share is said once, and their slices are
 * counted out here. A statement takes 1.1 to 1.2 times a bare insert of a job's bytes, in enqueue_1 1.3 to 1.4. A replay is enqueue_1's.
 */
export const ENQUEUE_ALIKE = `
create function ws.enqueue_alike_1(p_queue text, p_priority int2, p_kind text, p_attempts int2, p_ids uuid[], p_payloads text[],
  out present uuid[])
${PINNED} as $f$
declare
  v_base int8 := nextval('ws.entries') << 17;
  v_slices int4 := (cardinality(p_ids) + 99) / 100;
begin
  perform set_config('lock_timeout', '200ms', true);
  begin
    insert into ws.jobs (id, entry, queue, kind, priority, max_attempts, payload)
      select u.id, v_base + (u.o + 99) / 100 * 128 + (u.o - 1) % 100 + 1, p_queue, p_kind, p_priority, p_attempts, u.payload
      from unnest(p_ids, p_payloads) with ordinality u(id, payload, o);
    insert into ws.ready (lane, priority, seq, ids)
      select p_queue, p_priority, (v_base + g * 128) * 2 + 1, p_ids[g * 100 - 99:g * 100] from generate_series(1, v_slices) g;
    insert into ws.tallies (queue, state, n) values (p_queue, 2, cardinality(p_ids));
  exception when unique_violation then
    select e.present into enqueue_alike_1.present
      from ws.enqueue_1(array_fill(p_queue, array[v_slices]), array_fill(p_priority, array[v_slices]),
        array(select g * 100 - 99 from generate_series(1, v_slices) g), array[p_kind], array[p_attempts], p_ids,
        array(select ((o + 99) / 100)::int2 from generate_series(1, cardinality(p_ids)) o), null, p_payloads, null, null, null, false,
        true) e;
  end;
end $f$;
`

export const CALL_ENQUEUE_ALIKE = 'select ws.enqueue_alike_1($1, $2, $3, $4, $5, $6)'

/**
 * One plain job that may run now: what a caller alone sends. Without arrays, casts and a subtransaction it takes 0.31 ms where enqueue_1
 * takes 0.43 and a bare insert 0.25 (one connection, fsync on). Its statements have one plan each, so nothing is pinned. It does not wait
 * long for a stranger's transaction either. True: the id was there already.
 */
export const ENQUEUE_ONE = `
create function ws.enqueue_one_1(p_queue text, p_priority int2, p_kind text, p_attempts int2, p_id uuid, p_payload text,
  out present boolean) language plpgsql set lock_timeout = '200ms' as $f$
declare v_slice int8 := (nextval('ws.entries') << 17) + 128;
begin
  insert into ws.jobs (id, entry, queue, kind, priority, max_attempts, payload)
    values (p_id, v_slice + 1, p_queue, p_kind, p_priority, p_attempts, p_payload) on conflict do nothing;
  present := not found;
  if present then return; end if;
  insert into ws.ready (lane, priority, seq, ids) values (p_queue, p_priority, v_slice * 2 + 1, array[p_id]);
  insert into ws.tallies (queue, state, n) values (p_queue, 2, 1);
end $f$;
`

export const CALL_ENQUEUE_ONE = 'select ws.enqueue_one_1($1, $2, $3, $4, $5, $6)'
