import type { DataSource, QueryRunner } from 'typeorm'
import { concealValues, databaseCode } from '../../driver-error'
import type { FixedStatement, StatementAnswer } from '../../statements/fixed-statement'
import type { PrepareMode } from '../../prepare-mode'
import type { StockRunnerClass } from '../../stock-runner'
import { Batch, type BatchContents, type BatchOutcome } from './batch'
import { MAX_VALUES } from './message-writer'
import { type BoundValue, type PgWireClient, problemOfClient, valueMapperOf } from './pg-client'
import { type QueryFailedClass, queryFailedClass } from './query-failed'
import { preparedOn, type Readers, Session } from './session'
import { type AnyCall, StatementCall } from './statement-call'

/** How fixed statements reach the server: as batches of our own messages, or through TypeORM's `query()`. */
export interface StatementTier {
  readonly tier: 'undecided' | 'wire' | 'runner'
  readonly reason: string
}

interface WireParts {
  readonly dataSource: DataSource
  readonly Stock: StockRunnerClass
  /** The driver's `Query`. */
  readonly Query: unknown
  readonly prepare: PrepareMode
}

/** Sends fixed statements of one data source over pg's own client, and speaks of them as TypeORM would. */
export class Wire {
  readonly #parts: WireParts
  readonly #mapValue: ((value: unknown) => BoundValue) | undefined
  readonly #readers: Readers = new WeakMap()
  readonly #sessions = new WeakMap<object, Session>()
  readonly #loggers = new WeakMap<object, QueryRunner>()
  #tier: StatementTier = { tier: 'undecided', reason: 'no fixed statement has been sent yet' }
  #named: boolean
  #QueryFailed: QueryFailedClass | undefined

