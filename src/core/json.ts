/**
 * JSON that both stores keep without change. What JSON cannot carry is refused with its path, at once and on both engines alike:
 * Postgres rejects NUL and lone surrogates where SQLite takes them, and JSON.stringify drops or alters the rest in silence.
 */
import { WorksongError } from './errors.js'

const MAX_DEPTH = 512
// A NUL, a lone surrogate, or the text of a __proto__ key. Any other text is safe as JSON.stringify wrote it.
const SUSPICIOUS = /\\u0000|\\ud[89a-f]|__proto__/i

/**
 * Encode a value as JSON text, refusing what would not come back the same.
 * Properties that are undefined are left out, as JSON does; objects with toJSON (dates) are stored as what it returns.
 * @param what names the value in errors: 'input', 'result'
 * @throws WorksongError `WS_UNSTORABLE` with the JSON path in `field`; `WS_TOO_LARGE` past `maxBytes` of UTF-8
 */
export function encodeJson(value: unknown, what: string, maxBytes: number): string {
  check(value, what, [], 0)
  const text = JSON.stringify(value) ?? 'null'
  // Plain searches first: they cost a fraction of the expression.
  if ((text.includes('\\u') || text.includes('__proto__')) && SUSPICIOUS.test(text)) checkText(JSON.parse(text), what)
  if (text.length * 3 > maxBytes) checkSize(text, what, maxBytes)
  return text
}

/** Decode stored JSON text. @throws WorksongError `WS_UNREADABLE` */
export function decodeJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new WorksongError('WS_UNREADABLE', `The stored text (${what}) is not JSON`, { cause, fix: 'Was the row edited by hand?' })
  }
}

/** The UTF-8 length of a text, in bytes. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code <= 0x7f) continue
    bytes += code > 0x7ff ? 2 : 1
    // A surrogate pair is two units and four bytes.
    if (code >= 0xd800 && code <= 0xdbff) at++
  }
  return bytes
}

function checkSize(text: string, what: string, maxBytes: number): void {
  const bytes = utf8Length(text)
  if (bytes <= maxBytes) return
  throw new WorksongError('WS_TOO_LARGE', `The ${what} is ${bytes} bytes as JSON, the limit is ${maxBytes}`, {
    fix: 'Store the data elsewhere and pass a reference, or raise maxPayload.',
    field: what,
  })
}

function check(value: unknown, path: string, parents: unknown[], depth: number): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return
    case 'undefined':
      if (depth > 0) throw unstorable(path, 'undefined in a list')
      return
    case 'number':
      if (!Number.isFinite(value)) throw unstorable(path, String(value))
      if (value === 0 && 1 / value < 0) throw unstorable(path, '-0')
      return
    case 'object':
      if (value !== null) checkObject(value, path, parents, depth)
      return
    default:
      throw unstorable(path, `a ${typeof value}`)
  }
}

/** What needs no further look: for most of what there is, no path is made. */
function isLeaf(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && value !== 0
  return typeof value === 'string' || typeof value === 'boolean' || value === null
}

function checkObject(value: object, path: string, parents: unknown[], depth: number): void {
  if (depth > MAX_DEPTH) throw unstorable(path, `nesting deeper than ${MAX_DEPTH}`)
  if (parents.includes(value)) throw unstorable(path, 'a cycle')
  parents.push(value)
  const toJson = (value as { toJSON?: unknown }).toJSON
  if (typeof toJson === 'function') checkMade(value, toJson.call(value, ''), path, parents, depth)
  else checkContents(value, path, parents, depth)
  parents.pop()
}

/** What toJSON gave is written as it is: its own toJSON is not asked. It may be the object itself, which is no cycle. */
function checkMade(value: object, made: unknown, path: string, parents: unknown[], depth: number): void {
  checkDate(value, path)
  if (typeof made !== 'object' || made === null) check(made, path, parents, depth + 1)
  else if (made === value) checkContents(made, path, parents, depth)
  else {
    if (parents.includes(made)) throw unstorable(path, 'a cycle')
    parents.push(made)
    checkContents(made, path, parents, depth)
    parents.pop()
  }
}

