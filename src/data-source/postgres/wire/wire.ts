import type { DataSource, QueryRunner } from 'typeorm'
import { concealValues, databaseCode } from '../../driver-error'
import { type QueryFailedClass, queryFailedClass } from '../../query-failed'
import type { FixedStatement, StatementAnswer } from '../../statements/fixed-statement'
import type { PrepareMode } from '../../prepare-mode'
import type { StockRunnerClass } from '../../stock-runner'
import { isServerAnswer } from '../sqlstate'
import type { BatchContents, BatchOutcome } from './batch'
import { MAX_VALUES } from './message-writer'
import { type BoundValue, type PgWireClient, valueMapperOf } from './pg-client'
import type { Sender } from './sender'
import { preparedOn, type Readers, Session } from './session'
import { type AnyCall, Interruption, type Portal, StatementCall } from './statement-call'

/**
 * How fixed statements reach the server: as batches of our own messages, as queries of pg's own whose rows we read, or
 * through TypeORM's `query()`.
 */
export interface StatementTier {
  readonly tier: 'undecided' | Sender['tier'] | 'runner'
  readonly reason: string
}

interface WireParts {
  readonly dataSource: DataSource
  readonly Stock: StockRunnerClass
  /** The driver's `Query`. */
  readonly Query: unknown
  /** The best first; what none of them can serve is left to TypeORM's runner. */
  readonly senders: readonly Sender[]
  readonly prepare: PrepareMode
}

/** Sends fixed statements of one data source over pg's own client, and speaks of them as TypeORM would. */
export class Wire {
  readonly #parts: WireParts
  readonly #mapValue: ((value: unknown) => BoundValue) | undefined
  readonly #readers: Readers = new WeakMap()
  readonly #sessions = new WeakMap<object, Session>()
  readonly #loggers = new WeakMap<object, QueryRunner>()
  #sender: Sender | undefined
  #tier: StatementTier = { tier: 'undecided', reason: 'no fixed statement has been sent yet' }
  #named: boolean
  #QueryFailed: QueryFailedClass | undefined

