/** Finds functions in a source file and how many lines each has, by its braces. Knows function, method, accessor and arrow bodies. */
import { lineOf, scan } from './scan.js'

export interface FunctionSize {
  readonly name: string
  readonly line: number
  readonly lines: number
}

const ARROW = /=>\s*$/
const SIGNATURE_END = /\)\s*(?::[^;{}=]*)?$/
const ARROW_NAME = /([\w$]+)\s*(?::[^=]*)?=\s*(?:async\s*)?(?:\([^()]*\)|[\w$]+)?[^()]*=>\s*$/
const NOT_FUNCTIONS = /(?:^|[^\w$.])(?:if|for|for\s+await|while|switch|catch|with)\s*$/
/** After a closing brace: the brace was part of a return type, and the body comes now. */
const BODY_FOLLOWS = /^[\s>[\]]*\{/
const LOOK_BACK = 3_000

export function functionsOf(source: string): FunctionSize[] {
  const { code } = scan(source)
  const found: FunctionSize[] = []
  const open: { start: number; name: string | undefined }[] = []
  let carried: string | undefined
  for (let at = 0; at < code.length; at++) {
    if (code[at] === '{') {
      open.push({ start: at, name: carried ?? nameBefore(code.slice(Math.max(0, at - LOOK_BACK), at)) })
      carried = undefined
    } else if (code[at] === '}') {
      const block = open.pop()
      if (block?.name === undefined) continue
      if (!ARROW.test(code.slice(0, block.start)) && BODY_FOLLOWS.test(code.slice(at + 1))) carried = block.name
      else found.push({ name: block.name, line: lineOf(code, block.start), lines: code.slice(block.start, at).split('\n').length })
    }
  }
  return found
}

/** The name of the function whose body opens here; undefined when another kind of block does. */
function nameBefore(before: string): string | undefined {
  if (ARROW.test(before)) return ARROW_NAME.exec(before)?.[1] ?? 'an arrow function'
  if (!SIGNATURE_END.test(before)) return undefined
  const head = before.slice(0, parametersStart(before))
  if (NOT_FUNCTIONS.test(head)) return undefined
  return /([#\w$]+)\s*(?:<[^()]*>)?\s*$/.exec(head)?.[1] ?? 'a function'
}

/** Where the parameter list that ends last opens. */
function parametersStart(text: string): number {
  let depth = 0
  for (let at = text.lastIndexOf(')'); at >= 0; at--) {
    if (text[at] === ')') depth++
    if (text[at] === '(' && --depth === 0) return at
  }
  return 0
}
