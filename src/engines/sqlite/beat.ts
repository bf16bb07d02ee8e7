/** The heartbeat's own connection, for a thread that beats while the main thread is blocked. */
import { WorksongError } from '../../core/index.js'
import type { BeatConnection } from '../../engine/index.js'
import { connect } from './driver.js'
import { noFileError, toWorksongError } from './errors.js'
import { isMissing } from './open.js'
import { parseOptions, type SqliteOptions } from './options.js'
import { beat } from './sql/workers.js'
import { Transactions } from './transaction.js'

/** @param config what `beatSource()` of an engine gave */
export async function openBeat(config: unknown): Promise<BeatConnection> {
  const settings = parseOptions(config as SqliteOptions)
  const place = settings.path ?? ''
  if (place === ':memory:') throw new WorksongError('WS_INVALID_OPTION', 'A store in memory cannot be opened twice', { field: 'path' })
  if (isMissing(place)) throw noFileError(place)
  const db = await connect(settings).catch((error: unknown) => {
    throw toWorksongError(error, place)
  })
  const transactions = new Transactions(db, { place, clock: settings.clock, busyTimeout: settings.busyTimeout })
  let open = true
  return {
    beat: (worker) => transactions.write((tx) => beat(tx, { worker })),
    close: async () => {
      if (!open) return
      open = false
      transactions.close()
      db.forget()
      db.raw.close()
    },
  }
}
