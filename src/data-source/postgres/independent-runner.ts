import type { QueryRunner, ReplicationMode } from 'typeorm'
import { endsTransaction } from '../control-text'
import type { StockRunnerClass } from '../stock-runner'
import type { ReleasingRunner } from './inner-runner'
import { changesSession } from './session-change'
import type { UnderWay } from './under-way'

export type IndependentRunnerClass = new (mode: ReplicationMode) => QueryRunner

interface IndependentParts {
  readonly driver: unknown
  /** Is told of each statement. */
  readonly underWay: UnderWay
}

/** TypeORM's own state of a runner, and a pg client, as far as we look at them. */
interface ConnectedRunner extends ReleasingRunner {
  readonly databaseConnection?: IndependentClient
}

interface IndependentClient {
  /** `false` while an answer is under way. */
  readonly readyForQuery?: boolean
  /** The server's word, as of its last answer: 'I' outside transactions; pg tells it from 8.21 on. */
  getTransactionStatus?(): string | null
}

/**
 * TypeORM's own runner for work outside every scope. A transaction that is open on it at its release would be the next
 * user's, who would commit the work of a stranger, or lose his own: its connection is destroyed, and the server rolls back.
 * So is one whose session a statement has changed. What is sent on the raw client of `connect()` is not seen.
 */
export function independentRunnerClass(
  Stock: StockRunnerClass,
  { driver, underWay }: IndependentParts,
): IndependentRunnerClass {
  const Base: new (...args: ConstructorParameters<StockRunnerClass>) => QueryRunner & ConnectedRunner = Stock
  return class extends Base {
    /** Whether the last transaction control that was sent as text leaves one open, as far as the text tells. */
    #begun = false
    #changed = false

    constructor(mode: ReplicationMode) {
      super(driver, mode)
    }

    override query(text: string, parameters?: unknown[], useStructuredResult = false): Promise<never> {
      this.#observe(text)
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
      this.#observe(text)
      return super.stream(text, ...rest)
    }

    override release(): Promise<void> {
      const { databaseConnection: client } = this
      const unfit = client !== undefined && (this.#changed || this.isTransactionActive || this.#isOpen(client))
      return unfit ? this.#destroy() : super.release()
    }

    #destroy(): Promise<void> {
      return super.releasePostgresConnection?.(new Error('not to be reused')) ?? super.release()
    }

    #observe(text: string): void {
      if (endsTransaction(text)) this.#begun = !LONE_END.test(text)
      if (changesSession(text)) this.#changed = true
    }

    #isOpen(client: IndependentClient): boolean {
      const status = client.getTransactionStatus?.() ?? undefined
      if (status === undefined) return this.#begun
      // What was answered with an error is told before the server's word of the transaction comes.
      return status !== 'I' || (this.#begun && client.readyForQuery === false)
    }
  }
}

type Rest<F> = F extends (first: string, ...rest: infer R) => unknown ? R : never

const LONE_END = /^\s*(?:commit|end|rollback|abort)\s*;?\s*$/i
