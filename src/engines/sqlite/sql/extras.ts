/** What few jobs have (tags, references, trace …) as one JSON value, null for most: the claim reads one column instead of seven. */
import type { JobExtras, JobOverrides } from '../../../engine/index.js'

/** What is no JSON (somebody has edited the row by hand) counts as absent: one row must not stop its whole queue. */
const json = (column: string) => `iif(json_valid(${column}), json(${column}), null)`

/** Of a row of worksong_jobs named j. */
export const EXTRAS = `case
  when coalesce(j.tags, j.reference, j.correlation_id, j.trace, j.description, j.parent_id, j.overrides) is null then null
  else json_array(${json('j.tags')}, ${json('j.reference')}, j.correlation_id, j.trace, j.description, j.parent_id,
    ${json('j.overrides')}) end`

type Packed = [
  readonly string[] | null,
  Readonly<Record<string, string>> | null,
  string | null,
  string | null,
  string | null,
  string | null,
  JobOverrides | null,
]

/** Undefined for a job without any. */
export function parseExtras(text: string | null): JobExtras | undefined {
  if (text === null) return undefined
  const [tags, reference, correlationId, trace, description, parentId, overrides] = JSON.parse(text) as Packed
  return {
    ...(tags === null ? {} : { tags }),
    ...(reference === null ? {} : { reference }),
    ...(correlationId === null ? {} : { correlationId }),
    ...(trace === null ? {} : { trace }),
    ...(description === null ? {} : { description }),
    ...(parentId === null ? {} : { parentId }),
    ...(overrides === null ? {} : { overrides }),
  }
}
