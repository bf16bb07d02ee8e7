/** The docs quote examples that run, their links lead somewhere, and no file carries anything of the machine that it was written on. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { committed, ROOT } from './repository.js'

const files = committed()
const pages = Object.entries(files).filter(([path]) => path.endsWith('.md'))

const FENCE = /^( *)```(\w*)[^\n]*\n([\s\S]*?)^ *```$/gm
const LINK = /\[[^\]]*\]\(([^()\s]+)(?:\s+"[^"]*")?\)/g
const MACHINE = /(?<![\w.$}])\/(?:work|root|home\/\w+|Users\/\w+|tmp)\/[\w.-]+/
const REGISTRY = /\bregistry\.(?:npmjs|yarnpkg|npmmirror)\.\w+|\bnpm\.pkg\.github\.com|_authToken|"resolved": "http/

function checkQuotes(page: string, all: Readonly<Record<string, string>>): string[] {
  return [...page.matchAll(FENCE)].flatMap(({ index, 0: whole, 2: language, 3: block = '' }) => {
    const [first = '', ...lines] = block.trimEnd().split('\n')
    const name = /^\s*\/\/ (examples\/\S+)$/.exec(first)?.[1]
    if (language !== 'ts' || name === undefined) return []
    if (all[name] === undefined) return [`${name} does not exist`]
    // Readers want the imports, too.
    if (
      !page
        .slice((index ?? 0) + whole.length)
        .trimStart()
        .split('\n', 1)[0]
        ?.includes(`[${name}](`)
    )
      return [`${name} is quoted without a link to it`]
    return isPartOf(lines, all[name].split('\n')) ? [] : [`this is not a part of ${name}: ${lines.join('\n').trim().slice(0, 60)}`]
  })
}

/** Whether these lines stand in the file one after another; all of them may be indented less than there. */
function isPartOf(lines: readonly string[], file: readonly string[]): boolean {
  const wanted = outdent(lines)
  return file.some((_, start) => outdent(file.slice(start, start + lines.length)) === wanted)
}

function outdent(lines: readonly string[]): string {
  const full = lines.filter((line) => line.trim() !== '')
  const indent = Math.min(...full.map((line) => line.search(/\S/)))
  return lines
    .map((line) => line.slice(indent).trimEnd())
    .join('\n')
    .trim()
}

interface Target {
  readonly link: string
  readonly file: string
  readonly anchor: string | undefined
}

