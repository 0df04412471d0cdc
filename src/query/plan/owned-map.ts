import { BoundedMap } from './bounded-map'

/** Remembers at most so many entries for each owner, and those only as long as somebody holds the owner. */
export class OwnedMap<Owner extends object, V, K = string> {
  readonly #byOwner = new WeakMap<Owner, BoundedMap<V, K>>()
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  /** The value of an owner's key, made when it is not there. */
  of(owner: Owner, key: K, make: () => V): V {
    const known = this.#byOwner.get(owner)
    if (known !== undefined) return known.of(key, make)
    const entries = new BoundedMap<V, K>(this.#limit)
    this.#byOwner.set(owner, entries)
    return entries.of(key, make)
  }
}
