/** Remembers at most so many entries; the oldest goes first. */
export class BoundedMap<V, K = string> {
  readonly #entries = new Map<K, V>()
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#entries.size
  }

  /** The value of a key, made when it is not there. */
  of(key: K, make: () => V): V {
    const known = this.#entries.get(key)
    if (known !== undefined) return known
    const made = make()
    const [oldest] = this.#entries.keys()
    if (this.#entries.size >= this.#limit && oldest !== undefined) this.#entries.delete(oldest)
    this.#entries.set(key, made)
    return made
  }
}
