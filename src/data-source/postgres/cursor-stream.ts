import { Readable } from 'node:stream'
import type { StreamSession } from '../engine'

/** Rows that one FETCH brings. */
const PORTION = 1_000

let cursors = 0

/** A name that no other cursor or portal has. */
export function nextCursor(): string {
  return `ambit_cursor_${(cursors += 1)}`
}

/**
 * The rows of a query through a cursor on the server. Each portion is a statement of its own, so that others of the same
 * transaction run in between, also such as the reader itself awaits. Nothing is sent before the first row is asked for.
 *
 * Source: https://www.postgresql.org/docs/current/sql-declare.html
 */
export class CursorStream extends Readable {
  readonly #name = nextCursor()
  readonly #text: string
  readonly #parameters: readonly unknown[]
  readonly #session: StreamSession
  #open = false

  constructor(text: string, parameters: readonly unknown[], session: StreamSession) {
    super({ objectMode: true })
    this.#text = text
    this.#parameters = parameters
    this.#session = session
  }

  override _read(): void {
    this.#portion().then(
      rows => {
        for (const row of rows) this.push(row)
        if (!this.#open) this.push(null)
      },
      (error: unknown) => {
        // Whatever it was, the cursor cannot be read any more.
        this.#open = false
        this.destroy(error as Error)
      },
    )
  }

  /** A cursor that is left early is closed; the end of its transaction has closed it already. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const closed = this.#open && !this.#session.ended() ? this.#close() : Promise.resolve()
    closed.catch(() => undefined).finally(() => done(error))
  }

  async #portion(): Promise<readonly unknown[]> {
    if (!this.#open) {
      await this.#session.query(`DECLARE ${this.#name} NO SCROLL CURSOR FOR ${this.#text}`, [...this.#parameters])
      this.#open = true
    }
    const rows = (await this.#session.query(`FETCH ${PORTION} FROM ${this.#name}`)) as readonly unknown[]
    if (rows.length < PORTION) await this.#close()
    return rows
  }

  async #close(): Promise<void> {
    this.#open = false
    await this.#session.query(`CLOSE ${this.#name}`)
  }
}
