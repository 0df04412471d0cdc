import { endsTransaction } from '../control-text'
import { changesSession, dropsPrepared } from './session-change'

/** The part of a pg client that tells of its transaction. */
export interface SessionClient {
  /** `false` while an answer is under way. */
  readonly readyForQuery?: boolean
  /** The server's word, as of its last answer: 'I' outside transactions; pg tells it from 8.21 on. */
  getTransactionStatus?(): string | null
}

/** What statements outside every scope have done to their session, as far as their texts tell. */
export class SessionTraces {
  /** Whether it may have lost prepared statements. */
  dropsPrepared = false
  /** Whether the last transaction control leaves one open. */
  #begun = false
  #changed = false

  note(text: string): void {
    if (endsTransaction(text)) this.#begun = !LONE_END.test(text)
    if (changesSession(text)) this.#changed = true
    if (dropsPrepared(text)) this.dropsPrepared = true
  }

  /** Whether there is something on it that the next user must not have: a change, or an open transaction. */
  areLeftOn(client: SessionClient): boolean {
    return this.#changed || this.#isOpen(client)
  }

  #isOpen(client: SessionClient): boolean {
    const status = client.getTransactionStatus?.() ?? undefined
    if (status === undefined) return this.#begun
    // What was answered with an error is told before the server's word of the transaction comes.
    return status !== 'I' || (this.#begun && client.readyForQuery === false)
  }
}

const LONE_END = /^\s*(?:commit|end|rollback|abort)\s*;?\s*$/i
