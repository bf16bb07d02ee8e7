/** worksong migrate */
import type { SchemaStatus } from '../engine/index.js'
import { operation } from './operation.js'

interface MigrateResult {
  readonly applied: readonly string[]
  readonly before: SchemaStatus
}

export const migrate = operation<{ plan?: boolean }, MigrateResult>({
  name: ['migrate'],
  words: 'Bring the schema of the store up to date',
  right: 'admin',
  store: 'raw',
  fields: { plan: { type: 'flag', words: 'only say what would be applied' } },
  examples: ['worksong migrate', 'worksong migrate --plan'],
  async run({ engine }, { plan }) {
    const before = await engine.schemaStatus()
    return { applied: plan ? [] : await engine.migrate(), before }
  },
  show: ({ applied, before }) => {
    if (applied.length > 0) return `applied: ${applied.join(', ')}`
    return before.pending.length > 0
      ? `to be applied: ${before.pending.join(', ')}`
      : `nothing to apply: the schema is at version ${before.current}`
  },
})
