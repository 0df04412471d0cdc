import type { QueryRunner } from 'typeorm'
import type { FixedStatement, StatementAnswer } from '../../statements/fixed-statement'
import { sendByRunner } from '../../statements/send-by-runner'
import { isServerAnswer } from '../sqlstate'
import type { BatchContents, BatchOutcome } from './batch'
import type { PgWireClient } from './pg-client'
import type { Portal, StatementCall } from './statement-call'
import type { Wire } from './wire'

/** What goes out around the statements of a batch. */
export interface Envelope {
  /** Whether nothing of the transaction is in front of it, so that a failure leaves nothing that matters. */
  readonly first: boolean
  readonly before: readonly string[]
  readonly behind: string | undefined
}

/** The transaction whose statements these are. */
export interface Carrier {
  readonly runner: QueryRunner
  /** Its connection, once it has one. */
  readonly connected: object | undefined
  /** Whether BEGIN has been sent. */
  readonly open: boolean
  /** @throws what waiting for a connection throws */
  connect(): Promise<object>
  /** @throws where nothing may be sent any more */
  admit(): void
  /** Is told the text of a statement of somebody's own, before it is sent. */
  observe(text: string): void
  /** What must go with the next statements; told to logs and traces as of now. */
  envelope(calls: readonly StatementCall[]): Envelope
  /** Is told what became of it. */
  sent(envelope: Envelope, outcome: BatchOutcome): void
  /** What a failed statement is told as: where it was the end of the connection, that. */
  failure(error: unknown): unknown
  /** Takes back a BEGIN whose first statement has failed for a reason that sending it again removes. */
  restart(): Promise<void>
}

/** A batch that is over. */
interface Ended {
  readonly calls: readonly StatementCall[]
  readonly envelope: Envelope
  readonly outcome: BatchOutcome
  /** How many of its calls have their answer. */
  readonly answered: number
}

/** The fixed statements of one transaction: those that are asked for together go out in one write. */
export class TransactionStatements {
  readonly #wire: Wire
  readonly #carrier: Carrier
  #collecting: StatementCall[] | undefined
  /** Portals that nobody reads any more: closed with whatever is sent next, or by the end of the transaction. */
  readonly #unread: string[] = []

  constructor(wire: Wire, carrier: Carrier) {
    this.#wire = wire
    this.#carrier = carrier
  }

