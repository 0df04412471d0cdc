import type { StatementVerdict } from '../../statements/statement-verdict'
import { MessageWriter } from './message-writer'
import type { PgConnection, RowDescription, Submittable } from './pg-client'

/** What a round has found out. */
export interface RoundOutcome {
  /** Of the first statements, up to the one that ended the round. */
  readonly verdicts: readonly StatementVerdict[]
  /** The server's refusal of the statement behind those, or of the round itself; `undefined` when all is answered. */
  readonly error: Error | undefined
  /** Whether the error is about a statement. */
  readonly judging: boolean
}

/**
 * Statements that the server parses and describes, in one write, in a read-only transaction that is rolled back; none is
 * executed, nor even planned. The server skips what comes behind a refusal, so that each refusal costs one more round.
 */
export class ParseRound implements Submittable {
  /** pg puts a function of its own here to stop its `query_timeout`. */
  callback: ((error: Error | null, result?: unknown) => void) | undefined
  readonly #texts: readonly string[]
  readonly #before: readonly string[]
  readonly #done: (outcome: RoundOutcome) => void
  readonly #verdicts: StatementVerdict[] = []
  #columns: readonly string[] = []
  #commands = 0
  #settled = false

  constructor(texts: readonly string[], timeoutMs: number, done: (outcome: RoundOutcome) => void) {
    this.#texts = texts
    this.#before = ['BEGIN READ ONLY', `SET LOCAL statement_timeout = ${timeoutMs}`]
    this.#done = done
  }

  submit(connection: PgConnection): Error | null {
    if (!connection.stream.writable) return null
    const writer = new MessageWriter()
    for (const command of this.#before) writer.command(command)
    for (const text of this.#texts) {
      writer.parse('', text)
      writer.describeStatement()
      // What answers no rows is told to nobody by pg; the answer to an empty statement is.
      writer.command('')
    }
    writer.command('ROLLBACK')
    writer.sync()
    connection.stream.write(writer.bytes())
    return null
  }

  handleRowDescription({ fields }: RowDescription): void {
    this.#columns = fields.map(({ name }) => name)
  }

  handleEmptyQuery(): void {
    this.#verdicts.push({ kind: 'accepted', columns: this.#columns })
    this.#columns = []
  }

  handleCommandComplete(): void {
    this.#commands += 1
  }

  handleDataRow(): void {
    // nothing is executed that has rows
  }

  handlePortalSuspended(): void {
    // nor anything that could be suspended
  }

  handleCopyInResponse(): void {
    // nor COPY
  }

  handleCopyData(): void {
    // nor COPY
  }

  handleReadyForQuery(): void {
    this.#end(undefined)
  }

  handleError(error: Error): void {
    this.#end(error)
  }

  #end(error: Error | undefined): void {
    if (this.#settled) return
    this.#settled = true
    this.callback?.(error ?? null)
    const judging = this.#commands === this.#before.length && this.#verdicts.length < this.#texts.length
    this.#done({ verdicts: this.#verdicts, error, judging })
  }
}
