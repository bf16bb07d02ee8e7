/** The embedded store in a file. */
import { sqliteFile } from '../support/engines.js'
import { conformance } from './suite.js'

conformance(sqliteFile)
