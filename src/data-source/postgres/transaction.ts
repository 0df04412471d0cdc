import type { Readable } from 'node:stream'
import type { DataSource } from 'typeorm'
import { TransactionEndedError } from '../../tx/errors'
import type { CommitOutcome, OpenRequest } from '../../tx/transactional-resource'
import { translateDatabaseError } from '../database-error'
import type { RunnerTransaction, StreamSession } from '../engine'
import { ConnectionLostError } from '../errors'
import type { FixedStatement, StatementAnswer } from '../statements/fixed-statement'
import { goesWithoutBegin } from '../transaction-events'
import { beginText } from './begin-text'
import { CursorStream } from './cursor-stream'
import type { InnerRunner, InnerRunnerClass, PgClient } from './inner-runner'
import type { Leases, Lessee } from './leases'
import type { PrefixedQueryClass } from './prefixed-query'
import { changesSession, dropsPrepared } from './session-change'
import { isServerAnswer } from './sqlstate'
import { TransactionLease } from './transaction-lease'
import type { BatchOutcome } from './wire/batch'
import type { SingleStatements } from './wire/single-statements'
import { type Carrier, type Envelope, TransactionStatements } from './wire/transaction-statements'
import type { Wire } from './wire/wire'

/** What the transactions of one data source share. */
export interface PostgresParts {
  readonly dataSource: DataSource
  readonly leases: Leases
  readonly Runner: InnerRunnerClass
  /** `undefined` where the driver is not pg as we know it: then the prefix goes ahead, awaited. */
  readonly PrefixedQuery: PrefixedQueryClass | undefined
  readonly wire: Wire
  readonly singles: SingleStatements
  /** Runs around BEGIN where TypeORM subscribers listen to it; `undefined` when BEGIN may travel with the statement. */
  aroundBegin(): ((send: () => Promise<void>) => Promise<void>) | undefined
}

/** One transaction on one pooled connection, taken and begun with its first statement. */
export class PostgresTransaction implements RunnerTransaction, Lessee, Carrier {
  readonly runner: InnerRunner
  readonly #parts: PostgresParts
  readonly #request: OpenRequest
  readonly #begin: string
  readonly #statements: TransactionStatements
  readonly #lease: TransactionLease
  #begun = false
  /** Whether the next statement may go without BEGIN: it is the only one, as far as one can tell. */
  #bare: boolean
  #announced = false
  /** Subscribers are being told of BEGIN: a statement of theirs begins the transaction itself. */
  #beginning = false
  /** Whether a statement timeout may be set: under a test root, the next statement may be one without. */
  #limited = false
  #everLimited = false
  /** What became of a COMMIT that travelled with the only statement. */
  #settled: CommitOutcome | undefined

  constructor(parts: PostgresParts, request: OpenRequest) {
    this.#parts = parts
    this.#request = request
    this.#begin = beginText(request.isolation, request.readOnly)
    this.#bare = goesWithoutBegin(parts.dataSource, request)
    this.runner = new parts.Runner(this)
    this.#lease = new TransactionLease({ lessee: this, runner: this.runner, leases: parts.leases, request })
    this.#statements = new TransactionStatements(parts.wire, this)
  }

  /** Whether there is anything to end: from when a connection was asked for, because it must be given back. */
  get begun(): boolean {
    return this.#lease.asked
  }

