import type { DataSource, QueryRunner } from 'typeorm'
import { runDetached } from '../../../core/async-context'
import type { FixedStatement, StatementAnswer } from '../../statements/fixed-statement'
import type { Pool } from '../leases'
import { lostAlone } from '../../connection-loss'
import { isAbortedSqlState, isServerAnswer } from '../sqlstate'
import { UnderWay } from '../under-way'
import type { BatchOutcome } from './batch'
import type { PgWireClient } from './pg-client'
import type { StatementCall } from './statement-call'
import type { Wire } from './wire'

/** How long a single statement may wait for a connection, and who waits. */
export interface SingleBounds {
  readonly label: string
  readonly waitTimeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** pg's pool, as far as single statements use it. */
interface AskedPool extends Pool {
  connect(done: (error: Error | undefined, client: PgWireClient, release: (error?: Error) => void) => void): void
}

interface Waiting {
  readonly call: StatementCall
  readonly bounds: SingleBounds
  /** When it has waited long enough, by `performance.now()`. */
  readonly until: number
  readonly shares: boolean
  readonly onAbort: (() => void) | undefined
  runner: QueryRunner | undefined
}

/** What goes out on one connection. */
interface Sending {
  readonly served: readonly Waiting[]
  /** To be run when the connection has been given back. */
  readonly ends: (() => void)[]
  readonly repeated: boolean
}

interface SingleParts {
  readonly dataSource: DataSource
  readonly wire: Wire
  /** Makes the error of a wait that failed. */
  readonly failure: (label: string, text: string, error: unknown) => Error
}

/**
 * Statements that need no transaction, each on whatever connection is free. Where none is, reads that would have to wait
 * go out together on the next one that is; a failing batch is sent again one by one, so that each has its own answer.
 */
export class SingleStatements {
  /** What a close waits for; other work outside transactions may be added. */
  readonly underWay = new UnderWay(() => this.#waiting.length)
  readonly #parts: SingleParts
  readonly #waiting: Waiting[] = []
  /** Connections that have been asked for and have not come. */
  #asked = 0
  #timer: NodeJS.Timeout | undefined

  constructor(parts: SingleParts) {
    this.#parts = parts
  }

  run<R>(statement: FixedStatement<R>, values: readonly unknown[], bounds: SingleBounds): Promise<StatementAnswer<R>> {
    const { wire } = this.#parts
    const call = wire.call(statement, values)
    if (call.refusal !== undefined) return wire.answer(call, () => undefined)
    const waiting = this.#enqueue(call as unknown as StatementCall, bounds)
    this.#watch(bounds.waitTimeoutMs)
    this.#ask()
    return wire.answer(call, () => waiting.runner)
  }

  /** Leaves nobody who waits, and no timer. */
  close(): void {
    for (const waiting of [...this.#waiting]) {
      const { call, bounds } = waiting
      const closed = new Error('the application was closed')
      this.#giveUp(waiting, this.#parts.failure(bounds.label, call.statement.text, closed))
    }
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #enqueue(call: StatementCall, bounds: SingleBounds): Waiting {
    const { signal, waitTimeoutMs } = bounds
    const { effect, shares = false } = call.statement
    const waiting: Waiting = {
      call,
      bounds,
      until: performance.now() + waitTimeoutMs,
      shares: shares && effect === 'read' && this.#parts.wire.batches,
      onAbort: signal && ((): void => this.#giveUp(waiting, signal.reason)),
      runner: undefined,
    }
    this.#waiting.push(waiting)
    if (signal && waiting.onAbort) {
      signal.addEventListener('abort', waiting.onAbort)
      if (signal.aborted) waiting.onAbort()
    }
    return waiting
  }

  /** Asks for a connection each while some are free; otherwise one is enough for all that may share it. */
  #ask(): void {
    const pool = this.#pool
    if (pool === undefined) return
    while (this.#asked < this.#waiting.length && (this.#asked < this.#wanted || isFree(pool))) {
      this.#asked += 1
      // Sockets and timers of the pool must not keep the frame of whoever happened to come first.
      runDetached(() => {
        pool.connect((error, client, release) => this.#come(error, client, release))
      })
    }
  }

  /** How many connections those who wait need at least. */
  get #wanted(): number {
    const alone = this.#waiting.reduce((count, { shares }) => count + (shares ? 0 : 1), 0)
    return alone < this.#waiting.length ? alone + 1 : alone
  }

  #come(error: Error | undefined, client: PgWireClient, release: (error?: Error) => void): void {
    // A failure is told to one; the others have their own time to wait.
    const served = this.#take(error ? 1 : MEMBERS)
    this.#asked -= 1
    if (error) {
      for (const { call, bounds } of served) call.forbid(this.#parts.failure(bounds.label, call.statement.text, error))
    } else if (served.length === 0) {
      release()
    } else {
      void this.#serve(client, served, release)
    }
    // Those who are left may be more than one connection serves, or such as cannot share it.
    this.#ask()
  }

  /** Takes those whom one connection serves: one, or its share of those who may go together. */
  #take(limit: number): Waiting[] {
    const [first] = this.#waiting
    if (first === undefined) return []
    const share = first.shares ? Math.min(Math.ceil(this.#waiting.length / this.#asked), limit) : 1
    let count = 1
    while (count < share && this.#waiting[count]?.shares === true) count += 1
    const taken = this.#waiting.splice(0, count)
    for (const waiting of taken) leave(waiting)
    return taken
  }

  /** The connection is free again before anybody goes on: the next statement may want it. */
  async #serve(client: PgWireClient, served: readonly Waiting[], release: (error?: Error) => void): Promise<void> {
    const ends: (() => void)[] = []
    let sending = false
    let unfit: Error | undefined
    let given = false
    const give = (error?: Error): void => {
      if (!given) release(error)
      given = true
    }
    const giveUp = (): void => give(new Error('the application was closed'))
    this.underWay.add(giveUp)
    try {
      this.#tell(client, served)
      sending = true
      unfit = await this.#send(client, { served, ends, repeated: false })
    } catch (error) {
      // What a logger throws says nothing about the connection; of anything else nobody knows what it means.
      if (sending) unfit = error as Error
      for (const { call } of served) ends.push(() => call.forbid(error))
    }
    give(unfit)
    for (const end of ends) end()
    this.underWay.remove(giveUp)
  }

  #tell(client: PgWireClient, served: readonly Waiting[]): void {
    const { wire } = this.#parts
    const runner = wire.runnerOf(client)
    for (const waiting of served) {
      waiting.runner = runner
      wire.log(waiting.call, runner)
    }
  }

  /** Answers with what makes the connection unfit for others. */
  async #send(client: PgWireClient, sending: Sending): Promise<Error | undefined> {
    const { served, ends } = sending
    const calls = served.map(({ call }) => call)
    const outcome = await this.#parts.wire.send(client, { before: [], calls, behind: undefined })
    const { error, completed } = outcome
    // Of several reads some were answered in full; a single write may fail at its very end, by a deferred constraint.
    const answered = error === undefined || calls.length > 1 ? completed : 0
    for (const call of calls.slice(0, answered)) ends.push(() => call.settle())
    if (error === undefined) return undefined
    const left = served.slice(answered)
    if (this.#maySendAgain(client, sending, error)) return this.#sendSingly(client, left, ends, calls.length === 1)
    const lost = isLost(client, outcome)
    for (const waiting of left) ends.push(() => fail(waiting, error, lost, outcome))
    // Somebody may have left a failed transaction open on it.
    return lost || isAbortedSqlState(error) ? error : undefined
  }

  #maySendAgain(client: PgWireClient, { served, repeated }: Sending, error: Error): boolean {
    return isServerAnswer(error) && (this.#parts.wire.isStale(client, error) ? !repeated : served.length > 1)
  }

  /** Each gets its own answer: what went wrong with one is nothing to the others. */
  async #sendSingly(
    client: PgWireClient,
    served: readonly Waiting[],
    ends: (() => void)[],
    repeated: boolean,
  ): Promise<Error | undefined> {
    let unfit: Error | undefined
    for (const waiting of served) unfit = await this.#send(client, { served: [waiting], ends, repeated })
    return unfit
  }

  #giveUp(waiting: Waiting, reason: unknown): void {
    const index = this.#waiting.indexOf(waiting)
    if (index < 0) return
    this.#waiting.splice(index, 1)
    leave(waiting)
    waiting.call.forbid(reason)
  }

