/**
 * npx and npm run do not pass SIGTERM on: they end, and what they started would work on with nobody to stop it. So a worker that npm
 * started watches its parent; one that was started otherwise may well outlive it (nohup, a shell that is closed).
 */

const LOOK_MS = 500

/** Tell once when npm, which started this process, is gone. Returns a function that stops looking. */
export function onOrphaned(tell: () => void): () => void {
  const parent = process.ppid
  if (process.env.npm_execpath === undefined || parent === 1) return () => undefined
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    tell()
  }, LOOK_MS)
  timer.unref()
  return () => clearInterval(timer)
}
