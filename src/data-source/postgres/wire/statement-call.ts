import type { FixedStatement, RowReader, StatementAnswer } from '../../statements/fixed-statement'
import type { BoundValue } from './pg-client'

/** One sending of a fixed statement: what it carries, and whom its answer goes to. */
export class StatementCall<R = unknown> {
  readonly answer: Promise<StatementAnswer<R>>
  /** What the driver, or the server, refused the statement with: the caller gets it as TypeORM's error. */
  refusal: Error | undefined
  rows: R[] = []
  affected: number | undefined
  sentAt = 0
  /** What reading its rows threw: the rest of the answer is still taken in. */
  #unreadable: { readonly error: unknown } | undefined
  #read: RowReader<R> | undefined
  #resolve!: (answer: StatementAnswer<R>) => void
  #reject!: (error: unknown) => void

  constructor(
    readonly statement: FixedStatement<R>,
    /** As they were given, for logs. */
    readonly values: readonly unknown[],
    readonly bound: readonly BoundValue[],
  ) {
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** Forgets what an earlier sending may have answered. */
  begin(read: RowReader<R> | undefined): void {
    this.#read = read
    this.#unreadable = undefined
    this.affected = undefined
    if (this.rows.length > 0) this.rows = []
  }

  reading(read: RowReader<R>): void {
    this.#read = read
  }

  unreadable(error: unknown): void {
    this.#unreadable ??= { error }
  }

  take(cells: readonly unknown[]): void {
    if (this.#unreadable !== undefined) return
    try {
      if (this.#read === undefined) throw new Error('The server sent a row without saying what its columns are.')
      this.rows.push(this.#read(cells))
    } catch (error) {
      this.#unreadable = { error }
    }
  }

  /** The server has answered all of it, and nothing can take that back any more. */
  settle(): void {
    if (this.#unreadable !== undefined) this.#reject(this.#unreadable.error)
    else this.#resolve({ rows: this.rows, affected: this.affected ?? this.rows.length, lastInsertId: undefined })
  }

  /** Somebody else has sent it. */
  settleWith(answer: StatementAnswer<R>): void {
    this.#resolve(answer)
  }

  /** The driver or the server refused it. */
  refuse(refusal: Error): void {
    this.refusal ??= refusal
    this.#reject(refusal)
  }

  /** It was never sent, for a reason of ours. */
  forbid(error: unknown): void {
    this.#reject(error)
  }
}

/** A call, whatever it answers. */
export type AnyCall = Omit<StatementCall, 'answer'>
