/** A small tokeniser for our own TypeScript: tells code from comments and literals, so that rules do not trip over text. Not a parser. */

export interface Literal {
  /** What stands between the quotes; for a template, its fixed parts with `${}` for the rest. */
  readonly text: string
  /** Where its opening quote is, in the source and in `code` alike. */
  readonly at: number
}

export interface Scan {
  /** The source, of the same length, with comments and the insides of literals blanked. Line ends stay. */
  readonly code: string
  readonly literals: readonly Literal[]
  readonly comments: readonly string[]
}

// After one of these a slash begins a regular expression; after anything else it divides.
const BEFORE_REGEX = /(?:^|[=(,:;!&|?{}[+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield))\s*$/
const LINE_COMMENT = /\/\/[^\n]*/y
const BLOCK_COMMENT = /\/\*[\s\S]*?\*\//y
const QUOTED = /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y
const REGEX = /\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y

export function scan(source: string): Scan {
  const literals: Literal[] = []
  const comments: string[] = []
  let code = ''

  /** Code up to the end of the source, or of the brace that a template's `${` opened. */
  function scanCode(from: number, inTemplate: boolean): number {
    let at = from
    let depth = 0
    while (at < source.length) {
      const next = skipOpaque(at)
      if (next !== at) {
        at = next
        continue
      }
      const char = source[at] as string
      if (char === '{') depth++
      if (char === '}' && depth-- === 0 && inTemplate) return at
      code += char
      at++
    }
    return at
  }

  function skipOpaque(at: number): number {
    const char = source[at]
    if (char === '`') return scanTemplate(at)
    if (char === '/') {
      const comment = match(LINE_COMMENT, source, at) ?? match(BLOCK_COMMENT, source, at)
      if (comment !== undefined) {
        comments.push(comment)
        return blank(at, comment.length, 0)
      }
      const regex = BEFORE_REGEX.test(code.slice(-40)) ? match(REGEX, source, at) : undefined
      if (regex !== undefined) return blank(at, regex.length, 1)
    }
    if (char === "'" || char === '"') {
      const quoted = match(QUOTED, source, at)
      if (quoted !== undefined) {
        literals.push({ text: quoted.slice(1, -1), at })
        return blank(at, quoted.length, 1)
      }
    }
    return at
  }

  function scanTemplate(start: number): number {
    const place = literals.push({ text: '', at: start }) - 1
    let text = ''
    let at = start + 1
    code += '`'
    while (at < source.length && source[at] !== '`') {
      if (source.startsWith('${', at)) {
        code += '  '
        at = scanCode(at + 2, true)
        text += '${}'
        at = blank(at, 1, 0)
      } else {
        const length = source[at] === '\\' ? 2 : 1
        text += source.slice(at, at + length)
        at = blank(at, length, 0)
      }
    }
    code += '`'
    literals[place] = { text, at: start }
    return at + 1
  }

  /** Blank a piece but for `edge` characters at its two ends and the line ends in it. */
  function blank(at: number, length: number, edge: number): number {
    const piece = source.slice(at, at + length)
    code += piece.slice(0, edge) + piece.slice(edge, length - edge).replace(/[^\n]/g, ' ') + piece.slice(length - edge)
    return at + length
  }

  scanCode(0, false)
  return { code, literals, comments }
}

/** The 1-based line of a position. */
export function lineOf(source: string, at: number): number {
  return source.slice(0, at).split('\n').length
}

function match(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(source)?.[0]
}
