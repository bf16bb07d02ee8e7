/**
 * One SQLite connection with its prepared statements: each SQL text is prepared once and kept. Rows come as arrays.
 * Reads alike over node:sqlite, @photostructure/sqlite and better-sqlite3.
 */

export type Value = string | number | null

/** What the three drivers have in common. */
export interface RawStatement {
  run(...values: Value[]): { changes: number | bigint; lastInsertRowid: number | bigint }
  get(...values: Value[]): unknown
  all(...values: Value[]): unknown[]
  /** node:sqlite and its like. */
  setReturnArrays?(on: boolean): void
  /** better-sqlite3: rows as arrays; only for statements that return rows. */
  raw?(on: boolean): unknown
  readonly reader?: boolean
}

export interface RawDatabase {
  prepare(sql: string): RawStatement
  exec(sql: string): unknown
  close(): unknown
  readonly isTransaction?: boolean
  readonly inTransaction?: boolean
}

export class Connection {
  readonly raw: RawDatabase
  readonly #statements = new Map<string, RawStatement>()

  constructor(raw: RawDatabase) {
    this.raw = raw
  }

  /** The prepared statement of an SQL text; for loops over many rows. */
  statement(sql: string): RawStatement {
    const known = this.#statements.get(sql)
    if (known) return known
    const made = this.raw.prepare(sql)
    if (made.setReturnArrays) made.setReturnArrays(true)
    else if (made.reader) made.raw?.(true)
    this.#statements.set(sql, made)
    return made
  }

  /** Rows changed. */
  run(sql: string, ...values: Value[]): number {
    return Number(this.statement(sql).run(...values).changes)
  }

  get<R extends readonly unknown[]>(sql: string, ...values: Value[]): R | undefined {
    return this.statement(sql).get(...values) as R | undefined
  }

  all<R extends readonly unknown[]>(sql: string, ...values: Value[]): R[] {
    return this.statement(sql).all(...values) as R[]
  }

  /** Undefined when the driver does not tell. */
  get inTransaction(): boolean | undefined {
    return this.raw.isTransaction ?? this.raw.inTransaction
  }

  /** Let go of the statements; a closed database finalises them. */
  forget(): void {
    this.#statements.clear()
  }
}
