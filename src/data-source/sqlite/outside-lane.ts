import { flow } from '../../core/flow'
import type { FixedStatement, StatementAnswer } from '../statements/fixed-statement'
import type { Connection } from './connection'
import { asksForTheWriter } from './control-text'
import type { FixedLane } from './fixed-lane'
import { OutsideStatements } from './outside-statements'
import type { SqlitePool } from './pool'
import { type Prompt, promised } from './prompt'

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

  send<R>(fixed: FixedStatement<R>, values: readonly unknown[]): Promise<StatementAnswer<R>> {
    const { lane, pool, waitTimeoutMs } = this.#parts
    const run = (connection: Connection): Prompt<StatementAnswer<R>> => lane.send(connection, fixed, values)
    const statements = new OutsideStatements(pool, waitTimeoutMs, undefined)
    const steps = this.#isForReaders(fixed)
      ? statements.onReader(fixed.text, run, run)
      : statements.onWriter(fixed.text, fixed.effect === 'read', run)
    return promised(() => flow(steps))
  }

  #isForReaders(fixed: FixedStatement<unknown>): boolean {
    const known = this.#forReaders.get(fixed)
    if (known !== undefined) return known
    const is = fixed.effect === 'read' && !asksForTheWriter(fixed.text)
    this.#forReaders.set(fixed, is)
    return is
  }
}
