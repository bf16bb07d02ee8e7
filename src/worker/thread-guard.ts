/**
 * What a job's module does when it is loaded in a thread. It must not start an app: that one would run jobs in threads, which load the
 * module, which starts an app, and so on without end. Knows only loading: what handlers do is their own affair.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { WorksongError } from '../core/index.js'

interface Loading {
  readonly module: string
  refused(error: WorksongError): void
}

/** Global, since the module may have loaded another copy of this package than the thread has. */
const KEY = Symbol.for('worksong.loading')
const place = globalThis as { [KEY]?: AsyncLocalStorage<Loading> }

/**
 * Load a module, and refuse the apps that it starts: at once, or later in what it then set going.
 * @param refused told of the refusal, which the module may well swallow
 */
export function loadGuarded<T>(module: string, load: () => Promise<T>, refused: (error: WorksongError) => void): Promise<T> {
  place[KEY] ??= new AsyncLocalStorage()
  return place[KEY].run({ module, refused }, load)
}

/** Called before an app opens its store. @throws WorksongError `WS_IN_THREAD` where a thread's load of a module has led here */
export function refuseWhileLoading(): void {
  const loading = place[KEY]?.getStore()
  if (!loading) return
  const error = new WorksongError('WS_IN_THREAD', `The module ${loading.module} starts an app while it is loaded in a thread`, {
    fix: 'Put the job into a file of its own that starts nothing, and give the URL of that file as its `module`.',
    field: 'module',
  })
  loading.refused(error)
  throw error
}
