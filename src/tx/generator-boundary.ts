import type { Method } from '../core/wrap-method'
import type { TransactionDefinition } from './options'
import type { Scope } from './scope'
import { transactionManagerOf } from './transaction-managers'

const AsyncGeneratorFunction = Object.getPrototypeOf(async function* () {
  // only its kind is of interest
}) as object

export function isAsyncGenerator(method: object): boolean {
  return Object.getPrototypeOf(method) === AsyncGeneratorFunction
}

/**
 * A transactional async generator: the transaction begins with the first `next()`, every step runs in its context
 * whoever asks for it, and it commits when the generator is done. `break`, `return()` and errors roll it back.
 */
export function generatorBoundary(method: Method, definition: TransactionDefinition): Method {
  const inScope = ofGenerator(definition)
  return function transactionalGenerator(this: unknown, ...args: unknown[]): AsyncGenerator {
    const make = (): AsyncGenerator => method.apply(this, args) as AsyncGenerator
    return new TransactionalGenerator(make, async body => {
      const manager = transactionManagerOf(this, definition.dataSource, definition.label)
      return manager.execute({ definition: inScope, fn: () => body(manager.current), self: undefined, args: [] })
    })
  }
}

interface Request {
  readonly kind: 'next' | 'throw' | 'return'
  readonly value: unknown
  readonly resolve: (result: IteratorResult<unknown>) => void
  readonly reject: (error: unknown) => void
}

/** Thrown inside the scope, so that it rolls back; the consumer who stopped sees a normal end. */
class StoppedEarly extends Error {
  constructor(readonly value: unknown) {
    super('the consumer stopped before the generator was done')
  }
}

/** A stop rolls back whatever the rules say about errors, and an attempt that has answered cannot be repeated. */
function ofGenerator(definition: TransactionDefinition): TransactionDefinition {
  const { rollbackFor, noRollbackFor } = definition.rules
  return { ...definition, retry: 0, rules: { rollbackFor: [...rollbackFor, StoppedEarly], noRollbackFor } }
}

/** Runs the body of a generator in a scope of its own. */
type InScope = (body: (scope: Scope | undefined) => Promise<unknown>) => Promise<unknown>

interface Failure {
  readonly error: unknown
}

class TransactionalGenerator implements AsyncGenerator {
  readonly #make: () => AsyncGenerator
  readonly #inScope: InScope
  readonly #requests: Request[] = []
  /** The request that is under way: `undefined` while the consumer is away. */
  #current: Request | undefined
  /** What ended it from outside. */
  #lost: Failure | undefined
  /** What it came to while the consumer was away, who has yet to hear of it. */
  #untold: Failure | undefined
  #wake: (() => void) | undefined
  #state: 'new' | 'running' | 'done' = 'new'

  constructor(make: () => AsyncGenerator, inScope: InScope) {
    this.#make = make
    this.#inScope = inScope
  }

  next(value?: unknown): Promise<IteratorResult<unknown>> {
    return this.#ask('next', value)
  }

  throw(error: unknown): Promise<IteratorResult<unknown>> {
    return this.#ask('throw', error)
  }

  return(value: unknown): Promise<IteratorResult<unknown>> {
    return this.#ask('return', value)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return(undefined)
  }

  #ask(kind: Request['kind'], value: unknown): Promise<IteratorResult<unknown>> {
    if (this.#state === 'new' && kind !== 'next') this.#state = 'done'
    if (this.#state === 'done') return this.#answerDone(kind, value)
    return new Promise((resolve, reject) => {
      this.#requests.push({ kind, value, resolve, reject })
      if (this.#state === 'new') void this.#run()
      else this.#wake?.()
    })
  }

  async #run(): Promise<void> {
    this.#state = 'running'
    try {
      const value = await this.#inScope(scope => this.#drive(scope))
      this.#current?.resolve({ done: true, value })
    } catch (error) {
      if (error instanceof StoppedEarly) this.#current?.resolve({ done: true, value: error.value })
      else if (this.#current) this.#current.reject(error)
      else this.#untold = { error }
    }
    this.#state = 'done'
    for (const { kind, value, resolve, reject } of this.#requests.splice(0))
      this.#answerDone(kind, value).then(resolve, reject)
  }

  /** Runs inside the scope. The last step is answered only after COMMIT, by `#run`. */
  async #drive(scope: Scope | undefined): Promise<unknown> {
    const generator = this.#make()
    const unwatch = scope && whenLost(scope, error => this.#lose(error))
    try {
      for (let request = await this.#nextRequest(); request; request = await this.#nextRequest()) {
        this.#current = request
        const result = await generator[request.kind](request.value)
        if (result.done && request.kind === 'return') throw new StoppedEarly(result.value)
        if (result.done) return result.value
        this.#current = undefined
        request.resolve(result)
      }
      return await this.#abandon(generator)
    } finally {
      unwatch?.()
    }
  }

  /** The deadline must not wait for a consumer who may never come back; what the body makes of it is not asked for. */
  async #abandon(generator: AsyncGenerator): Promise<never> {
    const error = this.#lost?.error
    await generator.throw(error).catch(() => undefined)
    throw error
  }

  #lose(error: unknown): void {
    this.#lost ??= { error }
    this.#wake?.()
  }

  /** `undefined`: none is served any more. */
  async #nextRequest(): Promise<Request | undefined> {
    for (;;) {
      if (this.#lost) return undefined
      const request = this.#requests.shift()
      if (request) return request
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  /** A consumer who stops wants the rollback, and has it: only one who goes on must hear why there is no more. */
  async #answerDone(kind: Request['kind'], value: unknown): Promise<IteratorResult<unknown>> {
    const untold = this.#untold
    this.#untold = undefined
    if (kind === 'throw') throw value
    if (kind === 'next' && untold) throw untold.error
    return { done: true, value: kind === 'return' ? value : undefined }
  }
}

/** Watches for what ends the generator's own transaction or savepoint from outside; the answer takes that back. */
function whenLost(scope: Scope, lost: (error: unknown) => void): (() => void) | undefined {
  // Who has joined leaves it to the one who began.
  if (scope.role !== 'originator' && scope.role !== 'nested') return undefined
  const signal = scope.role === 'originator' ? scope.physical?.signal : undefined
  const onAbort = (): void => lost(signal?.reason)
  signal?.addEventListener('abort', onAbort)
  scope.onExpired = lost
  const unwatchBlock = scope.block?.whenClosed(() => lost(scope.ended()))
  return () => {
    signal?.removeEventListener('abort', onAbort)
    scope.onExpired = undefined
    unwatchBlock?.()
  }
}
