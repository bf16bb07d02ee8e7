/**
 * Two SQLite libraries on one file in one process. POSIX locks belong to the process, so those of one library do not hold against the
 * other, and whichever closes the file first removes the write-ahead log from under the other. Handles of another library are refused. One
 * that has the file open all the same is noticed on Linux: each library maps the log's shared memory (FILE-shm) once, whatever number of
 * connections and threads it serves, so two such mappings are two libraries, and a mapping of a removed file is a log that was removed.
 */
import { readFileSync, realpathSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { WorksongError } from '../../core/index.js'

/** A look takes a fraction of a millisecond. In between, a removed file is noticed at once by its inode. */
const LOOK_EVERY_MS = 1000

/** Files that no library of this process may be trusted with any more, and why. */
const spoiled = new Map<string, string>()
/** Connections that must not be closed: that would remove the log from under the other library. The end of the process closes them. */
const kept: unknown[] = []

const HELD_TWICE =
  'another SQLite library in this process has the file open, too. Locks of one do not hold against the other: jobs would be lost and the ' +
  'file damaged'
const LOG_REMOVED =
  'its write-ahead log was removed under it, by hand or by another SQLite library in this process, which does that when it closes the ' +
  'file. What is written from here would be lost'
const FIX =
  'Use one library per process: give Worksong your own, sqlite({ path, driver: Database }), or open the file with the library that ' +
  'Worksong uses; then start the process again'

/** True when two raw handles come from one library; also of subclasses of its class. */
export function sameLibrary(one: object, other: object): boolean {
  return baseOf(one) === baseOf(other)
}

/** The prototype right below Object's own. */
function baseOf(handle: object): unknown {
  let at = handle
  for (;;) {
    const next: object | null = Object.getPrototypeOf(at)
    if (next === null || Object.getPrototypeOf(next) === null) return at
    at = next
  }
}

/** @throws WorksongError `WS_SQLITE_TWO_LIBRARIES` when this process has met two libraries on the file */
export function refuseSpoiled(file: string): void {
  const why = spoiled.get(realPath(file))
  if (why) throw twoLibraries(why)
}

/** Where the process's mappings are told; replaced in tests. */
export type ReadMaps = () => string

/** Watches one file that has been opened here. */
export class LibraryGuard {
  /** The file's real path. */
  readonly file: string
  readonly #readMaps: ReadMaps
  /** Mappings of removed files at the beginning: of a database that was at this path before. */
  readonly #removedBefore: number
  #inode: number | undefined
  #lookedAt = Number.NEGATIVE_INFINITY

  /** @throws WorksongError `WS_SQLITE_TWO_LIBRARIES` */
  constructor(file: string, readMaps: ReadMaps = readOwnMaps) {
    this.file = realPath(file)
    this.#readMaps = readMaps
    const { live, removed } = this.#mappings()
    this.#removedBefore = live > 0 ? removed : 0
    this.check()
  }

  /** Cheap enough for every write. @throws WorksongError `WS_SQLITE_TWO_LIBRARIES` */
  check(): void {
    this.refuse()
    const now = performance.now()
    const inode = inodeOf(`${this.file}-shm`)
    if (inode === this.#inode && now - this.#lookedAt < LOOK_EVERY_MS) return
    this.#inode = inode
    this.#lookedAt = now
    const { live, removed } = this.#mappings()
    if (live > 1) this.#spoil(HELD_TWICE)
    if (removed > this.#removedBefore) this.#spoil(LOG_REMOVED)
  }

  /** Only what is known already. @throws WorksongError `WS_SQLITE_TWO_LIBRARIES` */
  refuse(): void {
    const why = spoiled.get(this.file)
    if (why) throw twoLibraries(why)
  }

  get spoiled(): boolean {
    return spoiled.has(this.file)
  }

  #spoil(what: string): never {
    const why = `SQLite store ${this.file}: ${what}`
    spoiled.set(this.file, why)
    throw twoLibraries(why)
  }

  /** Of the beginning of the shared memory. Some file systems say `deleted` in error, so the file must also be gone from its place. */
  #mappings(): { live: number; removed: number } {
    const path = `${this.file}-shm`
    let live = 0
    let removed = 0
    for (const line of this.#readMaps().split('\n')) {
      if (!line.includes(path)) continue
      const [, offset = '', inode, mapped] = /^\S+ \S+ (\S+) \S+ (\d+) +(.+)$/.exec(line) ?? []
      if (!/^0+$/.test(offset)) continue
      if (mapped === path) live += 1
      else if (mapped === `${path} (deleted)` && Number(inode) !== inodeOf(path)) removed += 1
    }
    return { live, removed }
  }
}

/** Keep a connection that must not be closed. */
export function keepOpen(raw: unknown): void {
  kept.push(raw)
}

/** @param why what is wrong with both libraries */
export function twoLibraries(why: string, details?: { fix: string; field: string }): WorksongError {
  return new WorksongError('WS_SQLITE_TWO_LIBRARIES', why, details ?? { fix: FIX })
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino
}

export function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}

/** Nothing where there is no such file. */
function readOwnMaps(): string {
  if (process.platform !== 'linux') return ''
  try {
    return readFileSync('/proc/self/maps', 'utf8')
  } catch {
    return ''
  }
}
