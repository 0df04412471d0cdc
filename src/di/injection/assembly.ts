import type { Lazy } from './lazy'

/** Makes what a component is passed of the instances, or handles, of its parts. */
export type Assembly = (parts: readonly unknown[]) => unknown

/** Makes a list of the parts, or a map where there are keys; of handles it makes one handle on the whole. */
export function assemble(keys: readonly unknown[] | undefined, lazy: boolean): Assembly {
  const whole: Assembly = keys === undefined ? list : parts => frozenMap(keys, parts)
  // The parts of a lazy collection are handles, made for this very dependency.
  return lazy ? handles => handle(handles as readonly Lazy<unknown>[], whole) : whole
}

function list(parts: readonly unknown[]): readonly unknown[] {
  return Object.freeze([...parts])
}

function frozenMap(keys: readonly unknown[], parts: readonly unknown[]): ReadonlyMap<unknown, unknown> {
  return new FixedMap(parts.map((part, at) => [keys[at], part] as const))
}

function handle(handles: readonly Lazy<unknown>[], whole: Assembly): Lazy<unknown> {
  return Object.freeze({
    get: () => whole(handles.map(each => each.get())),
    resolve: async () => {
      const parts: unknown[] = []
      for (const each of handles) parts.push(await each.resolve())
      return whole(parts)
    },
  })
}

/** Consumers share their components, so none may take one from another's sight by accident. */
class FixedMap<K, V> extends Map<K, V> {
  readonly #isFilled: boolean

  constructor(entries: Iterable<readonly [K, V]>) {
    super(entries)
    this.#isFilled = true
  }

  override set(key: K, value: V): this {
    // The base class fills itself through this method, before there is a field.
    if (#isFilled in this) throw fixed()
    return super.set(key, value)
  }

  override delete(): boolean {
    throw fixed()
  }

  override clear(): void {
    throw fixed()
  }
}

function fixed(): TypeError {
  return new TypeError('a map of components cannot be changed')
}
