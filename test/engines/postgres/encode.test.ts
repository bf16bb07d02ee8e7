/** Arrays encoded by hand: the server reads back what was given. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as encode from '#dist/engines/postgres/encode.js'
import { connect } from './parts.js'

const double = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0))
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })).map((value) => value.replaceAll('\0', ''))
const int = (bits: number) => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 })

const CASES: readonly [string, string, (values: never[]) => Buffer, fc.Arbitrary<unknown>, unknown[]][] = [
  [
    'uuidArray',
    'uuid',
    encode.uuidArray as never,
    fc.uuid(),
    ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-4fff-bfff-ffffffffffff'],
  ],
  ['int2Array', 'int2', encode.int2Array as never, int(16), [-32_768, 32_767, 0]],
  ['int4Array', 'int4', encode.int4Array as never, fc.option(int(32)), [-2_147_483_648, null, 2_147_483_647]],
  ['int8Array', 'int8', encode.int8Array as never, fc.maxSafeInteger(), [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]],
  ['float8Array', 'float8', encode.float8Array as never, fc.option(double), [null, 5e-324, 1.7976931348623157e308, 0.1]],
  ['boolArray', 'bool', encode.boolArray as never, fc.boolean(), [true, false]],
  [
    'textArray',
    'text',
    encode.textArray as never,
    fc.option(text),
    [null, '', 'null', '{"a,b"}', '\\', '😀\u2028ž', '\x1e\x1f', 'x'.repeat(100_000)],
  ],
]

describe.each(CASES)('%s', (_name, type, encoded, value, edges) => {
  const asked = async (client: Awaited<ReturnType<typeof connect>>, values: unknown[]) => {
    const { rows } = await client.query(`select to_json($1::${type}[]) list, cardinality($1::${type}[]) n`, [encoded(values as never[])])
    return rows[0] as { list: unknown[]; n: number }
  }

  it('is read by the server as it was given', async () => {
    const client = await connect()
    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 40 }), async (values) => {
        expect(await asked(client, values)).toEqual({ list: values, n: values.length })
      }),
      { numRuns: 60 },
    )
  })

  it('is so at its edges, and when it is empty', async () => {
    const client = await connect()
    expect((await asked(client, edges)).list).toEqual(edges)
    expect(await asked(client, [])).toEqual({ list: [], n: 0 })
    expect((await asked(client, Array(3000).fill(edges[0]))).n).toBe(3000)
  })
})

describe('special values', () => {
  it('undefined is null in a float8 array, and letters of a UUID may be of either case', async () => {
    const client = await connect()
    const { rows } = await client.query('select $1::float8[] f, $2::uuid[]::text[] u', [
      encode.float8Array([undefined, 1.5]),
      encode.uuidArray(['0198C3A2-7B1E-7C55-9D01-3F2A1B4C5D6E']),
    ])
    expect(rows).toEqual([{ f: [null, 1.5], u: ['0198c3a2-7b1e-7c55-9d01-3f2a1b4c5d6e'] }])
  })
})
