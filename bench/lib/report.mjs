// The tables at the end, as Markdown, so that they can be pasted into README.md.

import { median } from './measure.mjs'
import { BOUNDS, RATIOS, ROWS } from './targets.mjs'

const number = (value) => Math.round(value).toLocaleString('en-US')

/** @param {Array<object>} results one per round, row and contestant */
export function summarise(results, key, row, contestant) {
  const values = results.filter((one) => one.row === row && one.contestant === contestant && one.verified).map((one) => one[key])
  return values.length ? median(values) : undefined
}

export function report({ results, failures, skipped, rows, contestants }) {
  const of = (key, row, name) => summarise(results, key, row, name)
  const lines = []
  for (const row of rows) {
    const latency = row === 'latency'
    lines.push('', `### ${row}: ${ROWS[row]}`, '', '| contestant | median | range | p50 / p99 ms | MB |', '|---|--:|--:|--:|--:|')
    for (const name of contestants) {
      const mine = results.filter((one) => one.row === row && one.contestant === name)
      const broken = failures.filter((one) => one.row === row && one.contestant === name)
      if (broken.length) lines.push(`| ${name} | **FAILED ${broken.length}×** | ${broken[0].error} | | |`)
      else if (skipped[name]) lines.push(`| ${name} | ${skipped[name]} | | | |`)
      if (!mine.length) continue
      const speeds = mine.map((one) => one.perSecond)
      const times = mine[0].p50 === undefined ? '' : `${of('p50', row, name).toFixed(2)} / ${of('p99', row, name).toFixed(2)}`
      const speed = latency ? '– | –' : `${number(median(speeds))} | ${number(Math.min(...speeds))}–${number(Math.max(...speeds))}`
      lines.push(`| ${name} | ${speed} | ${times} | ${number(of('rssMb', row, name))} |`)
    }
  }
  return [...lines, ...targets(of, rows)].join('\n')
}

function targets(of, rows) {
  const lines = []
  for (const { row, ours, than, least, wanted, of: other = row } of RATIOS) {
    const mine = of('perSecond', row, ours)
    const theirs = of('perSecond', other, than)
    if (!rows.includes(row) || mine === undefined || theirs === undefined) continue
    const ratio = mine / theirs
    const verdict = ratio < least ? '**MISSED**' : wanted && ratio < wanted ? `met (${wanted} × wanted)` : 'met'
    const peer = other === row ? than : `its own ${other}`
    lines.push(`| ${row} | ${ours} | ${peer} | ${ratio.toFixed(2)} × | ≥ ${least} × | ${verdict} |`)
  }
  for (const { row, ours, p50, p99 } of BOUNDS) {
    const [half, most] = [of('p50', row, ours), of('p99', row, ours)]
    if (!rows.includes(row) || half === undefined) continue
    const verdict = half <= p50 && most <= p99 ? 'met' : '**MISSED**'
    lines.push(`| ${row} | ${ours} | p50 / p99 | ${half.toFixed(2)} / ${most.toFixed(2)} ms | ≤ ${p50} / ${p99} ms | ${verdict} |`)
  }
  if (!lines.length) return []
  return ['', '### Targets', '', '| row | ours | against | measured | target | |', '|---|---|---|--:|--:|---|', ...lines]
}
