/**
 * Planner settings of the hot functions. They belong to the function, not to the session: nothing leaks into a caller's transaction, and
 * they hold through PgBouncer. With them a statement has one plan, on tables that were never analyzed and on tables of a million rows
 * alike.
 */
export const PINNED = `language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
  set enable_hashjoin = off set enable_mergejoin = off set jit = off`

/** Ours see what was committed before each statement, whatever the server's default. */
export const BEGIN = 'begin isolation level read committed'

/** A statement of ours, in which `ws.` stands for the schema. */
export function qualified(text: string, schema: string): string {
  return text.replaceAll(/\bws\./g, `"${schema}".`)
}

/** For functions off the hot path: plans as the planner likes, but no compilation. */
export const PLAIN = 'language plpgsql set jit = off'
