import type { DataSource } from 'typeorm'
import { concealValues } from '../driver-error'
import type { QueryFailedClass } from '../query-failed'
import type { FixedStatement, StatementAnswer } from '../statements/fixed-statement'
import type { BoundRunners } from './bound-runner'
import type { Connection } from './connection'
import type { Prompt } from '../../core/prompt'
import type { RawAnswer } from './raw-connection'

/** A statement that is read step by step. */
export interface Stepping<R> {
  take(count: number): R[]
  stop(): void
}

/** A statement under way. */
interface Sending {
  readonly connection: Connection
  readonly text: string
  readonly values: unknown[]
  /** The clock before it was sent, where slow statements are of interest. */
  readonly started: number
}

/**
 * Sends fixed statements past TypeORM's runner, prepared once per connection, and does what the runner does around a
 * statement: log, slow log, and the error's class. It tells no subscribers: where they listen, the runner is the way.
 */
export class FixedLane {
  readonly #dataSource: DataSource
  readonly #runners: BoundRunners
  readonly #Failure: QueryFailedClass
  readonly #slowMs: number | undefined

  constructor(dataSource: DataSource, runners: BoundRunners, Failure: QueryFailedClass) {
    this.#dataSource = dataSource
    this.#runners = runners
    this.#Failure = Failure
    const { maxQueryExecutionTime: slowMs } = dataSource.options
    // As TypeORM's runners: 0 is off.
    this.#slowMs = slowMs === 0 ? undefined : slowMs
  }

  send<R>(connection: Connection, fixed: FixedStatement<R>, given: readonly unknown[]): Prompt<StatementAnswer<R>> {
    const { raw } = connection
    const values = raw.bound(given) as unknown[]
    this.#dataSource.logger.logQuery(fixed.text, values, this.#runners.of(connection))
    const sending = { connection, text: fixed.text, values, started: this.#slowMs === undefined ? 0 : Date.now() }
    let answer: Prompt<RawAnswer<R>>
    try {
      answer = raw.send(fixed, values)
    } catch (error) {
      throw this.#failure(sending, error as Error)
    }
    if (answer instanceof Promise) return this.#later(sending, answer)
    if (this.#slowMs !== undefined) this.#noteSlow(sending, this.#slowMs)
    return read(answer)
  }

  /** As {@link send}, for rows that are taken as they are asked for: `steps` takes some. Told to the log once. */
  iterate<R>(connection: Connection, fixed: FixedStatement<R>, given: readonly unknown[]): Stepping<R> | undefined {
    const { raw } = connection
    const values = raw.bound(given) as unknown[]
    const rows = raw.iterate?.(fixed, values)
    if (rows === undefined) return undefined
    this.#dataSource.logger.logQuery(fixed.text, values, this.#runners.of(connection))
    return {
      take: count => {
        try {
          return taken(rows, count)
        } catch (error) {
          throw this.#failure({ connection, text: fixed.text, values, started: 0 }, error as Error)
        }
      },
      stop: () => void rows.return?.(),
    }
  }

  async #later<R>(sending: Sending, answer: Promise<RawAnswer<R>>): Promise<StatementAnswer<R>> {
    const found = await answer.catch((error: unknown) => {
      throw this.#failure(sending, error as Error)
    })
    if (this.#slowMs !== undefined) this.#noteSlow(sending, this.#slowMs)
    return read(found)
  }

  #noteSlow({ connection, text, values, started }: Sending, slowMs: number): void {
    const took = Date.now() - started
    if (took > slowMs) this.#dataSource.logger.logQuerySlow(took, text, values, this.#runners.of(connection))
  }

  #failure({ connection, text, values }: Sending, cause: Error): Error {
    this.#dataSource.logger.logQueryError(cause, text, values, this.#runners.of(connection))
    return concealValues(new this.#Failure(text, values, cause))
  }
}

function taken<R>(rows: Iterator<R>, count: number): R[] {
  const found: R[] = []
  for (let step = rows.next(); step.done !== true; step = rows.next()) {
    if (found.push(step.value) === count) break
  }
  return found
}

/**
 * A row that cannot be read is no refusal of the database, and must not be taken for one: its error is thrown at whoever
 * asks for the rows.
 */
function read<R>({ found, affected, lastInsertId, read: row }: RawAnswer<R>): StatementAnswer<R> {
  try {
    return { rows: found.map(cells => row(cells)), affected, lastInsertId }
  } catch (error) {
    return {
      affected,
      lastInsertId,
      get rows(): never {
        throw error
      },
    }
  }
}
