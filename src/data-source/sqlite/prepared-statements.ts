import type { FixedStatement } from '../statements/fixed-statement'

/** Makes what a caller wants of a row in the form that the driver gives it. */
export type ReadRow<R> = (row: unknown) => R

/** A fixed statement as one connection has prepared it. */
export class Prepared<Statement> {
  #reads: FixedStatement<unknown> | undefined
  #reader: ReadRow<unknown> | undefined

  constructor(readonly statement: Statement) {}

  /** What reads the rows of a fixed statement; made anew only where another one has the same text. */
  reader<R>(fixed: FixedStatement<R>, make: () => ReadRow<R>): ReadRow<R> {
    if (this.#reads !== fixed) {
      this.#reader = make()
      this.#reads = fixed
    }
    // Kept for this very statement.
    return this.#reader as ReadRow<R>
  }
}

/** The statements that one connection has prepared, by their text; where there are too many, the oldest gives way. */
export class PreparedStatements<Statement> {
  readonly #drop: (statement: Statement) => void
  readonly #byText = new Map<string, Prepared<Statement>>()

  constructor(drop: (statement: Statement) => void) {
    this.#drop = drop
  }

  get(text: string): Prepared<Statement> | undefined {
    return this.#byText.get(text)
  }

  add(text: string, statement: Statement): Prepared<Statement> {
    const prepared = new Prepared<Statement>(statement)
    this.#byText.set(text, prepared)
    if (this.#byText.size > LIMIT) this.#dropOldest()
    return prepared
  }

  remove(text: string): void {
    const prepared = this.#byText.get(text)
    if (prepared === undefined) return
    this.#byText.delete(text)
    this.#drop(prepared.statement)
  }

  clear(): void {
    for (const text of [...this.#byText.keys()]) this.remove(text)
  }

  #dropOldest(): void {
    const [oldest] = this.#byText.keys()
    if (oldest !== undefined) this.remove(oldest)
  }
}

const LIMIT = 500
