import { FakeDatabaseError } from './fake-database'

interface Savepoint {
  readonly name: string
  /** What the transaction had stored when it was set. */
  readonly rows: readonly string[]
  readonly readOnly: boolean
}

/** The savepoints of a fake transaction, outermost first. A name may be used again: the latest is meant. */
export class FakeSavepoints {
  #open: readonly Savepoint[] = []

  /** Whether one of them refuses writes. */
  get readOnly(): boolean {
    return this.#open.some(({ readOnly }) => readOnly)
  }

  set(savepoint: Savepoint): void {
    this.#open = [...this.#open, savepoint]
  }

  /** Forgets those behind it; answers what had been stored. */
  rollbackTo(name: string): readonly string[] {
    const at = this.#indexOf(name)
    this.#open = this.#open.slice(0, at + 1)
    return this.#open[at]?.rows ?? []
  }

  release(name: string): void {
    this.#open = this.#open.slice(0, this.#indexOf(name))
  }

  #indexOf(name: string): number {
    const at = this.#open.findLastIndex(savepoint => savepoint.name === name)
    if (at < 0) throw new FakeDatabaseError('3B001', `no savepoint ${name}`)
    return at
  }
}
