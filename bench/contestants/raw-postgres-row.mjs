// The bytes of a whole job (id, queue, kind, priority, payload), as ours go in: binary arrays, what all share said once, a key of UUIDs
// in order. No library, one connection.

import { contest } from '../lib/contest.mjs'
import { rawPostgres, textArray, uuidArray } from '../lib/raw-postgres.mjs'

let made = 0
/** In order, as UUIDs of version 7 are. */
function uuid(bytes, at) {
  bytes.writeUIntBE(Date.now(), at, 6)
  bytes.writeUInt32BE(made++, at + 6)
  bytes.writeUIntBE(Math.floor(Math.random() * 2 ** 48), at + 10, 6)
}

await contest(
  rawPostgres({
    name: 'raw-postgres-row',
    columns: 'id uuid primary key, queue text not null, kind text not null, priority int2 not null, payload text not null',
    one: {
      text: 'insert into raw (id, queue, kind, priority, payload) values (gen_random_uuid(), $1, $2, $3::int2, $4)',
      values: (input) => ['default', 'noop', 0, input],
    },
    many: {
      text: `insert into raw (id, queue, kind, priority, payload)
        select id, $2, $3, $4::int2, payload from unnest($1::uuid[], $5::text[]) as u (id, payload)`,
      values: (inputs) => [uuidArray(inputs.length, uuid), 'default', 'noop', 0, textArray(inputs)],
    },
  }),
)
