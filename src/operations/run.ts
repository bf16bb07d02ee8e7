/** worksong run JOB JSON */
import type { JobDefinition } from '../core/index.js'
import { theHandled } from './definition.js'
import { operation } from './operation.js'
import { type Ran, type RunReport, reportOf, reportText } from './run-report.js'
import type { Tools } from './tools.js'

export const run = operation<{ job: string; input?: unknown }, RunReport>({
  name: ['run'],
  words: "Run a job's handler here and now, once, without storing the job",
  right: 'operate',
  store: 'lazy',
  needsJobs: true,
  keeps: false,
  long: true,
  watched: true,
  fields: {
    job: { type: 'text', words: "the job's name", position: 0, required: true },
    input: { type: 'json', words: 'its input, as JSON', position: 1 },
  },
  examples: [`worksong run hello '{"name":"Ada"}'`],
  run: async (tools, { job, input }) => (await runJob(tools, theHandled(tools.jobs, job), input)).report,
  show: reportText,
  failed: ({ end }) => end !== 'succeeded',
  interrupted: ({ end }) => end === 'returned',
})

export async function runJob(tools: Pick<Tools, 'runHere'>, job: JobDefinition, input: unknown): Promise<Ran> {
  const ran = await tools.runHere(job, input)
  return { report: reportOf(job.name, ran), thrown: ran.error }
}
