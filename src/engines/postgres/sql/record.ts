/** Progress and log lines of running jobs, fenced by their leases. */
import { PINNED } from './settings.js'

export const RECORD = `
create function ws.record_1(p_leases uuid[], p_ids uuid[], p_claims int4[], p_bodies text[], l_leases uuid[], l_ids uuid[], l_claims int4[],
  l_levels text[], l_lines text[], l_at float8[], p_max_lines int4, out refused uuid[])
${PINNED} as $f$
#variable_conflict use_column
declare v_held uuid[];
begin
  v_held := array(select id from ws.leases where id = any(p_leases || l_leases) order by id for key share);
  -- Held: the lease is there, and this claim of the job has not ended.
  with t as (select distinct l, id, n from (select * from unnest(p_leases, p_ids, p_claims) union all select * from unnest(l_leases, l_ids,
    l_claims)) x(l, id, n))
  select array_agg(distinct t.id) into refused from t
    where t.l <> all(v_held) or exists (select from ws.ends e where e.id = t.id and e.claim = t.n)
      or not exists (select from ws.leases x cross join lateral unnest(x.ids, x.claims) h(id, n) where x.id = t.l and h.id = t.id
        and h.n = t.n);
  insert into ws.progress as g (id, claim, body)
    select distinct on (id) id, n, body from unnest(p_ids, p_claims, p_bodies) with ordinality u(id, n, body, o)
      where refused is null or id <> all(refused) order by id, o desc
    on conflict (id) do update set claim = excluded.claim, at = clock_timestamp(), body = excluded.body;
  if l_ids is not null then
    insert into ws.logs (id, n, claim, at, level, line)
      select u.id, coalesce(m.n, 0) + row_number() over (partition by u.id order by u.o), u.claim, to_timestamp(u.at / 1000), u.level,
        u.line
        from unnest(l_ids, l_claims, l_levels, l_lines, l_at) with ordinality u(id, claim, level, line, at, o)
        left join lateral (select n from ws.logs x where x.id = u.id order by n desc limit 1) m on true
        where (refused is null or u.id <> all(refused)) and coalesce(m.n, 0) < p_max_lines;
    delete from ws.logs where id = any(l_ids) and n > p_max_lines;
  end if;
end $f$;
`

export const CALL_RECORD = `select refused from ws.record_1($1::uuid[], $2::uuid[], $3::int4[], $4::text[], $5::uuid[], $6::uuid[],
  $7::int4[], $8::text[],
  $9::text[], $10::float8[], $11)`
