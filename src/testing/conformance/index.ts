/**
 * The conformance suite: what every engine must do, in small cases. Framework-free: for each of `conformanceCases` that `applies`,
 * make a fresh store and `runCase` it.
 */
import { cancelCases } from './cancel.js'
import { cancelRaceCases } from './cancel-races.js'
import type { Case } from './case.js'
import { choreCases } from './chores.js'
import { claimCases } from './claim.js'
import { claimManyCases } from './claim-many.js'
import { claimTheseCases } from './claim-these.js'
import { deleteCases } from './delete.js'
import { deleteRaceCases } from './delete-races.js'
import { diagnoseCases } from './diagnose.js'
import { enqueueCases } from './enqueue.js'
import { enqueueKeptCases } from './enqueue-kept.js'
import { fencingCases } from './fencing.js'
import { finishCases } from './finish.js'
import { finishClaimCases } from './finish-claim.js'
import { jobCases } from './jobs.js'
import { listFilterCases } from './list-filters.js'
import { listenCases } from './listen.js'
import { listCases } from './lists.js'
import { logCases } from './logs.js'
import { promoteCases } from './promote.js'
import { pruneCases } from './prune.js'
import { pulseCases } from './pulse.js'
import { queueCases } from './queues.js'
import { recordCases } from './record.js'
import { refusalCases } from './refusals.js'
import { replayCases } from './replays.js'
import { rescueCases } from './rescue.js'
import { rescueManyCases } from './rescue-many.js'
import { retryCases } from './retry.js'
import { schemaCases } from './schema.js'
import { settledCases } from './settled.js'
import { stateCases } from './states.js'
import { wishCases } from './wishes.js'
import { workerCases } from './workers.js'
import { workerGoneCases } from './workers-gone.js'

export { Bench, type CallerTransaction, type Store, type StoreMaker, until } from './bench.js'
export type { Case } from './case.js'
export { MATRIX, type Matrix } from './matrix.js'
export { applies, runCase } from './run.js'
export { type ClaimOptions, claimRequest, endOf, type Held, held, newWorker, TestWorker } from './worker.js'

export const conformanceCases: readonly Case[] = [
  ...schemaCases,
  ...refusalCases,
  ...enqueueCases,
  ...enqueueKeptCases,
  ...claimCases,
  ...claimManyCases,
  ...claimTheseCases,
  ...finishCases,
  ...fencingCases,
  ...replayCases,
  ...finishClaimCases,
  ...recordCases,
  ...logCases,
  ...workerCases,
  ...workerGoneCases,
  ...wishCases,
  ...pulseCases,
  ...rescueCases,
  ...rescueManyCases,
  ...promoteCases,
  ...pruneCases,
  ...cancelCases,
  ...cancelRaceCases,
  ...retryCases,
  ...stateCases,
  ...deleteCases,
  ...deleteRaceCases,
  ...jobCases,
  ...settledCases,
  ...listCases,
  ...listFilterCases,
  ...queueCases,
  ...choreCases,
  ...listenCases,
  ...diagnoseCases,
]
