// A worker process of a contestant: connects, says `ready`, starts on `go`, reports handler calls.

const REPORT_EVERY = 500

/** @param {import('./contest.mjs').Adapter} adapter */
export async function workerRole(adapter) {
  const latencies = []
  const seen = new Set()
  let calls = 0
  let reported = 0
  let going = false

  const report = () => {
    if (calls === reported) return
    process.send({ type: 'calls', calls: calls - reported })
    reported = calls
  }
  const runner = await adapter.worker((payload) => {
    if (payload.sentAt) latencies.push(Number(process.hrtime.bigint() - BigInt(payload.sentAt)) / 1e6)
    seen.add(payload.i)
    calls++
    // Sent from the handler, because a peer whose loop never yields to timers would report late.
    if (calls - reported >= REPORT_EVERY) report()
  })
  setInterval(report, 2)

  process.on('message', async (message) => {
    if (message === 'go' && !going) {
      going = true
      await runner.start()
      process.send({ type: 'started' })
    }
    if (message === 'stop') {
      await runner.stop()
      const rssMb = Math.round(process.resourceUsage().maxRSS / 1024)
      process.send({ type: 'stopped', rssMb, latencies, distinct: seen.size }, () => process.exit(0))
    }
  })
  process.send({ type: 'ready' })
}
