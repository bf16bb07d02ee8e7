/** What the tests of the client room share: an enqueuer on a real engine that can be made to fail. */

import { Enqueuer, type EnqueuerOptions } from '#dist/client/index.js'
import type { Engine } from '#dist/engine/index.js'
import type { StoreMaker } from '#dist/testing/conformance/index.js'
import { FaultyEngine } from '../support/faulty-engine.js'
import { newEngine } from '../support/stores.js'

const LIMIT = 1_048_576

export interface Client {
  readonly engine: Engine
  readonly faults: FaultyEngine
  readonly enqueuer: Enqueuer
}

export async function newClient(maker: StoreMaker, more: Partial<EnqueuerOptions> = {}): Promise<Client> {
  return clientOf(await newEngine(maker), more)
}

export function clientOf(engine: Engine, more: Partial<EnqueuerOptions> = {}): Client {
  const faults = new FaultyEngine(engine)
  const options = { maxPayloadBytes: LIMIT, patienceMs: 5000, context: () => undefined, ...more }
  return { engine, faults, enqueuer: new Enqueuer(faults.engine, options) }
}
