/** A store that was typed wrongly may hold a password anywhere: nothing of it is said, by no command, in no form. */
import { expect, it } from 'vitest'
import { Project } from './project.js'

const STORES = [
  'postgres:hunter2@127.0.0.1/x',
  'postgres:/ann:hunter2@127.0.0.1/x',
  'ann:hunter2@127.0.0.1/x',
  'host=127.0.0.1 user=ann password=hunter2',
  ' postgres://ann:hunter2@127.0.0.1/x',
  'postgres://ann:hun@ter2/w?rd@127.0.0.1:5999/shop',
  'postgres://ann:1234?hunter2@127.0.0.1/x',
  'postgres://ann:12#hunter2@127.0.0.1/x',
  'sqlite:postgres://ann:hunter2@127.0.0.1/x',
]

it.each(STORES)('%s', async (store) => {
  const project = new Project()
  const ended = [
    project.start(['queues', 'list', '--store', store]).ended,
    project.start(['queues', 'list', '--json'], { env: { WORKSONG_STORE: store, WORKSONG_LOG: 'debug' } }).ended,
    project.start(['doctor', '--store', store]).ended,
  ]
  for (const { code, stdout, stderr } of await Promise.all(ended)) {
    expect([1, 2]).toContain(code)
    expect(stdout + stderr).toMatch(/store/i)
    expect(stdout + stderr).not.toMatch(/hunter2|ter2|w\?rd|1234|ann[:@]|127\.0/)
  }
})

it('typed as a command', async () => {
  const { code, stdout, stderr } = await new Project().run('postgres://ann:hunter2@127.0.0.1/x')
  expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(/^error: unknown command\n/)])
})
