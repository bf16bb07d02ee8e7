/** A file on a network file system is refused. */
import { describe, expect, it } from 'vitest'
import { refuseNetworkFileSystem } from '#dist/engines/sqlite/network-fs.js'

const on = (type: number) => () => ({ type })

describe('network file systems', () => {
  it.each([
    ['NFS', 0x6969],
    ['CIFS', 0xff534d42],
    ['CIFS, as a signed number', 0xff534d42 | 0],
    ['SMB', 0x517b],
    ['SMB2', 0xfe534d42],
  ])('refuses %s', (_, type) => {
    expect(() => refuseNetworkFileSystem('/data/jobs.db', on(type), 'linux')).toThrow(
      expect.objectContaining({ code: 'WS_NETWORK_FILE_SYSTEM', field: 'path' }),
    )
  })

  it.each([
    ['ext4', 0xef53],
    ['tmpfs', 0x01021994],
    ['9p', 0x01021997],
  ])('takes %s', (_, type) => {
    expect(() => refuseNetworkFileSystem('/data/jobs.db', on(type), 'linux')).not.toThrow()
  })

  it('looks at the folder, and only where it knows the numbers', () => {
    const seen: string[] = []
    refuseNetworkFileSystem('/data/sub/jobs.db', (folder) => ({ type: seen.push(folder) * 0 }), 'linux')
    expect(seen).toEqual(['/data/sub'])
    expect(() => refuseNetworkFileSystem('/data/jobs.db', on(0x6969), 'darwin')).not.toThrow()
  })

  it('leaves a folder that is not there to the opening of the file', () => {
    const missing = () => {
      throw new Error('ENOENT')
    }
    expect(() => refuseNetworkFileSystem('/nowhere/jobs.db', missing, 'linux')).not.toThrow()
  })
})
