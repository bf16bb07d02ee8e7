/** A real Postgres server; each case in a schema of its own. */
import { postgresServer } from '../support/engines.js'
import { conformance } from './suite.js'

conformance(postgresServer)
