/** One line on a terminal's standard error that is written over as long work goes on; elsewhere nothing. */
import { number, type Progress } from '../operations/index.js'

const EVERY_MS = 100
const CLEAR = '\r\u001b[2K'

/** Where it is shown. */
export interface Screen {
  readonly isTTY?: boolean
  write(text: string): unknown
}

export class ProgressLine {
  readonly #screen: Screen
  #words: string | undefined
  #began = 0
  #shownAt = Number.NEGATIVE_INFINITY
  #shown = false
  #last: Progress | undefined

  constructor(screen: Screen = process.stderr) {
    this.#screen = screen
  }

  /** The last that was told: what is done, when the rest is not. */
  get last(): Progress | undefined {
    return this.#last
  }

  tell(progress: Progress): void {
    const now = performance.now()
    if (progress.words !== this.#words) {
      this.#words = progress.words
      this.#began = now
      this.#shownAt = Number.NEGATIVE_INFINITY
    }
    this.#last = progress
    if (!this.#screen.isTTY || now - this.#shownAt < EVERY_MS) return
    this.#shownAt = now
    this.#shown = true
    this.#screen.write(CLEAR + text(progress, now - this.#began))
  }

  /** A line of its own, above the progress. */
  say(line: string): void {
    this.clear()
    this.#screen.write(`${line}\n`)
  }

  clear(): void {
    if (this.#shown) this.#screen.write(CLEAR)
    this.#shown = false
  }
}

function text({ done, total, words }: Progress, ms: number): string {
  const count = `${words} ${number(done)}${total === undefined ? '' : ` of ${number(total)}`}`
  return ms < 500 ? count : `${count} (${number(Math.round((done / ms) * 1000))}/s)`
}
