/** What is said of an app's file that could not be loaded: what Node said, and what to do about it. */
import { extname, relative } from 'node:path'
import { isWorksongError, problemOf, WorksongError } from '../app/index.js'

/** What Node says of `import`, `export`, `import.meta` and `await` where it reads a file as CommonJS. */
const NOT_A_MODULE = /outside a module$|^Unexpected token 'export'$|top level bodies of modules$/

export function brokenApp(file: string, cause: unknown): WorksongError {
  const name = relative(process.cwd(), file)
  const { code, message } = (cause ?? {}) as { code?: string; message?: string }
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.[mc]?ts\b/.test(message ?? '')) return typeScript(name)
  if (isWorksongError(cause)) {
    const { fix } = cause
    return new WorksongError('WS_APP_BROKEN', `${name}: ${problemOf(cause)}`, {
      cause,
      ...(fix ? { fix } : {}),
    })
  }
  const lacking = code === 'ERR_MODULE_NOT_FOUND' ? /^Cannot find package '((?:@[^/']+\/)?[^/']+)/.exec(message ?? '')?.[1] : undefined
  const text = cause instanceof Error ? `${cause.name}: ${cause.message.split('\n')[0]}` : String(cause)
  const problem = `${name} could not be loaded: ${text}`
  // Its stack would only say the same again: it names the file that asks for the package in its message.
  if (lacking !== undefined)
    return new WorksongError('WS_APP_BROKEN', problem, { fix: `Install it where the app is: npm install ${lacking}` })
  const fix = cause instanceof SyntaxError ? { fix: syntaxFix(name, cause) } : {}
  return new WorksongError('WS_APP_BROKEN', problem, { cause, ...fix })
}

function typeScript(name: string): WorksongError {
  const what = `${name} is TypeScript or imports it, which this Node (${process.version}) does not run by itself`
  const fix =
    "Use Node 22.18 or newer, or 'npm install tsx' and set NODE_OPTIONS='--import tsx'," + ' or compile it and name the result with --app.'
  return new WorksongError('WS_APP_BROKEN', what, { fix })
}

function syntaxFix(name: string, error: SyntaxError): string {
  // Node keeps the place of a syntax error to itself until it prints it.
  if (!NOT_A_MODULE.test(error.message)) return `Run 'node ${name}' to see where.`
  // Of CommonJS it tells it, in the first line of the stack: the file may be one that the app's file imports.
  const place = /^(\/.*|[A-Za-z]:\\.*):\d+$/m.exec(error.stack?.split('\n')[0] ?? '')?.[1]
  const culprit = place === undefined ? name : relative(process.cwd(), place)
  // Of an installed package, nobody here can rename anything.
  if (culprit.includes('node_modules')) return `Run 'node ${name}' to see where.`
  const extension = extname(culprit)
  const renamed = `${culprit.slice(0, culprit.length - extension.length)}${extension.endsWith('ts') ? '.mts' : '.mjs'}`
  const rename = `rename it to ${renamed}`
  // A .cjs or .cts is CommonJS whatever package.json says.
  const how = /^\.c/.test(extension) ? rename : `${rename}, or set "type": "module" in package.json`
  return `Node reads ${culprit} as CommonJS, where import and export do not work: ${how}.`
}
