/** Whether system calls can be watched here, and watching them. */
import { spawnSync } from 'node:child_process'

/** Undefined when it works; else why not, to be said aloud. */
export const noStrace: string | undefined = probe()

function probe(): string | undefined {
  const { error, status, stderr } = spawnSync('strace', ['-f', '-o', '/dev/null', 'true'], { encoding: 'utf8' })
  if (error) return 'strace is not installed: apt-get install strace'
  return status === 0 ? undefined : `strace is not allowed here: ${stderr.trim().split('\n')[0]}`
}

export interface SystemCall {
  readonly name: string
  /** The file of the first argument, by path. */
  readonly file: string
  /** The line as strace writes it. */
  readonly line: string
}

/** Run a Node script, and tell which of these calls it made that succeeded, in the order of their ends. */
export function systemCalls(names: readonly string[], args: readonly string[]): SystemCall[] {
  const options = ['-f', '-qq', '-y', '-s', '64', '-e', `trace=${names.join(',')}`, '-e', 'signal=none']
  const { status, stderr } = spawnSync('strace', [...options, process.execPath, ...args], { encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (status !== 0) throw new Error(`the script failed under strace: ${stderr.slice(-2000)}`)
  const begun = new Map<string, string>()
  return stderr.split('\n').flatMap((line) => {
    const [, pid = '', rest = ''] = /^(?:\[pid +(\d+)\] )?(.*)$/.exec(line) ?? []
    if (rest.endsWith('<unfinished ...>')) {
      begun.set(pid, rest.slice(0, -'<unfinished ...>'.length))
      return []
    }
    const whole = rest.replace(/^<\.\.\. \w+ resumed>/, begun.get(pid) ?? '')
    const [, name, file] = /^(\w+)\(\d+<([^>]*)>.* = \d+/.exec(whole) ?? []
    return name && file ? [{ name, file, line: whole }] : []
  })
}
