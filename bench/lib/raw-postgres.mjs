// Raw inserts into one table: one row a statement, or a thousand by unnest. Every statement is its own commit.

import { inChunks } from './measure.mjs'
import { connected, once, postgresInspector } from './sql.mjs'

const TEXT_OID = 25
const UUID_OID = 2950
const HEADER = 20

/** An array in Postgres's binary form, its elements still to be written: `bytes` of them, behind the header. */
function arrayOf(oid, length, bytes) {
  const buffer = Buffer.allocUnsafe(HEADER + bytes)
  let at = 0
  // Dimensions, no nulls, element type, length, lower bound.
  for (const word of [1, 0, oid, length, 1]) at = buffer.writeInt32BE(word, at)
  return buffer
}

/** A text[]. */
export function textArray(texts) {
  const bytes = texts.reduce((sum, text) => sum + 4 + Buffer.byteLength(text), 0)
  const buffer = arrayOf(TEXT_OID, texts.length, bytes)
  let at = HEADER
  for (const text of texts) {
    const length = buffer.write(text, at + 4)
    buffer.writeInt32BE(length, at)
    at += 4 + length
  }
  return buffer
}

/**
 * A uuid[].
 * @param {(bytes: Buffer, at: number) => void} write one id
 */
export function uuidArray(length, write) {
  const buffer = arrayOf(UUID_OID, length, 20 * length)
  for (let at = HEADER; at < buffer.length; at += 20) {
    buffer.writeInt32BE(16, at)
    write(buffer, at + 4)
  }
  return buffer
}

/** A key and the payload. @param {(texts: string[]) => unknown} array */
export const keyAndPayload = (array) => ({
  columns: 'id bigint generated always as identity primary key, input text not null',
  one: { text: 'insert into raw (input) values ($1)', values: (input) => [input] },
  many: { text: 'insert into raw (input) select unnest($1::text[])', values: (inputs) => [array(inputs)] },
})

/**
 * @param {object} options
 * @param {string} options.name
 * @param {string} options.columns of the table `raw`
 * @param {{ text: string, values: (input: string) => unknown[] }} options.one
 * @param {{ text: string, values: (inputs: string[]) => unknown[] }} options.many
 * @returns {import('./contest.mjs').Adapter}
 */
export const rawPostgres = ({ name, columns, one, many }) => ({
  name,
  prepare: () => once(`create table raw (${columns})`),
  async producer() {
    const client = await connected()
    const insertOne = (input) => client.query({ name: 'one', text: one.text, values: one.values(input) })
    const insertMany = (inputs) => client.query({ name: 'many', text: many.text, values: many.values(inputs) })
    return {
      one: (payload) => insertOne(JSON.stringify(payload)),
      many: (payloads) => inChunks(payloads, 1000, 1, (chunk) => insertMany(chunk.map((payload) => JSON.stringify(payload)))),
      close: () => client.end(),
    }
  },
  inspector: () => postgresInspector('select count(*) as unfinished from raw'),
})
