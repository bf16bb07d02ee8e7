/** Judges the imports and the SQL of a set of source files by the rules. Takes the files as text, so that a test can show that it bites. */
import { dirname, join, normalize } from 'node:path/posix'
import { type Import, importsOf } from './imports.js'
import { PACKAGES, ROOMS } from './rules.js'
import { lineOf, scan } from './scan.js'

const SQL =
  /^\s*(?:select\s[\s\S]*?\sfrom\s|insert\s+(?:or\s+\w+\s+)?into\s|update\s+[\w".${}]+\s+set\s|delete\s+from\s|with\s+\w+\s+as\s*\(|(?:create|alter|drop)\s+(?:table|index|unique|schema|view)\s)/i

/** Files by their path below src, such as `client/index.ts`. Returns one line per broken rule. */
export function checkImports(files: Readonly<Record<string, string>>): string[] {
  return Object.entries(files).flatMap(([path, source]) => {
    const room = roomOf(path)
    if (!(room in ROOMS)) return [`${path}: the room '${room}' is not in the table of test/structure/rules.ts`]
    const imports = importsOf(source).flatMap((entry) => {
      const problem = entry.specifier.startsWith('.') ? checkInside(path, room, entry, files) : checkPackage(room, entry)
      return problem === undefined ? [] : [`${path}:${entry.line}: ${problem}`]
    })
    return [...imports, ...checkSql(path, room, source), ...checkFront(room, source)]
  })
}

/** `engines/sqlite` is a room of its own; a file that stands in src itself belongs to the front door, if it is index.ts. */
function roomOf(path: string): string {
  const [first = '', second = ''] = path.split('/')
  if (path === 'index.ts') return 'front'
  return first === 'engines' ? `engines/${second}` : first
}

function checkInside(path: string, room: string, { specifier, kind }: Import, files: Readonly<Record<string, string>>): string | undefined {
  if (!specifier.endsWith('.js')) return `'${specifier}' does not end in .js`
  const target = normalize(join(dirname(path), specifier)).replace(/\.js$/, '.ts')
  if (target.startsWith('..')) return `'${specifier}' is outside src`
  if (!(target in files)) return `'${specifier}' does not exist`
  const other = roomOf(target)
  if (other === room) return undefined
  const { may, lazily = [], types = [] } = ROOMS[room] ?? { may: [] }
  if (!may.includes(other)) {
    const allowed = [...may, ...lazily, ...types]
    if (!lazily.includes(other) && !types.includes(other)) {
      return `${room} may not import ${other} (${allowed.length === 0 ? 'it imports nothing' : `only ${allowed.join(', ')}`})`
    }
    if (lazily.includes(other) && kind === 'static') return `${room} may import ${other} only by import() or as types`
    if (types.includes(other) && !lazily.includes(other) && kind !== 'type') return `${room} may import only types of ${other}`
  }
  return target === `${other}/index.ts` ? undefined : `a room is entered by its index.ts: '${specifier}'`
}

function checkPackage(room: string, { specifier, kind }: Import): string | undefined {
  if (room === 'core') return `core imports nothing, not even '${specifier}'`
  const name = specifier.startsWith('node:') ? specifier : specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const rule = PACKAGES[name]
  if (!rule) return name.startsWith('node:') ? undefined : `'${name}' is not in the table of packages in test/structure/rules.ts`
  if (rule.rooms !== 'all but core' && !rule.rooms.includes(room)) return `'${name}' may be imported only by ${rule.rooms.join(', ')}`
  return rule.as.includes(kind) ? undefined : `'${name}' may be imported only ${rule.as.join(' or ')}, this is ${kind}`
}

/** The front door holds nothing of its own. */
function checkFront(room: string, source: string): string[] {
  if (room !== 'front') return []
  const rest = scan(source).code.replace(/(?:^|\n)\s*export\s+(?:type\s+)?(?:\*|\{[^}]*\})\s*from\s*'\s*'/g, '')
  return rest.trim() === '' ? [] : [`index.ts: the front door only re-exports, this stands there too: ${rest.trim().slice(0, 60)}`]
}

function checkSql(path: string, room: string, source: string): string[] {
  if (room.startsWith('engines/')) return []
  const statements = scan(source).literals.filter(({ text }) => SQL.test(text))
  return statements.map(({ at }) => `${path}:${lineOf(source, at)}: SQL stands only in src/engines`)
}
