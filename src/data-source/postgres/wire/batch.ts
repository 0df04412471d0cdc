import type { FixedStatement, RowReader } from '../../statements/fixed-statement'
import { MessageWriter } from './message-writer'
import type { PgConnection, RowDescription, Submittable } from './pg-client'
import type { Prepared, PreparedStatements } from './prepared-statements'
import type { AnyCall } from './statement-call'

/** What became of a batch as a whole; its calls are settled by whoever sent it. */
export interface BatchOutcome {
  /** How many of its commands and statements the server has completed. */
  readonly completed: number
  /** What ended it early; `undefined` when everything was answered. */
  readonly error: Error | undefined
  /** Whether anything was written to the connection. */
  readonly submitted: boolean
  /** The tag of the answer to the last command behind the statements, where there was one. */
  readonly tag: string | undefined
}

/** What batches on one connection share. */
export interface BatchSession {
  /** `undefined`: nothing is prepared, every statement is parsed each time. */
  readonly prepared: PreparedStatements | undefined
  /** What reads the rows of a statement whose columns have these types. */
  reader<R>(statement: FixedStatement<R>, types: readonly number[]): RowReader<R>
}

export interface BatchContents {
  /** Commands in front of the statements. */
  readonly before: readonly string[]
  readonly calls: readonly AnyCall[]
  /** A command behind them, whose answer is read: COMMIT. */
  readonly behind: string | undefined
}

/** A call on its way: how the connection knows its statement, and whether this batch parses it. */
interface Leg {
  readonly call: AnyCall
  readonly prepared: Prepared | undefined
  readonly parses: boolean
}

/**
 * Commands and fixed statements in one write, under one Sync: the server skips what comes behind a failure. Rows are read
 * straight from their messages.
 */
export class Batch implements Submittable {
  /** For instrumentation that reads them off what is given to `client.query()`. */
  readonly text: string
  readonly values: readonly unknown[]
  /** pg puts a function of its own here to stop its `query_timeout`. */
  callback: ((error: Error | null, result?: unknown) => void) | undefined
  readonly #session: BatchSession
  readonly #contents: BatchContents
  readonly #done: (outcome: BatchOutcome) => void
  readonly #legs: Leg[] = []
  #completed = 0
  #submitted = false
  #settled = false
  #tag: string | undefined
  #current: Leg | undefined
  #unexpected: Error | undefined

  constructor(session: BatchSession, contents: BatchContents, done: (outcome: BatchOutcome) => void) {
    const [first] = contents.calls
    this.text = first?.statement.text ?? contents.behind ?? ''
    this.values = first?.values ?? []
    this.#session = session
    this.#contents = contents
    this.#done = done
  }

  submit(connection: PgConnection): Error | null {
    if (!connection.stream.writable) return null
    const writer = new MessageWriter()
    try {
      this.#write(writer)
    } catch (error) {
      return error as Error
    }
    this.#submitted = true
    connection.stream.write(writer.bytes())
    this.#advance()
    return null
  }

  handleRowDescription({ fields }: RowDescription): void {
    const { call, prepared } = this.#current ?? {}
    if (call === undefined) return
    const types = fields.map(({ dataTypeID }) => dataTypeID)
    if (prepared) prepared.types = types
    this.#describe(call, types)
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    this.#current?.call.take(fields)
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const leg = this.#current
    if (leg === undefined) this.#tag = text
    else complete(leg, text)
    this.#completed += 1
    this.#advance()
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: '' })
  }

  handlePortalSuspended(): void {
    // Execute has no row limit, so the server never suspends.
  }

  handleCopyInResponse(connection: PgConnection): void {
    // A fixed statement is no COPY; unanswered, the server would wait for ever.
    this.#unexpected = new Error('The statement asked for COPY data, which has no place here.')
    connection.stream.write(COPY_FAIL)
  }

  handleCopyData(): void {
    // nobody reads it
  }

  handleReadyForQuery(): void {
    this.#end(undefined)
  }

  /** The server's refusal, or the end of the connection; nothing more comes for this batch. */
  handleError(error: Error): void {
    this.#end(this.#unexpected ?? error)
  }

  #write(writer: MessageWriter): void {
    const { before, calls, behind } = this.#contents
    for (const call of calls) this.#legs.push(this.#leg(call))
    this.#closeOld(writer)
    for (const command of before) writer.command(command)
    for (const leg of this.#legs) writeLeg(writer, leg)
    if (behind !== undefined) writer.command(behind)
    writer.sync()
  }

  /** In front of everything that can fail, so that the server does not skip it. */
  #closeOld(writer: MessageWriter): void {
    for (const name of this.#session.prepared?.takeEvicted() ?? []) writer.closeStatement(name)
    for (const { prepared, parses } of this.#legs) {
      if (parses && prepared?.state === 'doubtful') writer.closeStatement(prepared.name)
    }
  }

  #leg(call: AnyCall): Leg {
    const prepared = this.#session.prepared?.use(call.statement.text)
    const parsedHere = this.#legs.some(leg => leg.prepared === prepared)
    return { call, prepared, parses: prepared === undefined || (prepared.state !== 'prepared' && !parsedHere) }
  }

  /** Moves on to what the server answers next. */
  #advance(): void {
    const { before, calls } = this.#contents
    const index = this.#completed - before.length
    this.#current = index >= 0 && index < calls.length ? this.#legs[index] : undefined
    const { call, prepared, parses } = this.#current ?? {}
    if (call === undefined) return
    call.begin(undefined)
    if (call.statement.columns.length === 0) call.reading(call.statement.reader([]))
    else if (parses === false && prepared?.types) this.#describe(call, prepared.types)
  }

  #describe(call: AnyCall, types: readonly number[]): void {
    const { statement } = call
    try {
      if (types.length !== statement.columns.length) throw otherColumns(statement, types.length)
      call.reading(this.#session.reader(statement, types))
    } catch (error) {
      call.unreadable(error)
    }
  }

  #end(error: Error | undefined): void {
    if (this.#settled) return
    this.#settled = true
    if (error !== undefined && this.#submitted) this.#doubt()
    this.callback?.(error ?? null, { rows: [], rowCount: this.#contents.calls[0]?.affected ?? null })
    this.#done({ completed: this.#completed, error, submitted: this.#submitted, tag: this.#tag })
  }

  /** Of a statement that was not answered nobody knows whether it was parsed. */
  #doubt(): void {
    for (const { prepared, parses } of this.#legs.slice(Math.max(this.#completed - this.#contents.before.length, 0))) {
      if (parses && prepared) prepared.state = 'doubtful'
    }
  }
}

function writeLeg(writer: MessageWriter, { call, prepared, parses }: Leg): void {
  const name = prepared?.name ?? ''
  if (parses) writer.parse(name, call.statement.text)
  writer.bind(name, call.bound)
  if (parses && call.statement.columns.length > 0) writer.describePortal()
  writer.execute()
}

/** The tag ends with the number of rows: `INSERT 0 1`, `SELECT 3`. */
function complete({ call, prepared, parses }: Leg, tag: string): void {
  const affected = Number(tag.slice(tag.lastIndexOf(' ') + 1))
  call.affected = Number.isInteger(affected) && tag.includes(' ') ? affected : undefined
  if (parses && prepared) prepared.state = 'prepared'
}

function otherColumns({ columns, text }: FixedStatement<unknown>, count: number): Error {
  return new Error(`A statement answered ${count} columns where ${columns.length} were expected: ${text}`)
}

/** CopyFail with an empty reason. */
const COPY_FAIL = Buffer.from([0x66, 0, 0, 0, 5, 0])
