/** Each command on a real store of each kind, as text and as JSON. */
import { describe, expect, it } from 'vitest'
import { ENGINES, migratedProject, newProject } from './project.js'

const ID = /[0-9a-f]{8}-[0-9a-f-]{27}/
const MISSING = '0198c3a2-7b1e-7c55-9d01-3f2a1b4c5d6e'

describe.each(ENGINES)('on %s', (engine) => {
  it('migrate: plans, applies, and finds nothing more to apply', async () => {
    const project = await newProject(engine)
    const planned = await project.run('migrate', '--plan')
    expect(planned).toMatchObject({ code: 0, stderr: '' })
    expect(planned.stdout).toMatch(/^to be applied: .+\n$/)
    expect(await project.run('migrate')).toMatchObject({ code: 0, stdout: planned.stdout.replace('to be applied', 'applied') })
    expect((await project.run('migrate')).stdout).toMatch(/^nothing to apply: the schema is at version \d+\n$/)
    const { value } = await project.json('migrate')
    expect(value).toMatchObject({ applied: [], before: { pending: [] } })
  })

  it('a store without tables is left alone by those who look, and says what to run', async () => {
    const project = await newProject(engine)
    if (engine === 'sqlite') project.write('jobs.db', '')
    const text = await project.run('jobs', 'list')
    expect(text).toMatchObject({ code: 1, stdout: '' })
    expect(text.stderr).toMatch(/^error: The schema of .+ is at version 0, this code needs \d+\nfix: Run 'worksong migrate'\.\n$/)
    const { code, value } = await project.json('queues', 'list')
    expect(code).toBe(1)
    expect(value).toMatchObject({ error: { code: 'WS_SCHEMA_MISSING', fix: "Run 'worksong migrate'." } })
  })

  it('enqueue makes the tables when there are none, and one job', async () => {
    const project = await newProject(engine)
    const { code, stdout } = await project.run('enqueue', 'hello', '{"name":"Ada"}')
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^enqueued ${ID.source}\n$`))
    const again = await project.json('enqueue', 'hello', '{"name":"Ada"}', '--id', MISSING)
    expect(again.value).toEqual({ id: MISSING, status: 'enqueued' })
    expect((await project.run('enqueue', 'hello', '{"name":"Ada"}', '--id', MISSING)).stdout).toBe(`duplicate ${MISSING}\n`)
  })

  it('jobs list and jobs show', async () => {
    const project = await migratedProject(engine)
    const first = await project.enqueue('hello', '{"name":"Ada"}', '--priority', '-5')
    const second = await project.enqueue('hello', '{"name":"Bob"}', '--delay', '1h', '--queue', 'later')
    const { stdout } = await project.run('jobs', 'list')
    const [head, ...rows] = stdout.trimEnd().split('\n')
    expect(head?.split(/ {2,}/)).toEqual(['id', 'name', 'queue', 'state', 'attempt', 'created', 'due / ended'])
    expect(rows.map((row) => row.split(/ +/).slice(0, 5))).toEqual([
      [second, 'hello', 'later', 'scheduled', '0/5'],
      [first, 'hello', 'default', 'queued', '0/5'],
    ])
    const page = (await project.json('jobs', 'list', '--limit', '1')).value as { jobs: { id: string }[]; next: string }
    expect(page.jobs.map(({ id }) => id)).toEqual([second])
    const rest = await project.json('jobs', 'list', '--limit', '1', '--after', page.next)
    expect(rest.value).toMatchObject({ jobs: [{ id: first }] })
    expect((await project.run('jobs', 'list', '--limit', '1')).stdout).toContain(`more: --after '${page.next}'`)
    expect((await project.json('jobs', 'list', '--state', 'dead')).value).toEqual({ jobs: [], next: null })

    const shown = await project.run('jobs', 'show', first)
    expect(shown.stdout).toMatch(new RegExp(`^id: +${first}\nname: +hello\nstate: +queued\n(.*\n)+input: +{"name":"Ada"}\n$`))
    expect((await project.json('jobs', 'show', second)).value).toMatchObject({
      id: second,
      state: 'scheduled',
      input: { name: 'Bob' },
      errors: [],
    })
  })

  it('jobs cancel and jobs retry: each job with what became of it, and a code that says when one was missing', async () => {
    const project = await migratedProject(engine)
    const id = await project.enqueue('hello', '{"name":"Ada"}')
    const cancelled = await project.run('jobs', 'cancel', id, MISSING, '--reason', 'by hand')
    expect(cancelled.code).toBe(1)
    expect(cancelled.stdout).toMatch(new RegExp(`\n${id} +cancelled\n${MISSING} +missing\n$`))
    expect(await project.json('jobs', 'cancel', id)).toMatchObject({ code: 0, value: [{ id, result: 'ended' }] })
    expect(await project.json('jobs', 'retry', id)).toMatchObject({ code: 0, value: [{ id, result: 'queued' }] })
    const missing = await project.run('jobs', 'retry', MISSING)
    expect(missing).toMatchObject({ code: 1, stderr: '' })
    expect(missing.stdout).toContain(`${MISSING}  missing`)
  })

  it('queues list, pause and resume', async () => {
    const project = await migratedProject(engine)
    await project.enqueue('hello', '{"name":"Ada"}')
    expect(await project.run('queues', 'pause', 'default', '--by', 'ann', '--reason', 'ERP down')).toMatchObject({
      code: 0,
      stdout: 'default is paused\n',
    })
    expect((await project.run('queues', 'list')).stdout).toMatch(/\ndefault +1 +0 .+ since \S+ \S+ by ann: ERP down\n$/)
    const { value } = await project.json('queues', 'list')
    expect(value).toMatchObject([{ name: 'default', queued: 1, paused: { by: 'ann', reason: 'ERP down' } }])
    expect((await project.json('queues', 'resume', 'default')).value).toEqual({ queue: 'default', paused: false })
    expect((await project.run('queues', 'list')).stdout).toMatch(/ no\n$/)
  })

  it('with a store and no app: looks at it by --store or WORKSONG_STORE', async () => {
    const project = await migratedProject(engine)
    await project.enqueue('hello', '{"name":"Ada"}')
    const store = project.store.replace('sqlite:', `sqlite:${project.folder}/`)
    project.write('elsewhere/empty', '')
    const options = { cwd: 'elsewhere', env: { WORKSONG_STORE: store } }
    // No file of an app above either: the project's own is further down the path only from inside it.
    const bare = { ...options, cwd: '..' }
    expect((await project.start(['queues', 'list'], bare).ended).stdout).toMatch(/\ndefault +1 /)
    const asked = await project.start(['queues', 'list', '--store', store], { ...bare, env: {} }).ended
    expect(asked.stdout).toMatch(/\ndefault +1 /)
    const refused = await project.start(['enqueue', 'hello', '{"name":"Ada"}'], bare).ended
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain("error: 'enqueue' needs the app's jobs\nfix: ")
  })
})
