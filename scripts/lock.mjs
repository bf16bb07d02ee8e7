// npm run lock: completes package-lock.json (and the one of bench) with the optional packages of other platforms. A registry mirror that holds
// only some platforms makes npm leave the rest out, and then `npm ci` refuses the lock file. Adds what a name tells; changes nothing else.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './lib/shell.mjs'

const PLATFORM =
  /-(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32|windows|wasm32)(?:-(arm64|arm|ia32|loong64|mips64el|ppc64|riscv64|s390x|x64|wasi))?(?:-(gnu|gnueabihf|musl|musleabihf))?/

for (const folder of ['.', 'bench']) complete(join(root, folder, 'package-lock.json'))

function complete(file) {
  const lock = JSON.parse(readFileSync(file, 'utf8'))
  const added = []
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (isLocked(lock.packages, path, name)) continue
      lock.packages[`node_modules/${name}`] = describe(name, version, entry)
      added.push(name)
    }
  }
  if (added.length === 0) return
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')))
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(`${file}: added ${added.join(', ')}`)
}

function describe(name, version, wantedBy) {
  const [, os, cpu, libc] = PLATFORM.exec(`-${name.split('/').at(-1)}`) ?? []
  if (!os) throw new Error(`${name} is missing from the lock file, and its name tells no platform`)
  return {
    version: version.replace(/^[\^~]/, ''),
    cpu: [os === 'wasm32' ? os : cpu],
    ...(wantedBy.dev ? { dev: true } : {}),
    ...(libc ? { libc: [libc.startsWith('musl') ? 'musl' : 'glibc'] } : {}),
    ...(wantedBy.license ? { license: wantedBy.license } : {}),
    optional: true,
    ...(os === 'wasm32' ? {} : { os: [os === 'windows' ? 'win32' : os] }),
  }
}

function isLocked(packages, from, name) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`]) return true
    if (at === '') return false
  }
}
