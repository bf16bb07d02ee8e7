/** The life of jobs on Postgres, against the model. */
import { postgresServer } from '../support/engines.js'
import { lives } from './life.js'

lives(postgresServer)