  get label(): string {
    return this.#request.label
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
    const aroundBegin = this.#begun || this.#beginning ? undefined : this.#parts.aroundBegin()
    if (aroundBegin) await this.#beginObserved(aroundBegin, client)
    const prefix = this.#prefix()
    if (prefix.length === 0) return client
    // Now, so that the log has them before the statement.
    for (const command of prefix) this.#announce(command)
    return { query: (query: string | object, values?: unknown[]) => this.#sendPrefixed(client, prefix, query, values) }
  }

  async begin(): Promise<void> {
    if (!this.#begun) await this.runner.query('SELECT 1')
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

  observe(text: string): void {
    if (changesSession(text)) this.#lease.unfit = true
    if (this.#lease.client && dropsPrepared(text)) this.#parts.wire.doubt(this.#lease.client)
  }

  sendFixed<R>(statement: FixedStatement<R>, values: readonly unknown[]): Promise<StatementAnswer<R>> {
    const { wire, singles } = this.#parts
    const lone = this.#bare && !this.#lease.asked && this.outer === undefined && wire.tier.tier === 'wire'
    if (!lone) return this.#statements.send(statement, values)
    // It holds no connection while it waits for one, and so can stand in nobody's way.
    this.#bare = false
    return singles.run(statement, values, this.#request)
  }

  together(ask: () => void): void {
    this.#statements.together(ask)
  }

  get settled(): CommitOutcome | undefined {
    return this.#settled
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
    if (this.#settled) throw new TransactionEndedError(this.label)
    if (this.runner.isReleased) throw this.lost()
  }

  envelope(statements: readonly FixedStatement<unknown>[]): Envelope {
    const bare = this.#bare && statements.length === 1
    this.#bare = false
    if (bare) return ALONE
    const begins = !this.#begun
    const before = this.#prefix()
    for (const command of before) this.#announce(command)
    return { begins, before, behind: begins && this.#commitsAtOnce(statements) ? 'COMMIT' : undefined }
  }

  sent(envelope: Envelope, outcome: BatchOutcome): void {
    const { before, behind } = envelope
    const { completed, error, submitted } = outcome
    // Unless the server has refused it, BEGIN counts as sent: a local failure may have come behind it.
    if (before.length > 0) this.#begun ||= completed > 0 || (submitted && !isServerAnswer(error))
    this.#announced = this.#begun
    if (behind !== undefined && submitted) this.#settled = this.#answerToCommit(envelope, outcome)
  }

  async restart(): Promise<void> {
    if (this.#lease.client && this.#begun) await this.#command(this.#lease.client, 'ROLLBACK')
    this.#begun = false
    this.#announced = false
  }

  stream(text: string, parameters: readonly unknown[], session: StreamSession): Readable {
    return new CursorStream(text, parameters, session)
  }

  async commit(): Promise<CommitOutcome> {
    try {
      return await this.#commit()
    } finally {
      await this.#lease.giveBack()
    }
  }

  async rollback(): Promise<void> {
    try {
      if (this.#begun && this.#lease.client && !this.runner.isReleased)
        await this.#command(this.#lease.client, 'ROLLBACK')
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
    this.#lease.release().catch(() => undefined)
  }

  /** The error of work on a connection that has died. */
  lost(): ConnectionLostError {
    return new ConnectionLostError('AMBIT_DATA_SOURCE_CONNECTION_LOST', {
      what: `The connection was lost before ${this.label} could commit; the database has rolled its work back.`,
      where: this.label,
      next: 'Repeat the call; nothing of it is stored.',
    })
  }

  async #commit(): Promise<CommitOutcome> {
    if (this.#settled) {
      this.#announce('COMMIT')
      if (this.#settled.kind === 'unknown') this.#lease.unfit = true
      return this.#settled
    }
    if (this.runner.isReleased) return { kind: 'rolled-back', cause: this.lost() }
    if (!this.#begun || !this.#lease.client) return { kind: 'committed' }
    try {
      const { command } = await this.#command(this.#lease.client, 'COMMIT')
      return outcomeOf(command)
    } catch (cause) {
      if (isServerAnswer(cause)) return { kind: 'rolled-back', cause: translateDatabaseError(cause, this.label) }
      this.#lease.unfit = true
      return { kind: 'unknown', cause }
    }
  }

  /** `undefined` where a failure in front of COMMIT has kept the server from it: there is a transaction to be rolled back. */
  #answerToCommit({ before }: Envelope, { completed, error, tag }: BatchOutcome): CommitOutcome | undefined {
    if (error === undefined) return outcomeOf(tag)
    if (!isServerAnswer(error)) return { kind: 'unknown', cause: error }
    if (completed <= before.length) return undefined
    return { kind: 'rolled-back', cause: translateDatabaseError(error, this.label) }
  }

  /** COMMIT may go with a single write when nothing but its own answer is left to decide about it. */
  #commitsAtOnce([statement, ...more]: readonly FixedStatement<unknown>[]): boolean {
    const request = this.#request
    if (request.single !== 'write' || statement?.effect !== 'write' || more.length > 0) return false
    return request.signal === undefined && request.remainingMs() === undefined && request.unhooked?.() === true
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
        // Unless the server has refused it, BEGIN counts as sent: a local failure may have come behind it.
        this.#begun ||= batch.completed > 0 || error === null || !isServerAnswer(error)
        this.#announced = this.#begun
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
    if (this.runner.isReleased) throw this.lost()
    const client = await this.#lease.take()
    if (this.#begun) {
      await this.#command(client, command)
      return
    }
    // The first statement of all is a savepoint's: BEGIN travels with it.
    const standIn = (await this.client()) as PgClient
    this.#announce(command)
    await standIn.query(command)
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

const CHECK_DEFERRED = [
  'SAVEPOINT ambit_deferred',
  'SET CONSTRAINTS ALL IMMEDIATE',
  'ROLLBACK TO SAVEPOINT ambit_deferred',
  'RELEASE SAVEPOINT ambit_deferred',
].join('; ')

/** An aborted transaction answers COMMIT with ROLLBACK. */
function outcomeOf(tag: string | undefined): CommitOutcome {
  return tag === 'COMMIT' ? { kind: 'committed' } : { kind: 'rolled-back', cause: undefined }
}

const ALONE: Envelope = { begins: false, before: [], behind: undefined }
