import type { QueryRunner } from 'typeorm'
import type { FixedStatement, StatementAnswer } from '../../statements/fixed-statement'
import { sendByRunner } from '../../statements/send-by-runner'
import { isServerAnswer } from '../sqlstate'
import type { BatchOutcome } from './batch'
import type { PgWireClient } from './pg-client'
import type { StatementCall } from './statement-call'
import type { Wire } from './wire'

/** What goes out around the statements of a batch. */
export interface Envelope {
  /** Whether BEGIN is among them. */
  readonly begins: boolean
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
  /** What must go with the next statements; told to logs and traces as of now. */
  envelope(statements: readonly FixedStatement<unknown>[]): Envelope
  /** Is told what became of it. */
  sent(envelope: Envelope, outcome: BatchOutcome): void
  /** Takes back a BEGIN whose first statement has failed for a reason that sending it again removes. */
  restart(): Promise<void>
}

/** The fixed statements of one transaction: those that are asked for together go out in one write. */
export class TransactionStatements {
  readonly #wire: Wire
  readonly #carrier: Carrier
  #collecting: StatementCall[] | undefined

  constructor(wire: Wire, carrier: Carrier) {
    this.#wire = wire
    this.#carrier = carrier
  }

  send<R>(statement: FixedStatement<R>, values: readonly unknown[]): Promise<StatementAnswer<R>> {
    const call = this.#wire.call(statement, values)
    const sending = call as unknown as StatementCall
    if (this.#collecting) this.#collecting.push(sending)
    else this.#start([sending])
    return this.#wire.answer(call, () => this.#carrier.runner)
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
    const sendable = calls.filter(({ refusal }) => refusal === undefined)
    if (sendable.length === 0) return
    this.#send(sendable).catch((error: unknown) => {
      for (const call of sendable) call.forbid(error)
    })
  }

  async #send(calls: readonly StatementCall[]): Promise<void> {
    const client = this.#carrier.connected ?? (await this.#carrier.connect())
    // Never inside a transaction, which a self-test that fails would abort.
    if (this.#wire.tier.tier === 'undecided' && !this.#carrier.open) await this.#wire.decide(client)
    if (this.#wire.accepts(client)) await this.#sendBatch(client, calls, false)
    else for (const call of calls) await this.#sendByRunner(call)
  }

  async #sendByRunner(call: StatementCall): Promise<void> {
    await sendByRunner(this.#carrier.runner, call.statement, call.values).then(
      answer => call.settleWith(answer),
      (error: unknown) => call.forbid(error),
    )
  }

  async #sendBatch(client: PgWireClient, calls: readonly StatementCall[], repeated: boolean): Promise<void> {
    this.#carrier.admit()
    const envelope = this.#carrier.envelope(calls.map(({ statement }) => statement))
    for (const call of calls) this.#wire.log(call, this.#carrier.runner)
    const { before, behind } = envelope
    const outcome = await this.#wire.send(client, { before, calls, behind })
    this.#carrier.sent(envelope, outcome)
    const { error, completed } = outcome
    // Below zero where the server has refused BEGIN: the first statement answers for it.
    const answered = Math.max(completed - before.length, 0)
    for (const call of calls.slice(0, answered)) call.settle()
    const [failed, ...skipped] = calls.slice(answered)
    if (error === undefined || failed === undefined) return
    if (!repeated && answered === 0 && this.#wire.isStale(client, error) && (await this.#isAlone(envelope))) {
      await this.#sendBatch(client, calls, true)
      return
    }
    failed.refuse(error)
    await this.#sendSkipped(client, skipped, error)
  }

  /** The server has not looked at them: each hears for itself what it says, as if it had come one after the other. */
  async #sendSkipped(client: PgWireClient, skipped: readonly StatementCall[], error: Error): Promise<void> {
    for (const call of skipped) {
      if (isServerAnswer(error))
        await this.#sendBatch(client, [call], false).catch((failure: unknown) => call.forbid(failure))
      else call.refuse(error)
    }
  }

  /** Whether nothing else has happened in the transaction, so that it may begin once more. */
  async #isAlone({ begins }: Envelope): Promise<boolean> {
    if (!begins) return false
    await this.#carrier.restart()
    return true
  }
}
