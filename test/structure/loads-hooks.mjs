// Module hooks for loads.test.ts: note every module that is loaded, in the file named by WORKSONG_LOADS. Registers itself when imported.
import { appendFileSync } from 'node:fs'
import { register } from 'node:module'
import { isMainThread } from 'node:worker_threads'

const file = process.env.WORKSONG_LOADS ?? ''

if (isMainThread) register(import.meta.url)

/** @type {import('node:module').LoadHook} */
export async function load(url, context, next) {
  appendFileSync(file, `${url}\n`)
  return next(url, context)
}
