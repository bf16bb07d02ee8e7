/** The URL of a Postgres store: one whose password may have ended up elsewhere is refused unseen; the others reach the driver as meant. */
import { inspect } from 'node:util'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { postgres } from '#dist/engines/postgres/index.js'
import { readUrl } from '#dist/engines/postgres/url.js'
import { thrownBy } from '../../support/stores.js'

const DOUBTFUL = [
  'postgres:hunter2@127.0.0.1/x',
  'postgres:/ann:hunter2@127.0.0.1/x',
  'postgres//ann:hunter2@127.0.0.1/x',
  'ann:hunter2@127.0.0.1/x',
  ' postgres://ann:hunter2@127.0.0.1/x',
  '"postgres://ann:hunter2@127.0.0.1/x"',
  "'postgres://ann:hunter2@127.0.0.1/x'",
  'host=127.0.0.1 user=ann password=hunter2',
  'postgres://host=127.0.0.1 user=ann password=hunter2',
  'postgres://host=127.0.0.1;user=ann;password=hunter2',
  'postgres://ann:hun@ter2/w?rd@127.0.0.1:5999/shop',
  'postgres://ann:hunter2/w@127.0.0.1/shop',
  'postgres://ann:1234?hunter2@127.0.0.1/shop',
  'postgres://ann:1234?a=hunter2@127.0.0.1/shop',
  'postgres://ann:12#hunter2@127.0.0.1/shop',
  'postgres://ann:12#hunter2',
  'postgres://ann:12/hunter2@127.0.0.1/shop',
  'postgres://ann:a@/hunter2@127.0.0.1/shop',
  'POSTGRES://ann:12/hunter2@127.0.0.1/shop',
  'postgres://ann:hunter2',
  'postgres://ann%3Ahunter2@127.0.0.1/shop',
  'postgres://ann%3Ahunter2%40127.0.0.1/shop',
  'postgres://ann:hunter2%40127.0.0.1/shop',
  'postgres://ann:hunter2%C3%28x@127.0.0.1/shop',
  'postgres://127.0.0.1/shop&password=hunter2',
  'postgres://127.0.0.1/shop;user=ann;password=hunter2',
  'postgres:///ann:hunter2',
  'postgres://%2Ftmp%40hunter2/shop',
  'socket:/run/ann:hunter2@x?db=shop',
  'socket://ann:hunter2/tmp?db=shop',
  '/tmp ann:hunter2@shop',
  '/tmp password=hunter2',
]

describe('a URL', () => {
  it.each(DOUBTFUL)('that is doubtful is refused, and not repeated: %s', (text) => {
    for (const options of [{ url: text }, { url: 'postgres://127.0.0.1/x', listen: text }]) {
      const error = thrownBy(() => postgres(options))
      const field = options.listen === undefined ? 'url' : 'listen'
      expect(error).toMatchObject({
        code: 'WS_INVALID_OPTION',
        field,
        fix: expect.stringMatching(/^(Percent-encode .*%25|Give 'postgres:)/),
      })
      expect(inspect(error, { depth: 9, showHidden: true }).replace(/ {4}at .*/g, '')).not.toMatch(/hunter2|ann[:@%]|1234|127\.0/)
    }
  })

  it.each<[string, string, object]>([
    [
      'postgres://ann:hunter2@db:5432/shop',
      'postgres://ann@db:5432/shop',
      { user: 'ann', password: 'hunter2', host: 'db', database: 'shop' },
    ],
    ['POSTGRESQL://ann@db_1/shop', 'postgresql://ann@db_1/shop', { user: 'ann', password: '', host: 'db_1' }],
    ['postgres://:hunter2@[::1]:99/shop', 'postgres://[::1]:99/shop', { password: 'hunter2', host: '::1', port: '99' }],
    ['postgres://ann%40corp:a%3Ab@db/shop', 'postgres://ann%40corp@db/shop', { user: 'ann@corp', password: 'a:b' }],
    ['postgres://ann:hun@ter@db/shop', 'postgres://ann@db/shop', { password: 'hun@ter', host: 'db' }],
    ['postgres://db/shop?user=ann&password=hunter2', 'postgres://db/shop', { user: 'ann', password: 'hunter2' }],
    ['postgres:///shop?host=/tmp', 'postgres:///shop', { host: '/tmp', database: 'shop' }],
    ['postgres://ann:hunter2@/shop?host=/tmp', 'postgres://ann@/shop', { user: 'ann', password: 'hunter2', host: '/tmp' }],
    ['postgres://ann:hunter2@%2Ftmp%3Aa/shop', 'postgres://ann@%2Ftmp%3Aa/shop', { host: '/tmp:a', password: 'hunter2' }],
    ['postgres://ann:hunter2@/shop?host=/cloudsql/a:b:c', 'postgres://ann@/shop', { host: '/cloudsql/a:b:c', password: 'hunter2' }],
    ['socket:/cloudsql/a:b:c?db=shop', 'socket:///cloudsql/a:b:c', { host: '/cloudsql/a:b:c', database: 'shop' }],
    ['/tmp shop', 'the given socket', { host: '/tmp', database: 'shop' }],
    ['postgres://ann:pa%25@db/shop', 'postgres://ann@db/shop', { password: 'pa%' }],
    // What is no escape stands for itself, and escapes beside it are escapes.
    ['postgres://ann:s3cr%t%40%23%2Fx@db/shop', 'postgres://ann@db/shop', { password: 's3cr%t@#/x' }],
    ['postgres://ann:100%@db/shop', 'postgres://ann@db/shop', { password: '100%' }],
    ['postgres://ann:a b%2Fc@db/shop', 'postgres://ann@db/shop', { password: 'a b/c' }],
    ['postgres://ann:ä%C3%A4@münchen/shop', 'postgres://ann@m%C3%BCnchen/shop', { password: 'ää', host: 'münchen' }],
  ])('reaches the driver as it was meant: %s', (text, place, meant) => {
    expect(postgres({ url: text }).place).toBe(place)
    const client = new pg.Client({ connectionString: readUrl(text, 'url').text })
    const { user, password, host, port, database } = client as unknown as Record<string, unknown>
    const found: Record<string, unknown> = { user, password: password ?? '', host, port: String(port), database }
    expect(found).toMatchObject(meant)
  })

  it.each([
    ['postgres://ann:hunter2@db/shop?schema=jobs&sslmode=disable', 'postgres://ann:hunter2@db/shop?sslmode=disable'],
    ['postgres://ann:hunter2@/shop?host=/tmp&schema=jobs', 'postgres://ann:hunter2@/shop?host=%2Ftmp'],
  ])('gives its schema away: %s', (text, rest) => {
    expect(readUrl(text, 'url')).toMatchObject({ schema: 'jobs', text: rest })
  })
})
