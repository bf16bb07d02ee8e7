// The command line of run.mjs, checked: which rows, which contestants, how large.

import { parseArgs } from 'node:util'
import { DEFAULT_ROWS, ROWS } from '../rows/index.mjs'
import { CONTESTANTS } from './targets.mjs'

const list = (text) => (text === 'none' ? [] : text.split(','))

function known(names, all, flag) {
  const wrong = names.filter((name) => !all.includes(name))
  if (wrong.length) throw new Error(`--${flag}: unknown ${wrong.join(', ')}; known: ${all.join(', ')}`)
  return names
}

/** A number above zero (or zero, where `least` is 0). */
function size(flags, flag, least = Number.MIN_VALUE) {
  const value = Number(flags[flag])
  if (!Number.isFinite(value) || value < least) throw new Error(`--${flag}: not a number that will do: ${flags[flag]}`)
  return value
}

export function readOptions(args) {
  const { values: flags } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '5' },
      rows: { type: 'string', default: DEFAULT_ROWS.join(',') },
      engines: { type: 'string', default: 'postgres,sqlite' },
      peers: { type: 'string' },
      jobs: { type: 'string', default: '50000' },
      scale: { type: 'string', default: '1' },
      json: { type: 'string' },
      dir: { type: 'string' },
      calm: { type: 'string', default: '0' },
      'no-pack': { type: 'boolean', default: false },
    },
  })
  const rows = flags.rows === 'all' ? Object.keys(ROWS) : known(list(flags.rows), Object.keys(ROWS), 'rows')
  const engines = known(list(flags.engines), ['postgres', 'sqlite'], 'engines')
  return {
    rows,
    contestants: contestants(engines, flags.peers),
    rounds: size(flags, 'rounds'),
    jobs: size(flags, 'jobs'),
    scale: size(flags, 'scale'),
    calmSeconds: size(flags, 'calm', 0),
    json: flags.json,
    directory: flags.dir,
    pack: !flags['no-pack'],
  }
}

/** @returns the names and what each takes part in, in the table's order */
function contestants(engines, peers) {
  const all = Object.entries(CONTESTANTS)
  const others = all.filter(([, { ours, control }]) => !ours && !control).map(([name]) => name)
  const named = peers === undefined ? undefined : known(list(peers), others, 'peers')
  const takesPart = ([name, { ours, engine, optional, control }]) => {
    if (control) return true
    if (ours) return engines.includes(engine)
    if (named) return named.includes(name)
    return !optional && (!engines.length || engines.includes(engine))
  }
  return all
    .filter(takesPart)
    .map(([name, { rows, also = [], store, ours = false }]) => ({ name, store, ours, rows: named ? [...rows, ...also] : rows }))
}
