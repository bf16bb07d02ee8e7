/** A real engine of which a test does some calls itself, its own way. */
import type { Engine } from '#dist/engine/index.js'

/** The same engine, but for the calls in `own`. */
export function withOwn(engine: Engine, own: Partial<Engine>): Engine {
  return new Proxy(engine, {
    get(target, name) {
      const value = Reflect.get(Object.hasOwn(own, name) ? own : target, name) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
