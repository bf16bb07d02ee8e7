/** worksong migrate */
import { refuseNewer, type SchemaStatus } from '../engine/index.js'
import { operation } from './operation.js'

interface MigrateResult {
  readonly applied: readonly string[]
  readonly before: SchemaStatus
  /** Where: as the store says it itself. */
  readonly store: string
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
    refuseNewer(before)
    return { applied: plan ? [] : await engine.migrate(), before, store: engine.place }
  },
  show: ({ applied, before, store }) => {
    if (applied.length > 0) return `applied: ${stepText(applied, before, store)}`
    if (before.pending.length > 0) return `to be applied: ${stepText(before.pending, before, store)}`
    return `nothing to apply: the schema is at version ${before.current}`
  },
})

function stepText(names: readonly string[], { current, wanted }: SchemaStatus, store: string): string {
  const count = `${names.length} ${names.length === 1 ? 'migration' : 'migrations'}`
  return `version ${current} -> ${wanted} of ${store}, ${count} (${names.join(', ')})`
}