function checkContents(value: object, path: string, parents: unknown[], depth: number): void {
  if (!Array.isArray(value)) {
    checkProperties(value, path, parents, depth)
    return
  }
  for (let index = 0; index < value.length; index++) {
    const item = value[index]
    if (isLeaf(item)) continue
    if (!(index in value)) throw unstorable(`${path}[${index}]`, 'a hole in a list')
    check(item, `${path}[${index}]`, parents, depth + 1)
  }
}

function checkProperties(value: object, path: string, parents: unknown[], depth: number): void {
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) checkKind(value, prototype, path)
  const symbols = Object.getOwnPropertySymbols(value)
  if (symbols.length > 0) checkSymbols(value, symbols, path)
  // Costs less than a list of the keys, which is made for each object anew.
  for (const key in value) {
    const child = (value as Record<string, unknown>)[key]
    if (child === undefined || isLeaf(child) || !Object.hasOwn(value, key)) continue
    // An object's own way to JSON, which has been gone.
    if (typeof child === 'function' && key === 'toJSON') continue
    check(child, `${path}.${key}`, parents, depth + 1)
  }
}

/** An instance with fields of its own is stored as they are; one that would be `{}` hides what it holds (Set, WeakMap, URLSearchParams). */
function checkKind(value: object, prototype: object, path: string): void {
  // A plain object of another realm has a plain prototype of its own.
  const hides = Object.getPrototypeOf(prototype) !== null && Object.keys(value).length === 0
  if (hides || isContainer(value)) throw unstorable(path, `a ${nameOf(value)}`)
}

function checkSymbols(value: object, symbols: readonly symbol[], path: string): void {
  const seen = symbols.find((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol))
  if (seen !== undefined) throw unstorable(`${path}[${String(seen)}]`, 'a property named by a symbol')
}

function nameOf(value: object): string {
  const { name } = (value.constructor ?? {}) as { name?: unknown }
  return typeof name === 'string' && name !== '' ? name.slice(0, 60) : 'special object'
}

/** Objects that JSON.stringify would drop or change in silence. */
function isContainer(value: object): boolean {
  return (
    value instanceof Map ||
    value instanceof Set ||
    value instanceof Promise ||
    value instanceof RegExp ||
    value instanceof Error ||
    value instanceof ArrayBuffer ||
    ArrayBuffer.isView(value) ||
    value instanceof Number ||
    value instanceof String ||
    value instanceof Boolean ||
    value instanceof BigInt
  )
}

function checkDate(value: object, path: string): void {
  if (value instanceof Date && Number.isNaN(value.getTime())) throw unstorable(path, 'an invalid Date')
}

/** The slow look, for texts that may hold what Postgres refuses: names the place. */
function checkText(value: unknown, path: string): void {
  if (typeof value === 'string') {
    if (value.includes('\0')) throw unstorable(path, 'text with a NUL character')
    if (!isWellFormed(value)) throw unstorable(path, 'text with half a surrogate pair')
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      checkText(item, `${path}[${index}]`)
    })
  } else if (typeof value === 'object' && value !== null) {
    for (const key of Object.keys(value)) {
      if (key === '__proto__') throw unstorable(`${path}.__proto__`, 'a property named __proto__')
      checkText(key, `${path} (a property name)`)
      checkText((value as Record<string, unknown>)[key], `${path}.${key}`)
    }
  }
}

function unstorable(path: string, what: string): WorksongError {
  return new WorksongError('WS_UNSTORABLE', `${path} is ${what}, which JSON cannot carry`, {
    fix: 'Convert it to text, a finite number, or a plain object or list first.',
    field: path,
  })
}

/** True when every surrogate has its other half. (String.prototype.isWellFormed, typed for older libs.) */
export function isWellFormed(text: string): boolean {
  return (text as unknown as { isWellFormed(): boolean }).isWellFormed()
}

/** Text made storable: NUL and half surrogates replaced, cut to a length. For errors and log lines, which are never refused. */
export function safeText(text: string, maxLength: number): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}… (${text.length - maxLength} more characters)` : text
  const formed = isWellFormed(cut) ? cut : (cut as unknown as { toWellFormed(): string }).toWellFormed()
  return formed.includes('\0') ? formed.replaceAll('\0', '\ufffd') : formed
}
