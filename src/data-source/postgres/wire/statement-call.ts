import type { FixedStatement, RowReader, StatementAnswer } from '../../statements/fixed-statement'
import type { BoundValue } from './pg-client'

/** The server's end of a statement whose rows are fetched a portion at a time; it lives as long as its transaction. */
export interface Portal {
  readonly name: string
  /** The most rows of a portion. */
  readonly rows: number
  /** Whether the server has it. */
  open: boolean
  /** Whether it has no more rows. */
  exhausted: boolean
  /** Types of its columns by oid, once the server has told them. */
  types: readonly number[] | undefined
}

/** One sending of a fixed statement: what it carries, and whom its answer goes to. */
export class StatementCall<R = unknown> {
  answer: Promise<StatementAnswer<R>>
  /** What the driver, or the server, refused the statement with: told to logs, and to the caller as TypeORM's error. */
  refusal: Error | undefined
  rows: R[] = []
  affected: number | undefined
  /** 0 where nobody measures, and where TypeORM's runner sends it, which measures for itself. */
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
    /** Set where only the next portion of the rows is wanted. */
    readonly portal?: Portal,
  ) {
    this.answer = this.#await()
  }

  /** Whether there is anything to be read in its answer. */
  get answersRows(): boolean {
    return this.statement.columns.length > 0
  }

  /** Forgets what an earlier sending may have answered. */
  begin(): void {
    this.#read = this.answersRows ? undefined : this.statement.reader([])
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

  /** The driver or the server refused it; with a `failure` that says more than TypeORM's error, the caller gets that. */
  refuse(refusal: Error, failure: unknown = refusal): void {
    this.refusal ??= refusal
    this.#reject(failure)
  }

  /**
   * It is not settled yet, but there is something to do for that: `resume` runs where its answer is awaited, in the context
   * of its caller, which the driver's code does not have.
   */
  interrupt(resume: () => void): void {
    const reject = this.#reject
    this.answer = this.#await()
    // Whoever awaited the first promise goes on to this one.
    this.answer.catch(() => undefined)
    reject(new Interruption(resume))
  }

  /** It was never sent, for a reason of ours. */
  forbid(error: unknown): void {
    this.#reject(error)
  }

  #await(): Promise<StatementAnswer<R>> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }
}

/** In place of an answer: the call is not settled. */
export class Interruption {
  constructor(readonly resume: () => void) {}
}

/** A call, whatever it answers. */
export type AnyCall = Omit<StatementCall, 'answer'>
