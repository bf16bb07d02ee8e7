/** Files and functions that a reader can hold in the head; a header on each file; nothing left to do in a comment. */
import { describe, expect, test } from 'vitest'
import { functionsOf } from './functions.js'
import { sources } from './repository.js'
import { scan } from './scan.js'

const MAX_FILE_LINES = 300
const MAX_FUNCTION_LINES = 70
const MAX_LINE = 140
const UNFINISHED = /\b(?:TODO|FIXME|XXX|HACK)\b/

function checkSize(files: Readonly<Record<string, string>>): string[] {
  return Object.entries(files).flatMap(([path, source]) => checkFile(source).map((problem) => `${path}${problem}`))
}

function checkFile(source: string): string[] {
  const lines = source.trimEnd().split('\n')
  const problems: string[] = []
  if (!/^(?:#!.*\n)?\/[/*]/.test(source)) problems.push(': does not begin with a comment that says what it is')
  if (lines.length > MAX_FILE_LINES) problems.push(`: ${lines.length} lines, the most is ${MAX_FILE_LINES}`)
  lines.forEach((line, index) => {
    if (line.length > MAX_LINE) problems.push(`:${index + 1}: ${line.length} characters, the most is ${MAX_LINE}`)
  })
  for (const { name, line, lines: count } of functionsOf(source)) {
    if (count > MAX_FUNCTION_LINES) problems.push(`:${line}: ${name} has ${count} lines, the most is ${MAX_FUNCTION_LINES}`)
  }
  const unfinished = scan(source).comments.find((comment) => UNFINISHED.test(comment))
  if (unfinished !== undefined) problems.push(`: unfinished: ${unfinished.slice(0, 60)}`)
  return problems
}

test('src keeps the sizes', () => {
  expect(checkSize(sources())).toEqual([])
})

describe('the checker notices', () => {
  const long = (count: number) => '  call()\n'.repeat(count)

  test.each([
    ['no header', 'export {}\n', ': does not begin with a comment'],
    ['a long file', `// A.\n${'export {}\n'.repeat(300)}`, ': 301 lines, the most is 300'],
    ['a long line', `// A.\nconst a = '${'x'.repeat(130)}'\n`, ':2: 142 characters'],
    ['a long function', `// A.\nfunction work(a: { b: string }): void {\n${long(70)}}\n`, ':2: work has 72 lines'],
    ['a long method', `// A.\nclass B {\n  async #run(\n    a: string,\n  ): Promise<void> {\n${long(70)}}\n}\n`, ':5: #run has 72 lines'],
    ['a long arrow function', `// A.\nconst act = async (a: string): Promise<void> => {\n${long(70)}}\n`, ':2: act has 72 lines'],
    ['a long callback', `// A.\nlist.map((a) => {\n${long(70)}})\n`, ':2: an arrow function has 72 lines'],
    ['an inline return type', `// A.\nfunction give(): { a: string } {\n${long(70)}}\n`, ':2: give has 72 lines'],
    ['something left to do', '// A.\n// TODO: later\n', ': unfinished: // TODO: later'],
  ])('%s', (_what, source, message) => {
    expect(checkFile(source).join('\n')).toContain(message)
    expect(checkFile(source)).toHaveLength(1)
  })

  test('but not blocks that are no functions', () => {
    const blocks = ['if (a) {', 'for (const b of c()) {', 'switch (d(e)) {', 'class F {', 'const g = {', 'interface H {']
    expect(blocks.flatMap((block) => checkFile(`// A.\n${block}\n${long(80)}}\n`))).toEqual([])
  })
})