  constructor(parts: WireParts) {
    this.#parts = parts
    this.#named = parts.prepare !== 'unnamed'
    this.#mapValue = valueMapperOf(parts.Query)
    if (this.#mapValue === undefined) this.#fallBack("the driver's Query is not pg's")
  }

  get tier(): StatementTier {
    return this.#tier
  }

  /** Whether statements are prepared under names now. */
  get named(): boolean {
    return this.#named
  }

  /** Whether a client takes our batches; looked at, and tried out, with the first one. */
  accepts(client: object): client is PgWireClient {
    return this.#tier.tier === 'wire' && problemOfClient(client) === undefined
  }

  /** Decides the tier with the first connection: a small batch must come back as we know it. */
  async decide(client: object): Promise<void> {
    if (this.#tier.tier !== 'undecided') return
    const problem = problemOfClient(client) ?? (await this.#tryOut(client as PgWireClient))
    if (problem === undefined) this.#tier = { tier: 'wire', reason: "the client is pg's own, and passed the self-test" }
    else this.#fallBack(problem)
  }

  /** Makes a call of a statement, its values bound as pg binds them. It is refused at once where pg cannot. */
  call<R>(statement: FixedStatement<R>, values: readonly unknown[]): StatementCall<R> {
    try {
      if (values.length > MAX_VALUES) throw tooManyValues(values.length)
      return new StatementCall(
        statement,
        values,
        values.map(value => this.#mapValue?.(value) ?? null),
      )
    } catch (error) {
      const call = new StatementCall(statement, values, [])
      call.refuse(error as Error)
      return call
    }
  }

  /** Sends commands and calls in one write; settling the calls is left to whoever sends them. */
  send(client: PgWireClient, contents: BatchContents): Promise<BatchOutcome> {
    return this.#submit(client, this.#session(client), contents)
  }

  #submit(client: PgWireClient, session: Session, contents: BatchContents): Promise<BatchOutcome> {
    const now = this.#measured ? Date.now() : 0
    for (const call of contents.calls) call.sentAt = now
    return new Promise(resolve => {
      client.query(new Batch(session, contents, resolve))
    })
  }

  /** Tells TypeORM's logger, before a call is sent. */
  log(call: AnyCall, runner: QueryRunner): void {
    this.#logger.logQuery(call.statement.text, call.values as unknown[], runner)
  }

  /** What the caller of a statement gets: its answer, or TypeORM's error. */
  async answer<R>(call: StatementCall<R>, runner: () => QueryRunner | undefined): Promise<StatementAnswer<R>> {
    const { statement, values } = call
    try {
      const answer = await call.answer
      const limit = this.#measured
      if (limit && Date.now() - call.sentAt > limit) {
        this.#logger.logQuerySlow(Date.now() - call.sentAt, statement.text, values as unknown[], runner())
      }
      return answer
    } catch (error) {
      if (call.refusal === undefined) throw error
      this.#logger.logQueryError(call.refusal, statement.text, values as unknown[], runner())
      throw await this.#failure(call.refusal, statement.text, values)
    }
  }

  /** The runner that TypeORM's logger is shown for statements on a connection that no runner of its own has. */
  runnerOf(client: object): QueryRunner {
    let runner = this.#loggers.get(client)
    if (runner === undefined) {
      runner = new this.#parts.Stock(this.#parts.dataSource.driver, 'master')
      Object.assign(runner, { databaseConnection: client })
      // Without a listener the end of an idle moment's connection would be the end of the process.
      ;(client as NodeJS.EventEmitter).on('error', () => undefined)
      this.#loggers.set(client, runner)
    }
    return runner
  }

  /**
   * Whether a statement was refused because the connection does not have it as we believed, and nothing else: the same
   * statement may be sent again, and will be prepared anew.
   */
  isStale(client: object, error: Error): boolean {
    const reason = staleness(error)
    if (reason === undefined || !this.#named) return false
    preparedOn(client).doubt()
    if (reason === 'pooler' && this.#parts.prepare === 'auto') this.#named = false
    return true
  }

  /** Something on the connection has dropped its prepared statements, or may have. */
  doubt(client: object): void {
    preparedOn(client).doubt()
  }

  #session(client: PgWireClient): Session {
    const known = this.#sessions.get(client)
    if (known !== undefined && (known.prepared !== undefined) === this.#named) return known
    const session = new Session(client, this.#named ? preparedOn(client) : undefined, this.#readers)
    this.#sessions.set(client, session)
    return session
  }

  /** `undefined` when it went well; a lost connection says nothing about the client. */
  async #tryOut(client: PgWireClient): Promise<string | undefined> {
    const call = this.call(SELF_TEST, ['ä', 7, null])
    // Unnamed: behind a pooler others may have named theirs so.
    const session = new Session(client, undefined, this.#readers)
    const contents = { before: [], calls: [call], behind: 'SELECT 1 AS ambit_self_test' }
    const { error, tag, completed } = await this.#submit(client, session, contents)
    if (error !== undefined && databaseCode(error) === undefined) throw error
    if (error !== undefined) return `its self-test failed (${error.message})`
    const right = completed === 2 && tag === 'SELECT 1' && JSON.stringify(call.rows) === SELF_TEST_ROWS
    return right ? undefined : 'its self-test came back otherwise than expected'
  }

  async #failure(error: Error, text: string, values: readonly unknown[]): Promise<Error> {
    const QueryFailed = (this.#QueryFailed ??= await queryFailedClass(this.#parts.Stock))
    return concealValues(QueryFailed === undefined ? error : new QueryFailed(text, [...values], error))
  }

  #fallBack(reason: string): void {
    this.#tier = { tier: 'runner', reason }
  }

  get #logger(): DataSource['logger'] {
    return this.#parts.dataSource.logger
  }

  /** TypeORM's `maxQueryExecutionTime`, in milliseconds. */
  get #measured(): number | undefined {
    return this.#parts.dataSource.options.maxQueryExecutionTime
  }
}

/** `pooler`: the statement is missing, or is there although we have not made it. `changed`: its columns have changed. */
function staleness(error: Error): 'pooler' | 'changed' | undefined {
  const code = databaseCode(error)
  if (code === '26000' || code === '42P05') return 'pooler'
  // The code alone says "not supported"; the text is in the server's language.
  if (code === '0A000' && (error as { routine?: unknown }).routine === 'RevalidateCachedQuery') return 'changed'
  return undefined
}

function tooManyValues(count: number): Error {
  return new RangeError(`PostgreSQL takes at most ${MAX_VALUES} values in one statement; this one has ${count}.`)
}

const SELF_TEST: FixedStatement<readonly unknown[]> = {
  text: 'SELECT $1::text AS ambit_self_test, $2::int4 AS b, $3::text AS c',
  effect: 'read',
  columns: ['ambit_self_test', 'b', 'c'],
  reader: () => cells => [...cells],
}
const SELF_TEST_ROWS = JSON.stringify([['ä', '7', null]])
