// Results as they come, one JSON line each, appended to a file: a run that was broken off goes on where it stopped, rows can be
// measured on different evenings, and a failed run is tried again by the next start.

import { appendFileSync, existsSync, readFileSync } from 'node:fs'

const key = ({ row, contestant, round, jobs, scale }) => JSON.stringify([row, contestant, round, jobs, scale])

/** A line that was cut off by a crash is as good as not measured. */
export function readJournal(file) {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line)]
      } catch {
        return []
      }
    })
}

/** @param {string} [file] none: in memory only */
export function openJournal(file) {
  const lines = file && existsSync(file) ? readJournal(file) : []
  const measured = new Set(lines.filter((line) => line.verified).map(key))
  return {
    lines,
    has: (one) => measured.has(key(one)),
    add(line) {
      lines.push(line)
      if (line.verified) measured.add(key(line))
      // The newline before it parts it from a line that was cut off.
      if (file) appendFileSync(file, `\n${JSON.stringify(line)}`)
    },
  }
}
