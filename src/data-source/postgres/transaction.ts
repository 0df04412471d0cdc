import type { Readable } from 'node:stream'
import { promised } from '../../core/prompt'
import { TransactionEndedError } from '../../tx/errors'
import type { CommitOutcome, OpenRequest } from '../../tx/transactional-resource'
import { lostInTransaction } from '../connection-loss'
import { translateDatabaseError } from '../database-error'
import type { Portions, PortionsRequest, RunnerTransaction, StreamSession } from '../engine'
import type { ConnectionLostError } from '../errors'
import type { FixedStatement, StatementAnswer } from '../statements/fixed-statement'
import { goesWithoutBegin } from '../transaction-events'
import { beginText } from './begin-text'
import { CHECK_DEFERRED } from './check-deferred'
import { CursorStream } from './cursor-stream'
import type { InnerRunner, PgClient } from './inner-runner'
import type { Lessee } from './leases'
import type { PostgresParts } from './parts'
import { PostgresPortions } from './portions'
import { outcomeOf, sendCommit } from './send-commit'
import { changesSession, dropsPrepared } from './session-change'
import { isAbortedSqlState, isServerAnswer } from './sqlstate'
import { TransactionLease } from './transaction-lease'
import { TravellingCommit } from './travelling-commit'
import type { BatchOutcome } from './wire/batch'
import type { StatementCall } from './wire/statement-call'
import { type Carrier, type Envelope, TransactionStatements } from './wire/transaction-statements'

/** One transaction on one pooled connection, taken and begun with its first statement. */
export class PostgresTransaction implements RunnerTransaction, Lessee, Carrier {
  readonly #parts: PostgresParts
  readonly #request: OpenRequest
  readonly #begin: string
  readonly #statements: TransactionStatements
  readonly #lease: TransactionLease
  #runner: InnerRunner | undefined
  #begun = false
  /** Whether the next statement may go without BEGIN: it is the only one, as far as one can tell. */
  #bare: boolean
  #announced = false
  /** Subscribers are being told of BEGIN: a statement of theirs begins the transaction itself. */
  #beginning = false
  /** Whether a statement timeout may be set: under a test root, the next statement may be one without. */
  #limited = false
  #everLimited = false
  /** When it was last asked to send a statement, by `performance.now()`: for the errors of those who wait meanwhile. */
  sentAt = 0
  readonly #travelling: TravellingCommit

  constructor(parts: PostgresParts, request: OpenRequest) {
    this.#parts = parts
    this.#request = request
    const isolation = request.isolation ?? parts.isolation()
    this.#begin = beginText(isolation, request.readOnly)
    this.#bare = isolation === undefined && goesWithoutBegin(parts.dataSource, request)
    this.#travelling = new TravellingCommit(parts.wire, request)
    this.#lease = new TransactionLease({ lessee: this, leases: parts.leases, request })
    this.#statements = new TransactionStatements(parts.wire, this)
  }

