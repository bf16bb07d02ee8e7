/** What the server tells about itself. All of it may be asked by any user who may connect; `ws` stands for the schema's name. */

/** Settings that matter, as text; and how large the database is. */
export const SERVER = `
select current_setting('server_version_num')::int4, current_setting('server_version'), pg_is_in_recovery(),
  current_setting('transaction_read_only') = 'on', current_setting('fsync'), current_setting('synchronous_commit'),
  current_setting('full_page_writes'), pg_backend_pid()`

export const CLOCK = 'select (extract(epoch from clock_timestamp()) * 1000)::float8'

export const SIZE = 'select pg_database_size(current_database())::float8'

/** Of the schema: whether it is there, and whether this user may use it or make it. */
export const SCHEMA_RIGHTS = `
select n.oid is not null, coalesce(has_schema_privilege(n.oid, 'usage'), false), coalesce(has_schema_privilege(n.oid, 'create'), false),
  has_database_privilege(current_database(), 'create'), current_user
from (select 1) one left join pg_namespace n on n.nspname = $1`

/** Names of tables, sequences and functions on which this user lacks what a worker needs. The version is only read. */
export const LACKING = `
select kind, name from (
  select 'table' kind, c.relname::text as name, has_table_privilege(c.oid, 'select') and (c.relname = 'meta' or
      (has_table_privilege(c.oid, 'insert') and has_table_privilege(c.oid, 'update') and has_table_privilege(c.oid, 'delete'))) may
    from pg_class c where c.relnamespace = (select oid from pg_namespace where nspname = $1) and c.relkind in ('r', 'p')
  -- The planner may ask before it filters, and it is an error to ask it of a table.
  union all select 'sequence', c.relname::text, case when c.relkind = 'S' then has_sequence_privilege(c.oid, 'usage') end
    from pg_class c where c.relnamespace = (select oid from pg_namespace where nspname = $1) and c.relkind = 'S'
  union all select 'function', p.proname::text, has_function_privilege(p.oid, 'execute')
    from pg_proc p where p.pronamespace = (select oid from pg_namespace where nspname = $1)) x
where not may order by 1 desc, 2`

export const CONNECTIONS = `
select (select count(*) from pg_stat_activity where backend_type = 'client backend')::int4, current_setting('max_connections')::int4`

/** The oldest open transaction of another session, whether it is idle, and of how many sessions this user may not see as much. */
export const OLDEST_TRANSACTION = `
select max(extract(epoch from statement_timestamp() - xact_start))::float8,
  max(extract(epoch from statement_timestamp() - xact_start)) filter (where state like 'idle in transaction%')::float8,
  count(*) filter (where state is null)::int4
from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`

export const NOTIFY = 'select pg_notify($1, $2)'
