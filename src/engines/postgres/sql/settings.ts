/**
 * Planner settings of the hot functions. They belong to the function, not to the session: nothing leaks into a caller's transaction, and
 * they hold through PgBouncer. With them a statement has one plan, on tables that were never analyzed and on tables of a million rows
 * alike.
 */
export const PINNED = `language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
  set enable_hashjoin = off set enable_mergejoin = off set jit = off`

/** For functions off the hot path: plans as the planner likes, but no compilation. */
export const PLAIN = 'language plpgsql set jit = off'
