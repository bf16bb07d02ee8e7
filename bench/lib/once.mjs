// One contestant, one row, one fresh process on a wiped store.

import { fork } from 'node:child_process'
import { join } from 'node:path'

const LIMIT_MS = 900_000

/** @returns {Promise<object>} the line it printed; rejects when there is none or when its accounts did not fit */
export function runOnce(name, row, env) {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, '..', 'contestants', `${name}.mjs`), [row], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      err += chunk
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const line = out.trim().split('\n').at(-1)
      if (code === 0 && line.startsWith('{') && JSON.parse(line).verified) return resolve(JSON.parse(line))
      reject(new Error(`${signal ?? `exit ${code}`}: ${err.trim() || out.trim() || 'no result'}`))
    })
  })
}

/** The one line of an error that belongs into a table. */
export const shortly = (error) => (error.message.match(/Error: (.*)/)?.[1] ?? error.message.split('\n')[0]).slice(0, 160)
