/** The embedded store in memory: one engine, one process. */
import { sqliteMemory } from '../support/engines.js'
import { conformance } from './suite.js'

conformance(sqliteMemory)
