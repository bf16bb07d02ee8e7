/** Another SQLite library in this process: a second copy of the one that is installed, which has state and locks of its own. */
import { copyFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { DatabaseSync } from '@photostructure/sqlite'
import { onTestFinished } from 'vitest'
import { newFolder } from './files.js'

const require = createRequire(import.meta.url)

type DatabaseClass = new (path: string) => InstanceType<typeof DatabaseSync>

export function otherLibrary(): DatabaseClass {
  const entry = require.resolve('@photostructure/sqlite')
  const { resolve } = createRequire(entry)('node-gyp-build') as { resolve(folder: string): string }
  const copy = join(newFolder(), 'sqlite.node')
  copyFileSync(resolve(dirname(dirname(entry))), copy)
  return (require(copy) as { DatabaseSync: DatabaseClass }).DatabaseSync
}

/** A handle that is closed when the test ends. */
export function openWith(Database: DatabaseClass, path: string): InstanceType<DatabaseClass> {
  const handle = new Database(path)
  onTestFinished(() => {
    if (handle.isOpen) handle.close()
  })
  return handle
}
