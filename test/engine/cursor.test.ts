/** Cursors of lists: plain text that comes back as it was, and nothing else is taken for one. */
import { describe, expect, it } from 'vitest'
import { newId } from '#dist/core/index.js'
import { type CursorPart, decodeCursor, encodeCursor, type JobFilter } from '#dist/engine/index.js'
import { thrownBy } from '../support/stores.js'

const filter: JobFilter = { state: 'queued', queue: 'Überweisung', kind: 'k' }
const parts: readonly CursorPart[] = ['text', 'integer', 'id']
const position = ['Überweisung/@k', -3, newId()]
const written = (values: unknown) => Buffer.from(JSON.stringify(values)).toString('base64url')

describe('a cursor', () => {
  it('is text for any shell, and gives its position back', () => {
    const cursor = encodeCursor(filter, position)
    expect(cursor).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]*$/)
    expect(decodeCursor(cursor, filter, parts)).toEqual(position)
  })

  it.each<[string, string, JobFilter]>([
    ['another state', encodeCursor({ ...filter, state: 'dead' }, position), filter],
    ['another queue', encodeCursor({ ...filter, queue: 'other' }, position), filter],
    ['a list without a kind', encodeCursor(filter, position), { state: 'queued', queue: 'Überweisung' }],
    ['fewer parts', encodeCursor(filter, position.slice(1)), filter],
    ['more parts', encodeCursor(filter, [...position, 1]), filter],
    ['half an integer', encodeCursor(filter, ['a', 1.5, newId()]), filter],
    ['an integer past all', encodeCursor(filter, ['a', 2 ** 60, newId()]), filter],
    ['text with a NUL', encodeCursor(filter, ['a\0', 1, newId()]), filter],
    ['no id', encodeCursor(filter, ['a', 1, 'x']), filter],
    ['another version', written([2, 'queued', 'Überweisung', 'k', ...position]), filter],
    ['no list', written({}), filter],
    ['nothing', '', filter],
    ['words', 'the next page', filter],
    ['no JSON', Buffer.from('[1,').toString('base64url'), filter],
    ['a cursor with more behind it', `${encodeCursor(filter, position)}!`, filter],
    ['what is far too long', 'W'.repeat(100_000), filter],
  ])('of %s is refused', (_what, text, given) => {
    expect(thrownBy(() => decodeCursor(text, given, parts))).toMatchObject({ code: 'WS_INVALID_OPTION', field: 'after' })
  })
})
