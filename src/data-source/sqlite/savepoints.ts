interface Savepoint {
  readonly name: string
  /** Whether anything had been written when it was set: rolling back to it makes that true again. */
  readonly wroteBefore: boolean
  /** Whether it refuses writes until it ends. */
  readonly readOnly: boolean
}

/** The open savepoints of a transaction, outermost first. */
export class Savepoints {
  readonly #open: Savepoint[] = []

  get names(): readonly string[] {
    return this.#open.map(({ name }) => name)
  }

  /** Whether one of them refuses writes. */
  get readOnly(): boolean {
    return this.#open.some(({ readOnly }) => readOnly)
  }

  set(name: string, wroteBefore: boolean, readOnly = false): void {
    this.#open.push({ name, wroteBefore, readOnly })
  }

  /** Forgets those set after it. Returns whether anything had been written before it, `undefined` for an unknown name. */
  rollbackTo(name: string): boolean | undefined {
    const index = this.#last(name)
    if (index < 0) return undefined
    this.#open.splice(index + 1)
    return this.#open[index]?.wroteBefore
  }

  /** Forgets it and those set after it. */
  release(name: string): void {
    const index = this.#last(name)
    if (index >= 0) this.#open.splice(index)
  }

  #last(name: string): number {
    return this.#open.findLastIndex(savepoint => savepoint.name === name)
  }
}