  /** With a portal, for the next portion of its rows. */
  send<R>(statement: FixedStatement<R>, values: readonly unknown[], portal?: Portal): Promise<StatementAnswer<R>> {
    const call = this.#wire.call(statement, values, portal)
    const sending = call as unknown as StatementCall
    // Awaited before it is sent: a client may refuse at once, and what is to be done then is done where the answer is awaited.
    const answer = this.#wire.answer(call, () => this.#carrier.runner)
    if (this.#collecting) this.#collecting.push(sending)
    else this.#start([sending])
    return answer
  }

  closePortal({ name, open }: Portal): void {
    if (open) this.#unread.push(name)
  }

  /** What is asked for while `ask` runs goes out in one write. */
  together(ask: () => void): void {
    const calls: StatementCall[] = []
    this.#collecting = calls
    try {
      ask()
    } finally {
      this.#collecting = undefined
    }
    this.#start(calls)
  }

  #start(calls: readonly StatementCall[]): void {
    const sendable = calls.every(isSendable) ? calls : calls.filter(isSendable)
    if (sendable.length === 0) return
    const { connected } = this.#carrier
    // Once it is decided how, a batch on the connection that is there needs no further steps.
    if (connected !== undefined && this.#wire.batches && this.#wire.accepts(connected)) {
      this.#post(connected, sendable)
      return
    }
    const connecting = connected === undefined ? this.#carrier.connect() : Promise.resolve(connected)
    const forbid = (error: unknown): void => this.#forbid(sendable, error)
    connecting.then(client => {
      if (this.#wire.batches && this.#wire.accepts(client)) this.#post(client, sendable)
      else this.#send(client, sendable).catch(forbid)
    }, forbid)
  }

  /** Sends a batch on whose end nobody waits but its calls. Most do: it costs no promise unless it fails. */
  #post(client: PgWireClient, calls: readonly StatementCall[]): void {
    try {
      const envelope = this.#envelope(calls)
      this.#wire.post(client, this.#contents(envelope, calls), outcome => {
        const answered = this.#settle(envelope, outcome, calls)
        const failing = (): Promise<void> => this.#failed(client, { calls, envelope, outcome, answered })
        calls[answered]?.interrupt(() => {
          failing().catch((error: unknown) => this.#forbid(calls, error))
        })
      })
    } catch (error) {
      this.#forbid(calls, error)
    }
  }

  #forbid(calls: readonly StatementCall[], error: unknown): void {
    const failure = this.#carrier.failure(error)
    for (const call of calls) call.forbid(failure)
  }

  async #send(client: object, calls: readonly StatementCall[]): Promise<void> {
    // Never inside a transaction, which a self-test that fails would abort.
    if (this.#wire.tier.tier === 'undecided' && !this.#carrier.open) await this.#wire.decide(client)
    if (!this.#wire.accepts(client)) for (const call of calls) await this.#sendByRunner(call)
    else if (this.#wire.batches) this.#post(client, calls)
    else for (const call of calls) await this.#sendBatch(client, [call], false)
  }

  async #sendByRunner(call: StatementCall): Promise<void> {
    await sendByRunner(this.#carrier.runner, call.statement, call.values).then(
      answer => call.settleWith(answer),
      (error: unknown) => call.forbid(this.#carrier.failure(error)),
    )
  }

  async #sendBatch(client: PgWireClient, calls: readonly StatementCall[], repeated: boolean): Promise<void> {
    const envelope = this.#envelope(calls)
    const outcome = await this.#wire.send(client, this.#contents(envelope, calls))
    const answered = this.#settle(envelope, outcome, calls)
    await this.#failed(client, { calls, envelope, outcome, answered }, repeated)
  }

  #contents({ before, behind }: Envelope, calls: readonly StatementCall[]): BatchContents {
    const closes = this.#unread.length === 0 ? undefined : this.#unread.splice(0)
    return closes === undefined ? { before, calls, behind } : { before, calls, behind, closes }
  }

  /** What goes around the calls, which are told to logs as of now. */
  #envelope(calls: readonly StatementCall[]): Envelope {
    this.#carrier.admit()
    const envelope = this.#carrier.envelope(calls)
    for (const call of calls) this.#wire.log(call, this.#carrier.runner)
    return envelope
  }

  /** Answers with how many calls have their answer now. */
  #settle(envelope: Envelope, outcome: BatchOutcome, calls: readonly StatementCall[]): number {
    this.#carrier.sent(envelope, outcome)
    // Below zero where the server has refused BEGIN: the first statement answers for it.
    const answered = Math.min(Math.max(outcome.completed - envelope.before.length, 0), calls.length)
    for (let at = 0; at < answered; at += 1) calls[at]?.settle()
    return answered
  }

  /** Nothing, where nothing has failed. */
  async #failed(client: PgWireClient, { calls, envelope, outcome, answered }: Ended, repeated = false): Promise<void> {
    const { error = new Error('The server has ended a batch without an answer to all of it.') } = outcome
    const [failed, ...skipped] = calls.slice(answered)
    if (failed === undefined) return
    // Asked in any case: that is when what the connection has prepared is known to be in doubt.
    const stale = this.#wire.isStale(client, error)
    if (stale && !repeated && answered === 0 && (await this.#isAlone(envelope))) {
      await this.#sendBatch(client, calls, true)
      return
    }
    failed.refuse(error, this.#carrier.failure(error))
    await this.#sendSkipped(client, skipped, error)
  }

  /** The server has not looked at them: each hears for itself what it says, as if it had come one after the other. */
  async #sendSkipped(client: PgWireClient, skipped: readonly StatementCall[], error: Error): Promise<void> {
    for (const call of skipped) {
      if (isServerAnswer(error))
        await this.#sendBatch(client, [call], false).catch((failure: unknown) => call.forbid(failure))
      else call.refuse(error, this.#carrier.failure(error))
    }
  }

  /** Whether nothing else has happened in the transaction, so that it may begin once more. */
  async #isAlone({ first }: Envelope): Promise<boolean> {
    if (!first) return false
    await this.#carrier.restart()
    return true
  }
}

/** Whether pg takes its values. */
function isSendable({ refusal }: StatementCall): boolean {
  return refusal === undefined
}
