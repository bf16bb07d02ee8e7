/** Refuses a file on a network file system: SQLite's locks are not reliable there, and WAL needs shared memory: the file can be damaged. */
import { statfsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { WorksongError } from '../../core/index.js'

/** Linux's numbers of file systems, from linux/magic.h. Shared folders of virtual machines (9p) are let through: one machine uses them. */
const NETWORK: Readonly<Record<number, string>> = { 0x6969: 'NFS', 0xff534d42: 'CIFS', 0x517b: 'SMB', 0xfe534d42: 'SMB2' }

type Statfs = (folder: string) => { readonly type: number }

/**
 * @param statfs for tests
 * @throws WorksongError `WS_NETWORK_FILE_SYSTEM`
 */
export function refuseNetworkFileSystem(path: string, statfs: Statfs = statfsSync, platform: string = process.platform): void {
  const name = platform === 'linux' ? networkFileSystem(path, statfs) : undefined
  if (name === undefined) return
  const folder = dirname(resolve(path))
  throw new WorksongError('WS_NETWORK_FILE_SYSTEM', `SQLite store ${path}: ${folder} is on ${name}, a network file system`, {
    fix: 'Put the file on a local disk, use Postgres, or say allowNetworkFileSystem: true if only one machine ever opens it',
    field: 'path',
  })
}

/** The name of the network file system that a path is on; undefined on a local one. Only Linux tells. */
export function networkFileSystem(path: string, statfs: Statfs = statfsSync): string | undefined {
  return NETWORK[fileSystemType(dirname(resolve(path)), statfs) >>> 0]
}

function fileSystemType(folder: string, statfs: Statfs): number {
  try {
    return statfs(folder).type
  } catch {
    return 0 // no such folder: opening the file says so better
  }
}