/** Where the links of a page lead inside the repository. */
function targetsOf(path: string, page: string): Target[] {
  const prose = page.replace(FENCE, '').replace(/`[^`\n]*`/g, '')
  return [...prose.matchAll(LINK)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/i.test(link)) return []
    const [target = '', anchor] = link.split('#')
    return [{ link, file: target === '' ? path : join(dirname(path), decodeURI(target)).replaceAll('\\', '/').replace(/\/$/, ''), anchor }]
  })
}

function checkLinks(path: string, page: string, all: Readonly<Record<string, string>>): string[] {
  return targetsOf(path, page).flatMap(({ link, file, anchor }) => {
    if (all[file] === undefined && !existsSync(join(ROOT, file))) return [`${link} leads nowhere`]
    const text = all[file]
    if (anchor === undefined || text === undefined || !file.endsWith('.md')) return []
    return anchorsOf(text).includes(anchor) ? [] : [`${link}: there is no such heading`]
  })
}

/** The anchors that GitHub gives to headings. */
function anchorsOf(page: string): string[] {
  const headings = [...page.replace(FENCE, '').matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text)
  return headings.map((text) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  )
}

function checkTraces(text: string): string[] {
  return text.split('\n').flatMap((line, index) => {
    const trace = MACHINE.exec(line)?.[0] ?? REGISTRY.exec(line)?.[0]
    return trace === undefined ? [] : [`${index + 1}: ${trace}`]
  })
}

test.each(pages)('%s: its quotes are parts of the examples, its links lead somewhere', (path, page) => {
  expect([...checkQuotes(page, files), ...checkLinks(path, page, files)]).toEqual([])
})

/** Links of pages in the package that lead to what is not in it. */
function checkShipped(parts: readonly string[], all: readonly (readonly [string, string])[]): string[] {
  const ships = (file: string) => parts.some((part) => file === part || file.startsWith(`${part}/`))
  return all
    .filter(([path]) => ships(path))
    .flatMap(([path, page]) => targetsOf(path, page).flatMap(({ link, file }) => (ships(file) ? [] : [`${path}: ${link}`])))
}

test('no page of the package leads out of it', () => {
  const { files: parts } = JSON.parse(files['package.json'] as string) as { files: string[] }
  expect(checkShipped(parts, pages)).toEqual([])
})

test('no committed file names a folder of some machine or a package registry', () => {
  const traces = Object.entries(files).flatMap(([path, text]) => checkTraces(text).map((trace) => `${path}:${trace}`))
  expect(traces.filter((trace) => !trace.startsWith('test/structure/docs.test.ts'))).toEqual([])
})

describe('the checkers notice', () => {
  const house = { 'examples/a.ts': 'const a = 1\nif (a) {\n  b()\n\n  c()\n}\n', 'README.md': '# One\n## Two words, `three`!\n' }
  const fence = (code: string) => `Text\n\`\`\`ts\n${code}\n\`\`\`\n`

  test('a link that leads out of the package', () => {
    const page = '[a](docs/a.md#one) [b](SECURITY.md) [c](https://example.org) [d](docs) [e](#two)'
    const all = [
      ['README.md', page],
      ['test/x.md', '[b](../SECURITY.md)'],
    ] as const
    expect(checkShipped(['docs', 'README.md'], all)).toEqual(['README.md: SECURITY.md'])
    expect(checkShipped(['docs', 'README.md', 'SECURITY.md'], all)).toEqual([])
  })

  test('a quote that is no part of its example', () => {
    const link = '\n\n[examples/a.ts](../examples/a.ts)'
    expect(checkQuotes(fence('// examples/a.ts\nconst a = 1\nif (a) {') + link, house)).toEqual([])
    expect(checkQuotes(fence('// examples/a.ts\nb()\n\nc()') + link, house)).toEqual([])
    expect(checkQuotes(fence('// examples/a.ts\nb()\n\nc()'), house)).toEqual(['examples/a.ts is quoted without a link to it'])
    expect(checkQuotes(fence('const x = 1'), house)).toEqual([])
    expect(checkQuotes(fence('// examples/a.ts\nconst a = 2') + link, house)).toEqual(['this is not a part of examples/a.ts: const a = 2'])
    expect(checkQuotes(fence('// examples/a.ts\nb()\nc()'), house)).toHaveLength(1)
    expect(checkQuotes(fence('// examples/b.ts\nconst a = 1'), house)).toEqual(['examples/b.ts does not exist'])
  })

  test('a link that leads nowhere', () => {
    const links = '[a](../README.md) [b](../README.md#two-words-three) [c](https://example.com) `[d](gone.md)`'
    expect(checkLinks('docs/x.md', links, house)).toEqual([])
    expect(checkLinks('docs/x.md', '[a](README.md)', house)).toEqual(['README.md leads nowhere'])
    expect(checkLinks('docs/x.md', '[a](../README.md#three)', house)).toEqual(['../README.md#three: there is no such heading'])
  })

  test('a folder of some machine, a registry', () => {
    expect(checkTraces('see /work/main/x\nok /workers/a\nhttps://example.com/work/x\n')).toEqual(['1: /work/main'])
    expect(checkTraces('/home/ann/x\n/Users/ann/x\n"/tmp/x.db"\n`/root/.npmrc`')).toHaveLength(4)
    expect(checkTraces('https://registry.npmjs.org/worksong')).toHaveLength(1)
  })
})
