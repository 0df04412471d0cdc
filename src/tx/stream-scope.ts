import { type ContextNode, type ContextKey, currentContext, runInContext } from '../core/async-context'
import { promised, type Prompt } from '../core/prompt'
import { late } from './late'
import type { TransactionDefinition } from './options'
import type { Scope } from './scope'
import { sendReentrant } from './statement'
import { StreamTrace } from './trace'
import type { TransactionManager } from './transaction-manager'

/** One portion of the rows of a stream, on its way. */
export interface PortionRequest<T> {
  /** Sends for it on the transaction's connection; called when the turn is ours. */
  readonly run: () => Prompt<T>
  readonly reentrant: ContextKey<Scope> | undefined
  readonly rowsOf: (portion: T) => number
}

/** What a stream runs in. */
export interface StreamPlace {
  readonly manager: TransactionManager
  /** What the call asks for. */
  readonly definition: TransactionDefinition
  /** What is begun for it where that gives it no transaction. */
  readonly own: TransactionDefinition
  /** The statement's text, for traces and for those who wait for its turn. */
  readonly text: string
}

/**
 * The call that a stream is: it begins with the first row that is asked for, in the transaction that is active there or in
 * one of its own, and lasts until {@link end}. Each portion takes a turn of its own, so that others work in between.
 */
export class StreamScope {
  readonly #place: StreamPlace
  #scope: Scope | undefined
  #frame: ContextNode | undefined
  #trace: StreamTrace | undefined
  #call: Promise<unknown> | undefined
  #finish!: () => void
  #fail!: (error: unknown) => void
  /** Takes the watches back. */
  #unwatch: (() => void) | undefined
  /** What ended it from outside, and with it what was open on the server. */
  #lost: { readonly error: unknown } | undefined

  constructor(place: StreamPlace) {
    this.#place = place
  }

  /** Whether its transaction, or the block that it was opened in, has ended around it. */
  get lost(): boolean {
    return this.#lost !== undefined
  }

  /** Whether the transaction was begun for the stream alone. */
  get alone(): boolean {
    return this.#scope?.role === 'originator'
  }

  /** @throws what the start of a transactional call throws */
  open(): Promise<Scope> {
    const { manager, definition } = this.#place
    return new Promise((opened, refuse) => {
      const enter = (): unknown => {
        const { current } = manager
        if (current?.physical === undefined) return this.#execute(this.#place.own, enter)
        opened(current)
        return this.#enter(current)
      }
      this.#call = this.#execute(definition, enter)
      this.#call.catch(refuse)
    })
  }

  /** Sends for a portion in its turn: in the innermost block of the transaction that whoever asks for it is in. */
  send<T>(request: PortionRequest<T>): Prompt<T> {
    const scope = this.#innermost()
    const { environment } = this.#place.manager
    const { text } = this.#place
    const { physical, block, deadlineError } = scope
    if (this.#lost)
      return Promise.reject(this.alone ? asError(this.#lost) : late(this.#opened, environment, 'statement', text))
    if (physical === undefined || block === undefined || block.closed)
      return Promise.reject(late(scope, environment, 'statement', text))
    if (deadlineError) return Promise.reject(deadlineError)
    const run = (): Prompt<T> => sendReentrant(scope, request)
    if (!environment.observed) return physical.run(scope, block, text, run)
    this.#trace ??= new StreamTrace(this.#opened, physical, text)
    return traced(this.#trace, request, sent =>
      physical.run(scope, block, text, () => {
        sent()
        return run()
      }),
    )
  }

  /** Whether a portion could be sent for without waiting, or keeping anybody: nobody uses the connection. */
  get idle(): boolean {
    const { block } = this.#opened
    return this.#lost === undefined && block?.turn.free === true && !block.lacksSavepoints
  }

  /** Runs something in the transaction, where the caller's own context is not in it. */
  within<T>(run: () => T): T {
    return this.#isInside() ? run() : runInContext(this.#frame, run)
  }

  /**
   * The stream is over. What was begun for it is committed, or rolled back where it has failed; whatever comes of that is
   * thrown.
   */
  async end(failure?: { readonly error: unknown }): Promise<void> {
    this.#settle(failure)
    await this.#call
  }

  /** Never throws at once: a call may be refused before it begins. */
  #execute(asked: TransactionDefinition, fn: () => unknown): Promise<unknown> {
    // Rows that were handed out cannot be taken back, so nothing is repeated.
    const definition = asked.retry === 0 ? asked : { ...asked, retry: 0 }
    return promised(() => this.#place.manager.execute({ definition, fn, self: undefined, args: [] }))
  }

  #enter(scope: Scope): Promise<void> {
    this.#scope = scope
    this.#frame = currentContext()
    this.#watch(scope)
    return new Promise((resolve, reject) => {
      this.#finish = resolve
      this.#fail = reject
    })
  }

  /** Nobody may ask for another row: the end of the transaction, its deadline and its signal must not wait for that. */
  #watch(scope: Scope): void {
    const { physical, block } = scope
    const unwatchBlock = block?.whenClosed(() => this.#lose(scope.ended()))
    const signal = this.alone ? physical?.signal : undefined
    const onAbort = (): void => this.#lose(signal?.reason)
    signal?.addEventListener('abort', onAbort)
    this.#unwatch = () => {
      unwatchBlock?.()
      signal?.removeEventListener('abort', onAbort)
    }
  }

  #lose(error: unknown): void {
    this.#lost ??= { error }
    this.#settle(this.alone ? { error } : undefined)
  }

  #settle(failure: { readonly error: unknown } | undefined): void {
    this.#unwatch?.()
    this.#unwatch = undefined
    this.#trace?.end(failure?.error)
    if (failure) this.#fail(failure.error)
    else this.#finish()
  }

  /** A stream that is read inside a NESTED block works in its savepoint, as a handle does: the block holds the turn. */
  #innermost(): Scope {
    const { current } = this.#place.manager
    const nested = current?.state === 'active' && this.#isInside() && current.block !== this.#opened.block
    return nested ? current : this.#opened
  }

  #isInside(): boolean {
    return this.#place.manager.current?.physical === this.#opened.physical
  }

  get #opened(): Scope {
    if (this.#scope === undefined) throw new TypeError('the stream has not been opened')
    return this.#scope
  }
}

function asError({ error }: { readonly error: unknown }): Error {
  return error as Error // what ends a transaction from outside is an error of ours
}

async function traced<T>(
  trace: StreamTrace,
  { rowsOf }: PortionRequest<T>,
  send: (sent: () => void) => Prompt<T>,
): Promise<T> {
  const called = performance.now()
  let sentAt: number | undefined
  let rows = 0
  try {
    const portion = await send(() => {
      sentAt = performance.now()
    })
    rows = rowsOf(portion)
    return portion
  } finally {
    trace.portion(called, sentAt, rows)
  }
}
