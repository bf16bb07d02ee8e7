/** Hints between processes. They may be lost, so these tests announce until one is heard. */
import { appendFileSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { expect, it } from 'vitest'
import { newToken } from '#dist/core/index.js'
import type { Hint } from '#dist/engine/index.js'
import { newFile, newJob, Other, openEngine } from './files.js'

it('reaches another process, with the names of the queues and for signals', async () => {
  const path = newFile()
  const engine = await openEngine({ path })
  const other = new Other('listen.mjs', path)
  expect(await other.line()).toBe('listening')
  const line = other.line()
  await until(line, () => engine.announce(['billing', 'mail']))
  expect(JSON.parse(await line)).toEqual({ type: 'wake', queues: ['billing', 'mail'] })

  await engine.insertJobs({ jobs: [newJob()] })
  const lease = newToken()
  const { jobs } = await engine.claim({ worker: 'w', lease, lanes: [{ lane: 'q', limit: 1 }], limit: 1, starting: 1 })
  const signal = (async () => {
    for (;;) if ((JSON.parse(await other.line()) as Hint).type === 'signal') return true
  })()
  await until(signal, () => engine.cancelJobs({ ids: jobs.map(({ id }) => id), reason: null }))
  expect(await signal).toBe(true)
})

it('hears again after its file was removed', async () => {
  const path = newFile()
  const engine = await openEngine({ path })
  const second = await openEngine({ path })
  const heard = new Set<string>()
  const stop = await second.listen((hint) => {
    if (hint.type === 'wake') for (const queue of hint.queues) heard.add(queue)
  })
  expect(existsSync(`${path}.wake`)).toBe(true)
  rmSync(`${path}.wake`)
  const again = waitFor(() => heard.has('q'))
  await until(again, () => engine.announce(['q']))
  await stop()
})

it('keeps its file small, and takes no harm from what is no hint', async () => {
  const path = newFile()
  const engine = await openEngine({ path })
  const second = await openEngine({ path })
  const heard = new Set<string>()
  await second.listen((hint) => {
    if (hint.type === 'wake') for (const queue of hint.queues) heard.add(queue)
  })
  appendFileSync(`${path}.wake`, `${'noise '.repeat(30_000)}\n{}\n[1]\n`)
  const small = waitFor(() => statSync(`${path}.wake`).size < 70_000)
  await until(small, () => engine.announce(['q']))
  heard.clear()
  const again = waitFor(() => heard.has('after'))
  await until(again, () => engine.announce(['after']))
})

it('loses no line of its own as it empties the file', async () => {
  const path = newFile()
  const engine = await openEngine({ path })
  appendFileSync(`${path}.wake`, `${'noise '.repeat(30_000)}\n`)
  for (let n = 0; n < 260; n++) {
    engine.announce([`queue ${n}`])
    await waitFor(() => readFileSync(`${path}.wake`, 'utf8').endsWith(`["queue ${n}"]]\n`))
  }
  expect(statSync(`${path}.wake`).size).toBeLessThan(1000)
})

it('does not hear itself twice', async () => {
  const path = newFile()
  const engine = await openEngine({ path })
  const second = await openEngine({ path })
  const hints: Hint[] = []
  await engine.listen((hint) => hints.push(hint))
  engine.announce(['mine'])
  const heard = waitFor(() => hints.some((hint) => hint.type === 'wake' && hint.queues.includes('theirs')))
  await until(heard, () => second.announce(['theirs']))
  expect(hints.filter((hint) => hint.type === 'wake' && hint.queues.includes('mine'))).toHaveLength(1)
})

/** Do it again and again until the promise settles. */
async function until(settled: Promise<unknown>, act: () => unknown): Promise<void> {
  let done = false
  const mark = (): void => {
    done = true
  }
  void settled.then(mark, mark)
  while (!done) {
    await act()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await settled
}

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}
