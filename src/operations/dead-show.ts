/** worksong dead show ID */
import { WorksongError } from '../core/index.js'
import { type JobDetails, jobsShow } from './jobs-show.js'
import { operation } from './operation.js'

export const deadShow = operation<{ id: string; logs?: number }, JobDetails>({
  ...jobsShow,
  name: ['dead', 'show'],
  words: 'Show one dead job: what killed it, its attempts, input and last log lines',
  examples: ['worksong dead show 0198c3a2-7b1e-7c55-9d01-3f2a1b4c5d6e'],
  async run(tools, input) {
    const job = await jobsShow.run(tools, input)
    if (job.state === 'dead') return job
    throw new WorksongError('WS_JOB_NOT_FOUND', `The job is not dead: it is ${job.state}`, { fix: `See 'worksong jobs show ${job.id}'.` })
  },
})