  /** One timer for all: it stays until nobody waits, so that a statement that need not wait costs none. */
  #watch(ms: number): void {
    if (this.#timer !== undefined) return
    this.#timer = runDetached(() => setTimeout(() => this.#expire(), ms)).unref()
  }

  #expire(): void {
    this.#timer = undefined
    const now = performance.now()
    for (const waiting of this.#waiting.filter(({ until }) => until <= now)) {
      const { bounds, call } = waiting
      const waited = new Error(`no answer within ${bounds.waitTimeoutMs} ms`)
      this.#giveUp(waiting, this.#parts.failure(bounds.label, call.statement.text, waited))
    }
    const [next] = this.#waiting
    if (next) this.#watch(Math.max(1, Math.ceil(next.until - now)))
  }

  get #pool(): AskedPool | undefined {
    return (this.#parts.dataSource.driver as unknown as { master?: AskedPool }).master
  }
}

/** Whether a batch failed with its connection: what the driver refuses to send says nothing about that. */
function isLost({ connection }: PgWireClient, { error, submitted }: BatchOutcome): boolean {
  return !isServerAnswer(error) && (submitted || !connection.stream.writable)
}

function fail({ call, bounds }: Waiting, error: Error, lost: boolean, { submitted }: BatchOutcome): void {
  const facts = { sent: submitted, writes: call.statement.effect === 'write' }
  call.refuse(error, lost ? lostAlone(bounds.label, facts, error) : error)
}

function leave({ bounds, onAbort }: Waiting): void {
  if (onAbort) bounds.signal?.removeEventListener('abort', onAbort)
}

/** Whether a connection can be had without waiting for somebody to give one back. */
function isFree({ options, totalCount, idleCount, waitingCount }: Pool): boolean {
  return idleCount + options.max - totalCount - waitingCount > 0
}

/** The most statements that share one round trip: their rows are all in memory at once. */
const MEMBERS = 64
