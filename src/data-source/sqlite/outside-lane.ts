import { flow } from '../../core/flow'
import type { FixedStatement, StatementAnswer } from '../statements/fixed-statement'
import type { Connection } from './connection'
import { asksForTheWriter } from './control-text'
import type { FixedLane } from './fixed-lane'
import { OutsideStatements } from './outside-statements'
import type { SqlitePool } from './pool'
import type { Prompt } from '../../core/prompt'

interface OutsideLaneParts {
  readonly lane: FixedLane
  readonly waitTimeoutMs: number
  readonly pool: () => SqlitePool
}

/**
 * Fixed statements outside every transaction. A read goes to the reader that all single statements share, and with a
 * synchronous driver is over within the tick: it waits for nobody, and nothing can come in between.
 */
export class OutsideLane {
  readonly #parts: OutsideLaneParts
  readonly #forReaders = new WeakMap<FixedStatement<unknown>, boolean>()

  constructor(parts: OutsideLaneParts) {
    this.#parts = parts
  }

  /** `who`: the method, for errors about waiting. */
  send<R>(fixed: FixedStatement<R>, values: readonly unknown[], who?: string): Prompt<StatementAnswer<R>> {
    const { lane, pool, waitTimeoutMs } = this.#parts
    const run = (connection: Connection): Prompt<StatementAnswer<R>> => lane.send(connection, fixed, values)
    const statements = new OutsideStatements(pool, waitTimeoutMs, undefined, who)
    if (!this.#isForReaders(fixed)) return flow(statements.onWriter(fixed.text, fixed.effect === 'read', run))
    const reader = pool().readers?.shared()
    if (reader === undefined || reader instanceof Promise) return flow(statements.onReader(fixed.text, run, run))
    // What a synchronous driver answers is the end of it; anything else is the first attempt of what may take several.
    let answer: Prompt<StatementAnswer<R>>
    try {
      answer = run(reader)
    } catch (error) {
      const refused = firstly<StatementAnswer<R>>(() => {
        throw error
      }, run)
      return flow(statements.onReader(fixed.text, refused, run))
    }
    if (!(answer instanceof Promise)) return answer
    return flow(
      statements.onReader(
        fixed.text,
        firstly(() => answer, run),
        run,
      ),
    )
  }

  #isForReaders(fixed: FixedStatement<unknown>): boolean {
    const known = this.#forReaders.get(fixed)
    if (known !== undefined) return known
    const is = fixed.effect === 'read' && !asksForTheWriter(fixed.text)
    this.#forReaders.set(fixed, is)
    return is
  }
}

type Run<T> = (connection: Connection) => Prompt<T>

/** Answers what a first attempt has come to, then runs. */
function firstly<T>(first: () => Prompt<T>, run: Run<T>): Run<T> {
  let attempts = 0
  return connection => ((attempts += 1) === 1 ? first() : run(connection))
}
