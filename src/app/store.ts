/** From a store URL to an engine. The engine's module is loaded only when it is asked for. */
import { WorksongError } from '../core/index.js'
import type { Engine } from '../engine/index.js'

/** 'sqlite:worksong.db', 'sqlite::memory:', 'postgres://user@host/db', or what `sqlite()` and `postgres()` made. */
export type StoreOption = string | Engine

/** @throws WorksongError `WS_INVALID_OPTION` for what is neither a known URL nor an engine */
export async function openStore(store: StoreOption): Promise<Engine> {
  if (typeof store !== 'string') return store
  if (store.startsWith('sqlite:')) {
    const { sqlite } = await import('../engines/sqlite/index.js')
    return sqlite({ path: store.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '') })
  }
  const { postgres } = await import('../engines/postgres/index.js')
  return postgres({ url: store })
}

/** Whether the app makes its engine itself, and so may let go of it. */
export function isOwn(store: StoreOption): store is string {
  return typeof store === 'string'
}

/** Whether other processes can use the same store. */
export function isShared(store: StoreOption): boolean {
  return typeof store === 'string' ? !store.endsWith('::memory:') : store.capabilities.shared
}

/** Refuse at construction what could not be opened later. */
export function checkStore(store: unknown): StoreOption {
  const fix = "Use 'sqlite:FILE', 'sqlite::memory:', 'postgres://user@host/database', or sqlite({…}) / postgres({…})."
  if (typeof store === 'string') {
    if (/^(sqlite:.+|postgres(ql)?:\/\/.+)/.test(store)) return store
    const shown = withoutSecrets(store).slice(0, 60)
    throw new WorksongError('WS_INVALID_OPTION', `store is not a URL that Worksong knows: '${shown}'`, { fix, field: 'store' })
  }
  if (typeof store === 'object' && store !== null && typeof (store as Engine).claim === 'function') return store as Engine
  throw new WorksongError('WS_INVALID_OPTION', 'store is missing', { fix, field: 'store' })
}

/** A URL fit to be shown. A password may hold anything, so everything up to the last @ goes. */
function withoutSecrets(url: string): string {
  return url.replace(/:\/\/.*@/s, '://…@').replace(/\?.*/s, '')
}
