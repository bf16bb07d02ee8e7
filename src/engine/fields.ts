/**
 * Reads rows that came as one text: fields by 0x1F, rows by 0x1E, which JSON text cannot contain. Both engines answer claims so; cutting
 * field by field takes two thirds of the time of splitting rows into lists.
 */
export class Fields {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Another row begins here. */
  get more(): boolean {
    return this.#at < this.#text.length
  }

  next(): string {
    return this.#cut(this.#text.indexOf('\x1f', this.#at))
  }

  /** The row's last field. */
  last(): string {
    const end = this.#text.indexOf('\x1e', this.#at)
    return this.#cut(end === -1 ? this.#text.length : end)
  }

  #cut(end: number): string {
    const field = this.#text.slice(this.#at, end)
    this.#at = end + 1
    return field
  }
}
