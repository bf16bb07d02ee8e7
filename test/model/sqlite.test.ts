/** The life of jobs on SQLite, against the model. */
import { sqliteFile } from '../support/engines.js'
import { lives } from './life.js'

lives(sqliteFile)
