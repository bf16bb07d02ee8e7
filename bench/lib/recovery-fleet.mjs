// The fleet: workers that may be killed at any moment and are replaced at once, and a few that live on, as in any deployment.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { inChunks, now, sleep } from './measure.mjs'
import { randomOf } from './recovery-jobs.mjs'

const WORKER = join(import.meta.dirname, 'recovery-worker.mjs')
const SURVIVORS = 4
/** Lease, two rounds of the sweep, and as much again. */
const RECOVERY_MS = 50_000
const LOOK_EVERY_MS = 20
const STUCK_MS = 120_000

export class Fleet {
  survivors = SURVIVORS
  /** Of each kill: whom and when. */
  kills = []
  #options
  #random
  #mortals = new Set()
  #others = new Set()
  #stopping = false
  #died = null

  constructor(options) {
    this.#options = options
    this.#random = randomOf(options.seed + 1)
  }

  async start() {
    const places = Array.from({ length: SURVIVORS + this.#options.mortals }, (_, at) => (at < SURVIVORS ? this.#others : this.#mortals))
    await inChunks(places, 1, 2, ([to]) => this.#add(to))
  }

  /** At the next beat of the storm, or as soon after it as one is ripe: a worker that runs a job of a second and one of a minute. */
  async kill(everyMs) {
    if (this.#died) throw this.#died
    const due = (this.kills.at(-1)?.at ?? now()) + everyMs
    for (const end = due + STUCK_MS; ; await sleep(LOOK_EVERY_MS)) {
      const ripe = [...this.#mortals].filter((one) => one.started.has('second') && one.started.has('minute'))
      if (now() < due || ripe.length === 0) {
        if (now() > end) throw new Error('no worker has anything to do')
        continue
      }
      const victim = ripe[Math.floor(this.#random() * ripe.length)]
      this.#mortals.delete(victim)
      victim.doomed = true
      const at = now()
      victim.child.kill('SIGKILL')
      this.kills.push({ pid: victim.child.pid, at })
      void this.#add(this.#mortals).catch((error) => {
        this.#died = error
      })
      return
    }
  }

  /** Long enough for the last of the dead to have been found. */
  recovered() {
    return sleep(RECOVERY_MS)
  }

  wrapUp() {
    for (const { child } of this.#all) child.send('wrap up')
  }

  async stop() {
    this.#stopping = true
    await Promise.all(
      this.#all.map(({ child }) => {
        const gone = once(child, 'exit')
        child.send('stop')
        return gone
      }),
    )
  }

  get #all() {
    return [...this.#mortals, ...this.#others]
  }

  async #add(to) {
    const { store, evidence } = this.#options
    const child = fork(WORKER, [JSON.stringify({ store, evidence })], { stdio: ['ignore', 2, 2, 'ipc'] })
    const one = { child, started: new Set(), doomed: false }
    await new Promise((ready, reject) => {
      child.on('message', (message) => {
        if (message.started) one.started.add(message.started)
        if (message.ready) ready()
      })
      child.on('exit', (code, signal) => {
        if (one.doomed || this.#stopping) return
        this.#died = new Error(`worker ${child.pid} ended by itself: ${code ?? signal}`)
        reject(this.#died)
      })
    })
    to.add(one)
  }
}
