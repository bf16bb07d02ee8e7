/**
 * The URL of a Postgres store, judged before any part of it is shown or looked up. A password that is not percent-encoded ends up as a
 * part of the host, the port, the database or the parameters: a URL that may be such a one is refused, and nothing of it repeated.
 */
import { WorksongError } from '../../core/index.js'

export interface StoreUrl {
  /** For the driver. */
  readonly text: string
  /** What `?schema=name` says, which is ours. */
  readonly schema: string | undefined
  /** Without password and parameters, for words. */
  readonly place: string
}

interface Parsed {
  readonly url: URL
  /** The URL has a user and no host, which only the driver reads: a host of its own stands in. */
  readonly hostless: boolean
}

export const ENCODE = 'Percent-encode special characters in user and password: % is %25, / is %2F, ? is %3F, @ is %40, # is %23.'
const FORM = "Give 'postgres://user:password@host:5432/database'."
const STAND_IN = '@stand-in.invalid/'

const SCHEME = /^(postgres(ql)?:\/\/|socket:)/i
/** A name or an address, maybe in another alphabet; or the folder of a Unix socket. */
const HOST = /^([\w.~-]|%[89a-f][\da-f])*$|^\[[\da-f:.]+\]$|^%2f(?!.*%40)/i

/** @throws WorksongError `WS_INVALID_OPTION` */
export function readUrl(given: string, field: string): StoreUrl {
  if (given.startsWith('/')) return socketFolder(given, field)
  if (!SCHEME.test(given)) throw refusal(field, 'is not a URL of Postgres', FORM)
  // What is no escape stands for itself. The driver would take all escapes of such a URL, or of one with spaces, for plain text.
  const text = given.replace(/%(?![\da-f]{2})/gi, '%25').replaceAll(' ', '%20')
  const { url, hostless } = parse(text, field)
  const problem = doubt(url)
  if (problem) throw refusal(field, problem, ENCODE)
  const user = url.username ? `${url.username}@` : ''
  const place = `${url.protocol}//${user}${hostless ? '' : url.host}${url.pathname}`
  if (!url.searchParams.has('schema')) return { text, schema: undefined, place }
  const schema = url.searchParams.get('schema') as string
  url.searchParams.delete('schema')
  return { text: hostless ? url.href.replace(STAND_IN, '@/') : url.href, schema, place }
}

/** The driver's other form: '/var/run/postgresql database'. */
function socketFolder(given: string, field: string): StoreUrl {
  if (/[@=]/.test(given)) throw refusal(field, 'is neither the folder of a socket nor a URL of Postgres', FORM)
  return { text: given, schema: undefined, place: 'the given socket' }
}

function parse(text: string, field: string): Parsed {
  if (URL.canParse(text)) return { url: new URL(text), hostless: false }
  const other = text.replace('@/', STAND_IN)
  if (URL.canParse(other)) return { url: new URL(other), hostless: true }
  throw refusal(field, 'cannot be read as a URL', `${ENCODE} The port is a number.`)
}

/** Why the parts may not be what was meant. */
function doubt({ protocol, username, password, hostname, pathname, search, hash }: URL): string | undefined {
  if (`${pathname}${search}${hash}`.includes('@')) return 'has an @ behind its host, so its password was cut'
  if (hash !== '') return 'has a #, so its password may have been cut'
  if (!HOST.test(hostname)) return 'has a host that is no name of a host, so its password may have been cut'
  // Instances of Google's cloud have colons in the name of their socket.
  if ((protocol === 'socket:' ? /=/ : /[=:]/).test(pathname)) return 'has a database with : or = in its name'
  const plain = decoded(`${username}\n${password}\n${hostname}`)
  if (plain === undefined || decoded(pathname) === undefined) return 'has an escape (% and two digits) that is no character'
  return plain.split('\n', 1)[0]?.includes(':') ? 'has a user with a : in its name' : undefined
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function refusal(field: string, problem: string, fix: string): WorksongError {
  const what = field === 'url' ? 'The store URL' : `The URL of ${field}`
  return new WorksongError('WS_INVALID_OPTION', `${what} ${problem}`, { fix, field })
}
