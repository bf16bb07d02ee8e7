/** The lock files name everything, for every platform: `npm ci` refuses a lock file in which even an optional package is missing. */
import { expect, test } from 'vitest'
import { committed } from './repository.js'

interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const locks = Object.entries(committed()).filter(([path]) => /(^|\/)package-lock\.json$/.test(path))

test.each(locks)('%s has every optional package (else run: npm run lock)', (_path, text) => {
  const packages: Record<string, Locked> = JSON.parse(text).packages
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !isLocked(packages, path, name)),
  )
  expect(missing).toEqual([])
})

test.each(locks)('%s names no registry', (_path, text) => {
  const packages: Record<string, Locked> = JSON.parse(text).packages
  expect(Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
})

/** Looked up as Node does: beside the package that wants it, then one node_modules up, and so on. */
function isLocked(packages: Record<string, Locked>, from: string, name: string): boolean {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`]) return true
    if (at === '') return false
  }
}
