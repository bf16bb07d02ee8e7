// What the server itself does with the same bytes: no library, no index beyond the key.

import pg from 'pg'
import { contest, settings } from '../lib/contest.mjs'
import { inChunks } from '../lib/measure.mjs'
import { postgresInspector } from '../lib/sql.mjs'

const connected = async () => {
  const client = new pg.Client(settings.store)
  await client.connect()
  return client
}

await contest({
  name: 'raw-postgres',
  async prepare() {
    const client = await connected()
    await client.query('create table raw (id bigint generated always as identity primary key, input text not null)')
    await client.end()
  },
  async producer() {
    const client = await connected()
    return {
      one: (payload) => client.query({ name: 'one', text: 'insert into raw (input) values ($1)', values: [JSON.stringify(payload)] }),
      many: (payloads) =>
        inChunks(payloads, 1000, 1, (chunk) =>
          client.query({
            name: 'many',
            text: 'insert into raw (input) select unnest($1::text[])',
            values: [chunk.map((input) => JSON.stringify(input))],
          }),
        ),
      close: () => client.end(),
    }
  },
  inspector: () => postgresInspector('select count(*) as unfinished from raw'),
})
