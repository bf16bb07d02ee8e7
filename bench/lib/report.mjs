// The two tables, as Markdown, from the lines of one or more journals.

import { ROWS } from '../rows/index.mjs'
import { median } from './measure.mjs'
import { CONTESTANTS, TARGETS } from './targets.mjs'

const rank = (names) => (a, b) => names.indexOf(a) - names.indexOf(b)
const distinct = (values) => [...new Set(values)]
const written = (value, digits = 0) => value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })

export function report(lines) {
  const results = lines.filter((line) => line.verified)
  const failures = lines.filter((line) => line.failed)
  const skipped = lines.filter((line) => line.skipped)
  const valuesOf = (row, contestant, figure) =>
    results.filter((one) => one.row === row && one.contestant === contestant && one[figure] !== undefined).map((one) => one[figure])
  return [
    ...warnings(results),
    ...figures({ results, failures: failures.filter((one) => !healed(results, one)), skipped, valuesOf }),
    ...targets(valuesOf),
  ].join('\n')
}

/** A later start measured what had failed. */
const healed = (results, failure) =>
  results.some((one) => one.row === failure.row && one.contestant === failure.contestant && one.round === failure.round)

function warnings(results) {
  const found = []
  const busy = results.filter((one) => one.othersPercent >= 10).length
  if (busy) found.push(`**Others used 10 % or more of the cores before ${busy} of ${results.length} runs: not figures to publish.**`)
  if (distinct(results.map((one) => one.build).filter(Boolean)).length > 1) found.push('**Different builds of worksong are mixed here.**')
  if (results.some((one) => one.scale !== 1)) found.push('**Rows with a scale other than 1: not figures to publish.**')
  for (const row of distinct(results.map((one) => one.row))) {
    const sizes = distinct(results.filter((one) => one.row === row).map((one) => `--jobs ${one.jobs} --scale ${one.scale}`))
    if (sizes.length > 1) found.push(`**Row ${row} mixes sizes: ${sizes.join(', ')}.**`)
  }
  return found
}

function figures({ results, failures, skipped, valuesOf }) {
  const lines = ['', '### Figures', '', '| row | contestant | figure | median (range) | MB | rounds |', '|---|---|---|--:|--:|--:|']
  const all = [...results, ...failures]
  for (const row of distinct(all.map((one) => one.row)).sort(rank(Object.keys(ROWS)))) {
    const here = distinct(all.filter((one) => one.row === row).map((one) => one.contestant))
    for (const name of here.sort(rank(Object.keys(CONTESTANTS)))) {
      const broken = failures.filter((one) => one.row === row && one.contestant === name)
      if (broken.length) lines.push(`| ${row} | ${name} | **FAILED ${broken.length}×** | ${broken[0].failed} | | |`)
      const memory = valuesOf(row, name, 'rssMb')
      for (const [figure, [label, digits]] of Object.entries(ROWS[row].figures)) {
        const values = valuesOf(row, name, figure)
        if (!values.length) continue
        const range = `${written(Math.min(...values), digits)}–${written(Math.max(...values), digits)}`
        const mb = memory.length ? written(median(memory)) : ''
        lines.push(`| ${row} | ${name} | ${label} | ${written(median(values), digits)} (${range}) | ${mb} | ${values.length} |`)
      }
    }
  }
  for (const { contestant, skipped: why } of skipped) lines.push(`| all | ${contestant} | skipped | ${why} | | |`)
  return lines
}

function targets(valuesOf) {
  const lines = []
  for (const { row, ours, figure, than, of = row, least, most } of TARGETS) {
    const mine = valuesOf(row, ours, figure)
    const theirs = than ? valuesOf(of, than, figure) : [1]
    if (!mine.length || !theirs.length) continue
    const value = median(mine) / median(theirs)
    const label = ROWS[row].figures[figure][0]
    const against = than ? `${label} of ${than === ours ? `its own ${of}` : than}` : label
    const met = least === undefined ? value <= most : value >= least
    const bound = least === undefined ? `≤ ${most}` : `≥ ${least}${than ? ' ×' : ''}`
    lines.push(`| ${row} | ${ours} | ${against} | ${written(value, 2)}${than ? ' ×' : ''} | ${bound} | ${met ? 'met' : '**MISSED**'} |`)
  }
  if (!lines.length) return []
  return ['', '### Targets', '', '| row | ours | figure | measured | target | |', '|---|---|---|--:|--:|---|', ...lines]
}
