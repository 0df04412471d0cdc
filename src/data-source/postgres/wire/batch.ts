import { Leg, namesToClose, type StatementSession } from './leg'
import { MessageWriter } from './message-writer'
import type { PgConnection, RowDescription, Submittable } from './pg-client'
import { type RowBytes, rowCells } from './row-cells'
import { type RowSink, RowTap } from './row-tap'
import type { AnyCall, Portal } from './statement-call'

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

export interface BatchContents {
  /** Commands in front of the statements. */
  readonly before: readonly string[]
  readonly calls: readonly AnyCall[]
  /** A command behind them, whose answer is read: COMMIT. */
  readonly behind: string | undefined
  /** Portals that nobody reads any more. */
  readonly closes?: readonly string[]
}

/**
 * Commands and fixed statements in one write, under one Sync: the server skips what comes behind a failure. Rows are read
 * straight from their messages.
 */
export class Batch implements Submittable, RowSink {
  /** For instrumentation that reads them off what is given to `client.query()`. */
  readonly text: string
  readonly values: readonly unknown[]
  /** pg puts a function of its own here to stop its `query_timeout`. */
  callback: ((error: Error | null, result?: unknown) => void) | undefined
  readonly #session: StatementSession
  readonly #contents: BatchContents
  readonly #done: (outcome: BatchOutcome) => void
  readonly #legs: Leg[] = []
  #completed = 0
  #submitted = false
  #settled = false
  #tag: string | undefined
  #current: Leg | undefined
  #tap: RowTap | undefined

  constructor(session: StatementSession, contents: BatchContents, done: (outcome: BatchOutcome) => void) {
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
    this.#tap = RowTap.of(connection.stream)
    this.#tap.sink = this
    connection.stream.write(writer.bytes())
    this.#advance()
    return null
  }

  handleRowDescription({ fields }: RowDescription): void {
    this.#current?.describe(fields.map(({ dataTypeID }) => dataTypeID))
  }

  /** Never throws: in the listener of a stream that would be the end of the process (a cell longer than any string). */
  takeRow(row: RowBytes): void {
    const call = this.#current?.call
    try {
      call?.take(rowCells(row))
    } catch (error) {
      call?.unreadable(error)
    }
  }

  /** Rows that come another way: over a stream that is not tapped. */
  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    this.#current?.call.take(fields)
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const leg = this.#current
    if (leg === undefined) this.#tag = text
    else leg.complete(affectedBy(text))
    this.#next()
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: '' })
  }

  handlePortalSuspended(): void {
    this.#current?.complete(undefined, false)
    this.#next()
  }

  /**
   * A fixed statement is no COPY; unanswered, the server would wait for ever. It has ignored the Sync behind the statement, as it
   * does while it waits for data, and needs another one. At any other message in that place it ends the session by itself.
   */
  handleCopyInResponse(connection: PgConnection): void {
    if (this.#endsWithCurrent) connection.stream.write(COPY_FAIL)
  }

  handleCopyData(): void {
    // nobody reads it
  }

  handleReadyForQuery(): void {
    this.#end(undefined)
  }

  /** The server's refusal, or the end of the connection; nothing more comes for this batch. */
  handleError(error: Error): void {
    this.#end(error)
  }

  get #endsWithCurrent(): boolean {
    return this.#contents.behind === undefined && this.#current === this.#legs.at(-1)
  }

  #write(writer: MessageWriter): void {
    const { before, calls, behind, closes = [] } = this.#contents
    for (const call of calls) this.#legs.push(new Leg(this.#session, call, this.#legs))
    for (const name of namesToClose(this.#session, this.#legs)) writer.closeStatement(name)
    for (const name of closes) writer.closePortal(name)
    for (const command of before) writer.command(command)
    for (const leg of this.#legs) writeLeg(writer, leg)
    if (behind !== undefined) writer.command(behind)
    writer.sync()
  }

  #next(): void {
    this.#completed += 1
    this.#advance()
  }

  /** Looks at what the server answers next. */
  #advance(): void {
    const { before, calls } = this.#contents
    const index = this.#completed - before.length
    this.#current = index >= 0 && index < calls.length ? this.#legs[index] : undefined
    const leg = this.#current
    if (leg === undefined) return
    leg.call.begin()
    if (leg.call.answersRows && !leg.parses && leg.types) leg.describe(leg.types)
  }

  #end(error: Error | undefined): void {
    if (this.#settled) return
    this.#settled = true
    this.#tap?.leave(this)
    if (error !== undefined && this.#submitted) {
      for (const leg of this.#legs.slice(Math.max(this.#completed - this.#contents.before.length, 0))) leg.doubt()
    }
    this.callback?.(error ?? null, { rows: [], rowCount: this.#contents.calls[0]?.affected ?? null })
    this.#done({ completed: this.#completed, error, submitted: this.#submitted, tag: this.#tag })
  }
}

function writeLeg(writer: MessageWriter, { call, prepared, parses }: Leg): void {
  if (call.portal) {
    writePortal(writer, call, call.portal)
    return
  }
  const name = prepared?.name ?? ''
  if (parses) writer.parse(name, call.statement.text)
  writer.bind(name, call.bound)
  if (parses && call.answersRows) writer.describePortal()
  writer.execute()
}

function writePortal(writer: MessageWriter, { statement, bound }: AnyCall, { name, rows, open }: Portal): void {
  if (!open) {
    writer.parse('', statement.text)
    writer.bind('', bound, name)
    writer.describePortal(name)
  }
  writer.execute(name, rows)
}

/** The tag ends with the number of rows: `INSERT 0 1`, `SELECT 3`. */
function affectedBy(tag: string): number | undefined {
  const affected = Number(tag.slice(tag.lastIndexOf(' ') + 1))
  return Number.isInteger(affected) && tag.includes(' ') ? affected : undefined
}

/** CopyFail with an empty reason, and Sync. */
const COPY_FAIL = Buffer.from([0x66, 0, 0, 0, 5, 0, 0x53, 0, 0, 0, 4])
