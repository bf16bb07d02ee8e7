// Raw inserts into one table with a key: one row a statement, or a thousand by unnest. Every statement is its own commit.

import { inChunks } from './measure.mjs'
import { connected, once, postgresInspector } from './sql.mjs'

const TEXT_OID = 25
const UUID_OID = 2950
const HEADER = 20

/** A text[] in Postgres's binary form. */
export function textArray(texts) {
  const size = texts.reduce((sum, text) => sum + 4 + Buffer.byteLength(text), HEADER)
  const buffer = Buffer.allocUnsafe(size)
  let at = 0
  // Dimensions, no nulls, element type, length, lower bound.
  for (const word of [1, 0, TEXT_OID, texts.length, 1]) at = buffer.writeInt32BE(word, at)
  for (const text of texts) {
    const length = buffer.write(text, at + 4)
    buffer.writeInt32BE(length, at)
    at += 4 + length
  }
  return buffer
}

/**
 * A uuid[] in Postgres's binary form.
 * @param {(bytes: Buffer, at: number) => void} write one id
 */
export function uuidArray(length, write) {
  const buffer = Buffer.allocUnsafe(HEADER + 20 * length)
  let at = 0
  for (const word of [1, 0, UUID_OID, length, 1]) at = buffer.writeInt32BE(word, at)
  for (; at < buffer.length; at += 20) {
    buffer.writeInt32BE(16, at)
    write(buffer, at + 4)
  }
  return buffer
}

/**
 * @param {{ name: string, array: (texts: string[]) => unknown }} options
 * @returns {import('./contest.mjs').Adapter}
 */
export const rawPostgres = ({ name, array }) => ({
  name,
  prepare: () => once('create table raw (id bigint generated always as identity primary key, input text not null)'),
  async producer() {
    const client = await connected()
    const many = (chunk) =>
      client.query({
        name: 'many',
        text: 'insert into raw (input) select unnest($1::text[])',
        values: [array(chunk.map((input) => JSON.stringify(input)))],
      })
    return {
      one: (payload) => client.query({ name: 'one', text: 'insert into raw (input) values ($1)', values: [JSON.stringify(payload)] }),
      many: (payloads) => inChunks(payloads, 1000, 1, many),
      close: () => client.end(),
    }
  },
  inspector: () => postgresInspector('select count(*) as unfinished from raw'),
})