  /** Made when it is needed: a transaction that sends nothing has none. */
  get runner(): InnerRunner {
    return (this.#runner ??= new this.#parts.Runner(this))
  }

  /** Whether there is anything to end: from when a connection was asked for, because it must be given back. */
  get begun(): boolean {
    return this.#lease.asked
  }

  get label(): string {
    return this.#request.label
  }

  get activity(): string | undefined {
    return this.#request.activity?.()
  }

  get outer(): PostgresTransaction | undefined {
    return this.#request.outer as PostgresTransaction | undefined
  }

  /** What TypeORM's `query()` works on: the client itself, or a stand-in that puts BEGIN, or the time left, in front. */
  async client(): Promise<unknown> {
    this.admit()
    const client = await this.#lease.take()
    if (this.#bare) {
      this.#bare = false
      return client
    }
    const aroundBegin = this.#begun || this.#beginning ? undefined : this.#parts.aroundBegin(this.#request)
    if (aroundBegin) await this.#beginObserved(aroundBegin, client)
    const prefix = this.#prefix()
    if (prefix.length === 0) return client
    // Now, so that the log has them before the statement.
    for (const command of prefix) this.#announce(command)
    return { query: (query: string | object, values?: unknown[]) => this.#sendPrefixed(client, prefix, query, values) }
  }

  async begin(): Promise<void> {
    if (this.#begun) return
    try {
      await this.runner.query('SELECT 1')
    } catch (error) {
      throw this.failure(error)
    }
  }

  /** PostgreSQL ends READ ONLY with the savepoint in which it was asked for. */
  async savepoint(name: string, readOnly = false): Promise<void> {
    await this.#control(`SAVEPOINT ${name}`)
    if (readOnly) await this.#control('SET TRANSACTION READ ONLY')
  }

  async rollbackTo(name: string): Promise<void> {
    await this.#control(`ROLLBACK TO SAVEPOINT ${name}`)
    // It brings back the statement timeout of that time.
    this.#limited = this.#everLimited
  }

  release(name: string): Promise<void> {
    return this.#control(`RELEASE SAVEPOINT ${name}`)
  }

  /** Undone at once, so that constraints are as deferred as before; the database still checks them where it would have. */
  async checkDeferred(): Promise<void> {
    try {
      await this.#control(CHECK_DEFERRED)
    } catch (error) {
      throw translateDatabaseError(error, this.label)
    }
  }

  failure(error: unknown): unknown {
    // A COMMIT went along with it: what became of that is for the end to say.
    if (this.settled !== undefined || !this.#lease.endedBy(error)) return error
    return this.lost()
  }

  observe(text: string): void {
    if (changesSession(text)) this.#lease.unfit = true
    if (dropsPrepared(text)) this.#lease.whenTaken(client => this.#parts.wire.doubt(client))
  }

  sendFixed<R>(statement: FixedStatement<R>, values: readonly unknown[]): Promise<StatementAnswer<R>> {
    const { wire, singles } = this.#parts
    const lone = this.#bare && !this.#lease.asked && this.outer === undefined && wire.direct
    if (!lone) return this.#statements.send(statement, values)
    // It holds no connection while it waits for one, and so can stand in nobody's way.
    this.#bare = false
    return singles.run(statement, values, this.#request)
  }

  concludes(statements: number): void {
    this.#travelling.concluding = statements
  }

  together(ask: () => void): void {
    this.#statements.together(ask)
  }

  get settled(): CommitOutcome | undefined {
    return this.#travelling.outcome
  }

  get open(): boolean {
    return this.#begun
  }

  get connected(): PgClient | undefined {
    return this.#lease.client
  }

  connect(): Promise<PgClient> {
    return this.#lease.take()
  }

  admit(): void {
    if (this.settled) throw new TransactionEndedError(this.label)
    if (this.#lease.gone) throw this.lost()
    this.sentAt = performance.now()
  }

  envelope(calls: readonly StatementCall[]): Envelope {
    const bare = this.#bare && calls.length === 1
    this.#bare = false
    if (bare) return ALONE
    const first = !this.#begun
    const before = this.#prefix()
    for (const command of before) this.#announce(command)
    return { first, before, behind: this.#travelling.goesWith(calls, first) ? 'COMMIT' : undefined }
  }

  sent({ before, behind }: Envelope, outcome: BatchOutcome): void {
    const { completed, error, submitted } = outcome
    if (before.length > 0) this.#answeredBegin(completed, submitted, error)
    if (behind !== undefined && submitted) this.#travelling.answered(outcome, before.length)
  }

  async restart(): Promise<void> {
    if (this.#lease.client && this.#begun) await this.#command(this.#lease.client, 'ROLLBACK')
    this.#begun = false
    this.#announced = false
  }

  portions<R>(request: PortionsRequest<R>): Portions<R> {
    return new PostgresPortions(request, this, { wire: this.#parts.wire, statements: this.#statements })
  }

  stream(text: string, parameters: readonly unknown[], session: StreamSession): Readable {
    return new CursorStream(text, parameters, session)
  }

  async commit(): Promise<CommitOutcome> {
    try {
      const known = this.#known()
      if (known !== undefined) return known
      this.#announce('COMMIT')
      return outcomeOf(await sendCommit(this.#lease.client as PgClient)) // or it would have been known
    } catch (cause) {
      if (isServerAnswer(cause)) return { kind: 'rolled-back', cause: translateDatabaseError(cause, this.label) }
      this.#lease.unfit = true
      return { kind: 'unknown', cause }
    } finally {
      await this.#lease.giveBack()
    }
  }

  async rollback(): Promise<void> {
    try {
      if (this.#begun && this.#lease.client && !this.#lease.gone) await this.#command(this.#lease.client, 'ROLLBACK')
    } catch (error) {
      this.#lease.unfit = true
      // A dead connection has rolled back by itself; anything else is worth telling.
      if (isServerAnswer(error)) throw error
    } finally {
      await this.#lease.giveBack()
    }
  }

  /** The server rolls back as soon as it notices that nobody is there any more. */
  abandon(): void {
    this.#lease.unfit = true
    promised(() => this.#lease.release()).catch(() => undefined)
  }

  /** The error of work on a connection that has died. */
  lost(): ConnectionLostError {
    return lostInTransaction(this.label, this.#lease.cause)
  }

  /** What has become of it without a COMMIT; `undefined` where there is something to commit. */
  #known(): CommitOutcome | undefined {
    if (this.settled) {
      this.#announce('COMMIT')
      if (this.settled.kind === 'unknown') this.#lease.unfit = true
      return this.settled
    }
    if (this.#lease.gone) {
      this.#lease.unfit = true
      return { kind: 'rolled-back', cause: this.lost() }
    }
    return this.#begun && this.#lease.client ? undefined : { kind: 'committed' }
  }

  #prefix(): string[] {
    const remainingMs = this.#request.remainingMs()
    const prefix = this.#begun ? [] : [this.#begin]
    // SET LOCAL takes no parameters; the number is ours.
    if (remainingMs !== undefined) prefix.push(`SET LOCAL statement_timeout = ${remainingMs}`)
    else if (this.#limited) prefix.push('SET LOCAL statement_timeout TO DEFAULT')
    this.#limited = remainingMs !== undefined
    this.#everLimited ||= this.#limited
    return prefix
  }

  /** Unless the server has refused it, BEGIN counts as sent: a local failure may have come behind it. */
  #answeredBegin(completed: number, submitted: boolean, error: Error | undefined): void {
    this.#begun ||= completed > 0 || (submitted && !isServerAnswer(error))
    this.#announced = this.#begun
    // Somebody has left a transaction open on the connection: no later one could begin there either.
    if (!this.#begun && isAbortedSqlState(error)) this.#lease.unfit = true
  }

  async #sendPrefixed(
    client: PgClient,
    announced: string[],
    query: string | object,
    values?: unknown[],
  ): Promise<unknown> {
    // A subscriber's statement may have begun the transaction in between.
    const prefix = this.#begun ? announced.filter(command => command !== this.#begin) : announced
    const { PrefixedQuery } = this.#parts
    if (typeof query !== 'string' || !PrefixedQuery) return this.#sendBehind(client, prefix, query, values)
    return new Promise((resolve, reject) => {
      const batch = new PrefixedQuery(prefix, query, values)
      batch.callback = (error, result) => {
        this.#answeredBegin(batch.completed, true, error ?? undefined)
        if (error) reject(error)
        else resolve(result)
      }
      client.query(batch)
    })
  }

  /** Configurations, and other drivers, write messages of their own: the prefix goes ahead, awaited. */
  async #sendBehind(client: PgClient, prefix: string[], query: string | object, values?: unknown[]): Promise<unknown> {
    for (const command of prefix) {
      await client.query(command)
      this.#begun = true
    }
    return typeof query === 'string' ? client.query(query, values) : client.query(query)
  }

  async #beginObserved(around: (send: () => Promise<void>) => Promise<void>, client: PgClient): Promise<void> {
    this.#beginning = true
    try {
      await around(async () => {
        if (this.#begun) return
        await this.#command(client, this.#begin)
        this.#begun = true
      })
    } finally {
      this.#beginning = false
    }
  }

  async #control(command: string): Promise<void> {
    if (this.#lease.gone) throw this.lost()
    try {
      const client = await this.#lease.take()
      if (this.#begun) {
        await this.#command(client, command)
        return
      }
      // The first statement of all is a savepoint's: BEGIN travels with it.
      const standIn = (await this.client()) as PgClient
      this.#announce(command)
      await standIn.query(command)
    } catch (error) {
      throw this.failure(error)
    }
  }

  #command(client: PgClient, command: string): Promise<{ command?: string }> {
    this.#announce(command)
    return client.query(command)
  }

  /** Tells logs and traces. BEGIN once: a statement that subscribers run in between sends it for the one announced. */
  #announce(command: string): void {
    if (command === this.#begin) {
      if (this.#announced) return
      this.#announced = true
    }
    this.#parts.dataSource.logger.logQuery(command, undefined, this.runner)
    this.#request.onControl(command)
  }
}

const ALONE: Envelope = { first: true, before: [], behind: undefined }
