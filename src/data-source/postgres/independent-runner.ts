import type { QueryRunner, ReplicationMode } from 'typeorm'
import type { StockRunnerClass } from '../stock-runner'
import type { ReleasingRunner } from './inner-runner'
import { type SessionClient, SessionTraces } from './session-traces'
import type { UnderWay } from './under-way'

export type IndependentRunnerClass = new (mode: ReplicationMode) => QueryRunner

interface IndependentParts {
  readonly driver: unknown
  /** Is told of each statement. */
  readonly underWay: UnderWay
  /** Is told of a client whose prepared statements may have been dropped. */
  readonly doubt: (client: object) => void
}

/** TypeORM's own state of a runner, as far as we look at it. */
interface ConnectedRunner extends ReleasingRunner {
  readonly databaseConnection?: SessionClient
}

/**
 * TypeORM's own runner for work outside every scope. A transaction that is open on it at its release would be the next
 * user's, who would commit the work of a stranger, or lose his own: its connection is destroyed, and the server rolls back.
 * So is one whose session a statement has changed. What is sent on the raw client of `connect()` is not seen.
 */
export function independentRunnerClass(
  Stock: StockRunnerClass,
  { driver, underWay, doubt }: IndependentParts,
): IndependentRunnerClass {
  const Base: new (...args: ConstructorParameters<StockRunnerClass>) => QueryRunner & ConnectedRunner = Stock
  return class extends Base {
    readonly #traces = new SessionTraces()

    constructor(mode: ReplicationMode) {
      super(driver, mode)
    }

    override query(text: string, parameters?: unknown[], useStructuredResult = false): Promise<never> {
      this.#traces.note(text)
      const giveUp = (): void => {
        // One that came after the release would never be given back.
        if (this.databaseConnection) void this.#destroy()
      }
      underWay.add(giveUp)
      const over = (): void => underWay.remove(giveUp)
      const answer = super.query(text, parameters, useStructuredResult as true) as Promise<never>
      answer.then(over, over)
      return answer
    }

    override stream(text: string, ...rest: Rest<QueryRunner['stream']>): ReturnType<QueryRunner['stream']> {
      this.#traces.note(text)
      return super.stream(text, ...rest)
    }

    override release(): Promise<void> {
      const { databaseConnection: client } = this
      if (client === undefined) return super.release()
      if (this.#traces.dropsPrepared) doubt(client)
      return this.isTransactionActive || this.#traces.areLeftOn(client) ? this.#destroy() : super.release()
    }

    #destroy(): Promise<void> {
      return super.releasePostgresConnection?.(new Error('not to be reused')) ?? super.release()
    }
  }
}

type Rest<F> = F extends (first: string, ...rest: infer R) => unknown ? R : never
