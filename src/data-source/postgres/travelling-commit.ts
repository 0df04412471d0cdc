import type { CommitOutcome, OpenRequest } from '../../tx/transactional-resource'
import { translateDatabaseError } from '../database-error'
import { outcomeOf } from './send-commit'
import { isServerAnswer } from './sqlstate'
import type { BatchOutcome } from './wire/batch'
import type { StatementCall } from './wire/statement-call'
import type { Wire } from './wire/wire'

/** A COMMIT in the same write as the only statement of a transaction, or as the last of its reads. */
export class TravellingCommit {
  readonly #wire: Wire
  readonly #request: OpenRequest
  /** How many reads of the next turn are all that comes; zero while nobody has said so. */
  concluding = 0
  /** What became of it; `undefined` where there is a transaction to be ended still. */
  outcome: CommitOutcome | undefined

  constructor(wire: Wire, request: OpenRequest) {
    this.#wire = wire
    this.#request = request
  }

  /** It may go with a single write, or with all reads, when nothing but their answers is left to decide about it. */
  goesWith(calls: readonly StatementCall[], first: boolean): boolean {
    const request = this.#request
    if (!this.#wire.batches || !this.#isAll(calls, first)) return false
    return request.signal === undefined && request.remainingMs() === undefined && request.unhooked?.() === true
  }

  /** Is told what the server has said to all of it; `before`: how many commands went in front of the statements. */
  answered({ completed, error, tag }: BatchOutcome, before: number): void {
    if (error === undefined) this.outcome = outcomeOf(tag)
    // Reads without an answer have failed, whatever has become of a transaction in which nothing was written.
    else if (this.#readsOnly && completed < before + this.concluding) this.outcome = undefined
    else if (!isServerAnswer(error)) this.outcome = { kind: 'unknown', cause: error }
    // A failure in front of it has kept the server from it.
    else if (completed <= before) this.outcome = undefined
    else this.outcome = { kind: 'rolled-back', cause: translateDatabaseError(error, this.#request.label) }
  }

  get #readsOnly(): boolean {
    return this.#request.single === 'turn'
  }

  #isAll(calls: readonly StatementCall[], first: boolean): boolean {
    if (this.#readsOnly) return calls.length === this.concluding
    return first && this.#request.single === 'write' && calls.length === 1 && calls[0]?.statement.effect === 'write'
  }
}
