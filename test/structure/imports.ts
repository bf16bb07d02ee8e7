/** Reads the imports of a source file: the specifier and how it is loaded. */
import { lineOf, scan } from './scan.js'

/** `type`: erased by the compiler. `lazy`: `import()` when the code gets there. `static`: loaded with the file. */
export type ImportKind = 'static' | 'type' | 'lazy'

export interface Import {
  readonly specifier: string
  readonly kind: ImportKind
  readonly line: number
}

// What stands directly before the quote of a specifier. Only `import type` is erased: `import { type A }` still loads the module.
const FROM = /(?:^|[\n;])\s*(?:import|export)\s*(type\b)?[\w$\s{},*]*\bfrom\s*$/
const BARE = /(?:^|[\n;])\s*import\s*$/
const CALL = /\b(?:import|require|import\.meta\.resolve)\s*\(\s*$/
const TYPE_QUERY = /\btypeof\s+import\s*\(\s*$/
const TYPE_PLACE = /(?:[:<|&,]|\bas|\bextends)\s*import\s*\(\s*$/
const TYPE_NAME = /^\s*\)\s*\.\s*[A-Z]/
const LOOK_BACK = 4_000

export function importsOf(source: string): Import[] {
  const { code, literals } = scan(source)
  return literals.flatMap(({ text, at }) => {
    const kind = kindOf(code.slice(Math.max(0, at - LOOK_BACK), at), code.slice(at + text.length + 2))
    return kind === undefined ? [] : [{ specifier: text, kind, line: lineOf(source, at) }]
  })
}

function kindOf(before: string, after: string): ImportKind | undefined {
  const from = FROM.exec(before)
  if (from) return from[1] ? 'type' : 'static'
  if (BARE.test(before)) return 'static'
  if (!CALL.test(before)) return undefined
  return TYPE_QUERY.test(before) || (TYPE_PLACE.test(before) && TYPE_NAME.test(after)) ? 'type' : 'lazy'
}
