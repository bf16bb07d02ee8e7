/** Whether this user may do what the store needs of him. */
import type { Found } from '../../engine/index.js'
import type { Look } from './diagnose.js'
import { LACKING, SCHEMA_RIGHTS } from './sql/diagnose.js'

const GRANT = 'Grant what docs/operate/postgres.md lists'
/** Named in full up to so many. */
const NAMED = 3

export async function rightsOf(asked: Look, schema: string): Promise<Found> {
  const row = (await asked(SCHEMA_RIGHTS, [schema])).rows[0] as [boolean, boolean, boolean, boolean, string]
  const [exists, usage, , mayCreate, user] = row
  if (!exists) {
    if (mayCreate) return { status: 'ok', text: `${user} may make the schema ${schema}` }
    const text = `${user} may not make the schema ${schema}, which does not exist yet`
    return { status: 'failed', text, fix: `Run 'worksong migrate' as the owner of the database, or: grant create on database … to ${user}` }
  }
  if (!usage)
    return { status: 'failed', text: `${user} may not use the schema ${schema}`, fix: `grant usage on schema ${schema} to ${user}` }
  const lacking = (await asked(LACKING, [schema])).rows as [string, string][]
  if (lacking.length === 0) return { status: 'ok', text: `${user} may read and write all of the schema ${schema}` }
  const names = lacking.slice(0, NAMED).map(([kind, name]) => `${kind} ${schema}.${name}`)
  const more = lacking.length > NAMED ? ` and ${lacking.length - NAMED} more` : ''
  return { status: 'failed', text: `${user} lacks rights on ${names.join(', ')}${more}`, fix: GRANT }
}
