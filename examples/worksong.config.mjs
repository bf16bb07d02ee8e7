// The app of the command line, as its default export: `worksong work`, `worksong enqueue`, … find it by its name.
import { defineJob, Worksong } from 'worksong'

const hello = defineJob({
  name: 'hello',
  async run(input) {
    return `Hello, ${input.name}!`
  },
})

export default new Worksong({
  store: process.env.WORKSONG_STORE ?? 'sqlite:worksong.db',
  jobs: [hello],
})
