// Running other programs from the scripts: tools of node_modules by their entry file, npm by the copy that started us. No dependencies.
import { spawn } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/**
 * Run a program to its end. Never throws for an exit code.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, show?: boolean, timeout?: number }} options `show`: straight to the terminal, else
 *   collected; `timeout`: told to end after so many ms
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, { cwd = root, env = {}, show = false, timeout } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      timeout,
    })
    const release = endWithUs(child)
    let output = ''
    const collect = (/** @type {Buffer} */ chunk) => {
      output += chunk
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    child.on('error', (error) => resolve({ code: 1, output: `${command}: ${error.message}` }))
    child.on('close', (code, signal) => {
      release()
      resolve({ code: code ?? 1, output: signal ? `${output}\nended by ${signal}` : output })
    })
  })
}

/**
 * When we are told to end, wait for the child, which has things to clean up. A terminal sends SIGINT to both; SIGTERM is passed on.
 * npm passes a SIGTERM to its shell only, which dies of it: then we notice that our parent is gone.
 */
function endWithUs(child) {
  const onSignal = (/** @type {NodeJS.Signals} */ signal) => {
    if (signal === 'SIGTERM') child.kill(signal)
    child.once('close', () => process.exit(signal === 'SIGINT' ? 130 : 143))
    clearInterval(watch)
  }
  const parent = process.ppid
  const orphaned = () => process.env.npm_lifecycle_event !== undefined && process.ppid !== parent
  const watch = setInterval(() => orphaned() && onSignal('SIGTERM'), 300).unref()
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return () => {
    clearInterval(watch)
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}

/** Run a command-line tool that a package in node_modules brings, with this Node. */
export function tool(packageName, binName, args, options = {}) {
  const folder = join(root, 'node_modules', packageName)
  const manifest = join(folder, 'package.json')
  if (!existsSync(manifest)) return Promise.resolve({ code: 1, output: `${packageName} is not installed: run npm ci` })
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'))
  const entry = typeof bin === 'string' ? bin : bin[binName]
  return run(process.execPath, [join(folder, entry), ...args], options)
}

/** Run npm: the one that runs this script, if there is one. */
export function npm(args, options = {}) {
  const path = process.env.npm_execpath
  const settings = { ...options, env: npmCache() }
  if (path && /npm-cli\.c?js$/.test(path)) return run(process.execPath, [path, ...args], settings)
  return run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, settings)
}

/** A user whose npm cache cannot be written (no home, as in some CI systems) gets one inside the repository. */
function npmCache() {
  let folder = process.env.npm_config_cache ?? join(homedir(), '.npm')
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  try {
    accessSync(folder, constants.W_OK)
    return {}
  } catch {
    return { npm_config_cache: join(root, '.worksong', 'npm-cache') }
  }
}

/** Seconds since `start` (performance.now()), for a heading. */
export function seconds(start) {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`
}
