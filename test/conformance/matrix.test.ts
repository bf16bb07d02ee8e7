/** Every documented result of every method of the contract has a case, and no case shows anything else. */

import { describe, expect, it } from 'vitest'
import { conformanceCases, MATRIX } from '#dist/testing/conformance/index.js'

const documented = Object.entries(MATRIX).flatMap(([method, results]) => results.map((result) => `${method}: ${result}`))
const shown = conformanceCases.map(({ method, result }) => `${method}: ${result}`)

describe('the conformance matrix', () => {
  it.each(documented)('has a case for %s', (entry) => expect(shown).toContain(entry))

  it('is known to every case', () => {
    expect(shown.filter((entry) => !documented.includes(entry))).toEqual([])
  })

  it('lists no result twice, and no two cases have one name', () => {
    expect(new Set(documented).size).toBe(documented.length)
    const names = conformanceCases.map(({ method, result, name }) => `${method}: ${result}: ${name}`)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  it('leaves a case out only for a capability that engines name', () => {
    const reads = new Set<string | symbol>()
    const capabilities = new Proxy({}, { get: (_, key) => reads.add(key) })
    for (const { needs } of conformanceCases) needs?.(capabilities as never)
    for (const key of reads) expect(['shared', 'notifies', 'parallelInserts', 'insertChunk', 'actChunk', 'lanes']).toContain(key)
  })

  it('has well over a hundred cases', () => {
    expect(conformanceCases.length).toBeGreaterThan(120)
  })
})