  constructor(parts: WireParts) {
    this.#parts = parts
    this.#named = parts.prepare !== 'unnamed'
    this.#mapValue = valueMapperOf(parts.Query)
    if (this.#mapValue === undefined) this.#settle(undefined, "the driver's Query is not pg's")
  }

  get tier(): StatementTier {
    return this.#tier
  }

  /** What pg makes of a value; `undefined` where the driver is not pg as we know it. */
  get boundForm(): ((value: unknown) => BoundValue) | undefined {
    return this.#mapValue
  }

  /** Whether fixed statements go over pg's client, without a runner of TypeORM's in between. */
  get direct(): boolean {
    return this.#sender !== undefined
  }

  /** Whether several statements, and COMMIT behind them, go out in one write. */
  get batches(): boolean {
    return this.#sender?.batches === true
  }

  /** Whether a client is of the kind that was decided for. */
  accepts(client: object): client is PgWireClient {
    return this.#sender !== undefined && this.#sender.problemOf(client) === undefined
  }

  /** Decides the tier with the first connection: the first in which a small statement comes back as we know it. */
  async decide(client: object): Promise<void> {
    const problems = new Set<string>()
    for (const sender of this.#parts.senders) {
      if (this.#tier.tier !== 'undecided') return
      const problem = sender.problemOf(client) ?? (await this.#tryOut(sender, client as PgWireClient))
      if (problem === undefined) this.#settle(sender, [...problems, this.#passed(sender)].join('; '))
      else problems.add(problem)
    }
    this.#settle(undefined, [...problems].join('; '))
  }

  /** Makes a call of a statement, its values bound as pg binds them. It is refused at once where pg cannot. */
  call<R>(statement: FixedStatement<R>, values: readonly unknown[], portal?: Portal): StatementCall<R> {
    try {
      if (values.length > MAX_VALUES) throw tooManyValues(values.length)
      return new StatementCall(
        statement,
        values,
        values.map(value => this.#mapValue?.(value) ?? null),
        portal,
      )
    } catch (error) {
      const call = new StatementCall(statement, values, [])
      call.refuse(error as Error)
      return call
    }
  }

  /**
   * Sends commands and calls in one write; settling the calls is left to whoever sends them. `done` is called from the
   * driver's own code, in a context that is nobody's, and must not throw.
   */
  post(client: PgWireClient, contents: BatchContents, done: (outcome: BatchOutcome) => void): void {
    const now = this.#measured ? Date.now() : 0
    for (const call of contents.calls) call.sentAt = now
    if (this.#sender === undefined) throw new TypeError('no way of sending fixed statements is decided for')
    this.#sender.send(client, this.#session(client), contents, done)
  }

  /** As {@link post}, for whoever goes on from there. */
  send(client: PgWireClient, contents: BatchContents): Promise<BatchOutcome> {
    return new Promise(resolve => {
      this.post(client, contents, resolve)
    })
  }

  /** Tells TypeORM's logger, before a call is sent. */
  log(call: AnyCall, runner: QueryRunner): void {
    // Further rows of what it was told of.
    if (call.portal?.open) return
    this.#logger.logQuery(call.statement.text, call.values as unknown[], runner)
  }

  /** What the caller of a statement gets: its answer, or TypeORM's error. */
  answer<R>(call: StatementCall<R>, runner: () => QueryRunner | undefined): Promise<StatementAnswer<R>> {
    const limit = this.#measured
    return call.answer.then(
      limit
        ? answer => {
            this.#noteSlow(call, limit, runner)
            return answer
          }
        : undefined,
      (error: unknown) => {
        if (!(error instanceof Interruption)) return this.#refused(call, error, runner)
        error.resume()
        return this.answer(call, runner)
      },
    )
  }

  #noteSlow({ statement, values, sentAt }: AnyCall, limit: number, runner: () => QueryRunner | undefined): void {
    const tookMs = sentAt > 0 ? Date.now() - sentAt : 0
    if (tookMs > limit) this.#logger.logQuerySlow(tookMs, statement.text, values as unknown[], runner())
  }

  async #refused(call: AnyCall, error: unknown, runner: () => QueryRunner | undefined): Promise<never> {
    const { statement, values, refusal } = call
    if (refusal === undefined) throw error
    this.#logger.logQueryError(refusal, statement.text, values as unknown[], runner())
    if (error !== refusal) throw error
    throw await this.#failure(refusal, statement.text, values)
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
    const prepared = preparedOn(client)
    if (reason === 'changed') prepared.doubt()
    // Once may have been DEALLOCATE, where nobody saw it.
    else if (prepared.missing() && this.#parts.prepare === 'auto') this.#unname()
    return true
  }

  #unname(): void {
    this.#named = false
    this.#tier = { ...this.#tier, reason: `${this.#tier.reason}${UNNAMED}: sessions lose them` }
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
  async #tryOut(sender: Sender, client: PgWireClient): Promise<string | undefined> {
    const call = this.call(SELF_TEST, ['ä', 7, null])
    // Unnamed: behind a pooler others may have named theirs so.
    const session = new Session(client, undefined, this.#readers)
    const behind = sender.batches ? 'SELECT 1 AS ambit_self_test' : undefined
    const contents = { before: [], calls: [call], behind }
    const { error, tag, completed } = await new Promise<BatchOutcome>(resolve => {
      sender.send(client, session, contents, resolve)
    })
    if (error !== undefined && !isServerAnswer(error)) throw error
    if (error !== undefined) return `its self-test failed (${error.message})`
    const [[process, ...row] = []] = call.rows
    const answered = isAnswered(sender, completed, tag) && JSON.stringify(row) === SELF_TEST_ROW
    if (!answered) return OTHERWISE
    if (this.#parts.prepare === 'auto' && isPooled(client, process)) this.#named = false
    return undefined
  }

  #passed({ tier }: Sender): string {
    return `${PASSED[tier]}${this.#named ? '' : UNNAMED}`
  }

  async #failure(error: Error, text: string, values: readonly unknown[]): Promise<Error> {
    const { Stock, dataSource } = this.#parts
    const QueryFailed = (this.#QueryFailed ??= await queryFailedClass(Stock, dataSource))
    return concealValues(QueryFailed === undefined ? error : new QueryFailed(text, [...values], error))
  }

  /** Once: somebody else may have been quicker, with another client. */
  #settle(sender: Sender | undefined, reason: string): void {
    if (this.#tier.tier !== 'undecided') return
    this.#sender = sender
    this.#tier = { tier: sender?.tier ?? 'runner', reason }
  }

  get #logger(): DataSource['logger'] {
    return this.#parts.dataSource.logger
  }

  /** TypeORM's `maxQueryExecutionTime`, in milliseconds. */
  get #measured(): number | undefined {
    return this.#parts.dataSource.options.maxQueryExecutionTime
  }
}

/** The self-test, and what goes behind it where something can. */
function isAnswered({ batches }: Sender, completed: number, tag: string | undefined): boolean {
  return batches ? completed === 2 && tag === 'SELECT 1' : completed === 1
}

/** `pooler`: the statement is missing, or is there although we have not made it. `changed`: its columns have changed. */
function staleness(error: Error): 'pooler' | 'changed' | undefined {
  const code = databaseCode(error)
  if (code === '26000' || code === '42P05') return 'pooler'
  // The code alone says "not supported"; the text is in the server's language.
  if (code === '0A000' && (error as { routine?: unknown }).routine === 'RevalidateCachedQuery') return 'changed'
  return undefined
}

/** Whoever greets in the server's place has a number of its own. */
function isPooled({ processID }: PgWireClient, process: unknown): boolean {
  return typeof processID === 'number' && String(processID) !== process
}

function tooManyValues(count: number): Error {
  return new RangeError(`PostgreSQL takes at most ${MAX_VALUES} values in one statement; this one has ${count}.`)
}

const SELF_TEST: FixedStatement<readonly unknown[]> = {
  text: 'SELECT pg_backend_pid() AS ambit_self_test, $1::text AS a, $2::int4 AS b, $3::text AS c',
  effect: 'read',
  columns: ['ambit_self_test', 'a', 'b', 'c'],
  reader: () => cells => [...cells],
}
const UNNAMED = '; statements are not prepared under names'
const OTHERWISE = 'its self-test came back otherwise than expected'
const PASSED = {
  wire: "the client is pg's own, and passed the self-test",
  plain: "queries of pg's own, their rows read by us, passed the self-test",
} as const satisfies Record<Sender['tier'], string>
const SELF_TEST_ROW = JSON.stringify(['ä', '7', null])
