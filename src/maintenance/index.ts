/** Promote the due, rescue the lost, prune the old. */
export { Maintenance, type MaintenanceOptions } from './maintenance.js'
export type { Retention } from './pruner.js'
