import type { Class } from '../core/metadata'
import { settingsOf } from './declaration'
import { parsePath, pathsMeet } from './path'

/**
 * Published when `app.refreshConfig()` found other values than before, which are in place by then. It tells keys and no values.
 *
 * @example
 * import { ConfigurationChangedEvent, EventListener, Inject, type Live, live, Service } from 'ambit'
 *
 * @Service()
 * class Pools {
 *   constructor(@Inject(live(PoolSettings)) private readonly settings: Live<PoolSettings>) {}
 *
 *   @EventListener()
 *   async resize(event: ConfigurationChangedEvent): Promise<void> {
 *     if (event.affects(PoolSettings)) await this.pool.resize(this.settings.get().size)
 *   }
 * }
 */
export class ConfigurationChangedEvent {
  /** The first parts of the keys that changed, were added or are gone: `['mail', 'pool']`. */
  readonly prefixes: readonly string[]
  /** The keys themselves: `['mail.host', 'pool.size']`; a list counts whole. */
  readonly keys: readonly string[]

  /** @internal */
  constructor(keys: readonly string[]) {
    this.keys = Object.freeze([...keys])
    this.prefixes = prefixesOf(keys)
    Object.freeze(this)
  }

  /** Whether anything at or below a key changed, or at or below the prefix of a settings class. */
  affects(target: string | Class): boolean {
    const paths = typeof target === 'string' ? [parsePath(target)] : (settingsOf(target)?.prefixes ?? [])
    // Where a whole map came or went, its own key is what changed.
    return this.keys.some(key => paths.some(path => pathsMeet(parsePath(key), path)))
  }
}

/** The first steps of keys, each once. */
export function prefixesOf(keys: readonly string[]): readonly string[] {
  return Object.freeze([...new Set(keys.map(key => String(parsePath(key)[0] ?? '')))])
}
