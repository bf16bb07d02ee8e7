// The bytes of a whole job (id, queue, kind, priority, payload), as ours go in: binary arrays, what all share said once, a key of UUIDs
// in order. No library, one connection.

import { contest } from '../lib/contest.mjs'
import { inChunks } from '../lib/measure.mjs'
import { textArray, uuidArray } from '../lib/raw-postgres.mjs'
import { connected, once, postgresInspector } from '../lib/sql.mjs'

let made = 0
/** In order, as UUIDs of version 7 are. */
function uuid(bytes, at) {
  bytes.writeUIntBE(Date.now(), at, 6)
  bytes.writeUInt32BE(made++, at + 6)
  bytes.writeUIntBE(Math.floor(Math.random() * 2 ** 48), at + 10, 6)
}

const BULK = `insert into raw (id, queue, kind, priority, payload)
  select id, $2, $3, $4::int2, payload from unnest($1::uuid[], $5::text[]) as u (id, payload)`
const ONE = 'insert into raw (id, queue, kind, priority, payload) values (gen_random_uuid(), $1, $2, $3::int2, $4)'

await contest({
  name: 'raw-postgres-row',
  prepare: () =>
    once('create table raw (id uuid primary key, queue text not null, kind text not null, priority int2 not null, payload text not null)'),
  async producer() {
    const client = await connected()
    const many = (chunk) =>
      client.query({
        name: 'many',
        text: BULK,
        values: [uuidArray(chunk.length, uuid), 'default', 'noop', 0, textArray(chunk.map((input) => JSON.stringify(input)))],
      })
    return {
      one: (payload) => client.query({ name: 'one', text: ONE, values: ['default', 'noop', 0, JSON.stringify(payload)] }),
      many: (payloads) => inChunks(payloads, 1000, 1, many),
      close: () => client.end(),
    }
  },
  inspector: () => postgresInspector('select count(*) as unfinished from raw'),
})
