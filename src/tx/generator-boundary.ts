import type { Method } from '../core/wrap-method'
import type { TransactionDefinition } from './options'
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
      return manager.execute({ definition: inScope, fn: body, self: undefined, args: [] })
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

class TransactionalGenerator implements AsyncGenerator {
  readonly #make: () => AsyncGenerator
  readonly #inScope: (body: () => Promise<unknown>) => Promise<unknown>
  readonly #requests: Request[] = []
  #current: Request | undefined
  #wake: (() => void) | undefined
  #state: 'new' | 'running' | 'done' = 'new'

  constructor(make: () => AsyncGenerator, inScope: (body: () => Promise<unknown>) => Promise<unknown>) {
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
    if (this.#state === 'done') return answerDone(kind, value)
    return new Promise((resolve, reject) => {
      this.#requests.push({ kind, value, resolve, reject })
      if (this.#state === 'new') void this.#run()
      else this.#wake?.()
    })
  }

  async #run(): Promise<void> {
    this.#state = 'running'
    try {
      const value = await this.#inScope(() => this.#drive())
      this.#current?.resolve({ done: true, value })
    } catch (error) {
      if (error instanceof StoppedEarly) this.#current?.resolve({ done: true, value: error.value })
      else (this.#current ?? this.#requests.shift())?.reject(error)
    }
    this.#state = 'done'
    for (const { kind, value, resolve, reject } of this.#requests.splice(0))
      answerDone(kind, value).then(resolve, reject)
  }

  /** Runs inside the scope. The last step is answered only after COMMIT, by `#run`. */
  async #drive(): Promise<unknown> {
    const generator = this.#make()
    for (;;) {
      const request = await this.#nextRequest()
      this.#current = request
      const result = await generator[request.kind](request.value)
      if (result.done && request.kind === 'return') throw new StoppedEarly(result.value)
      if (result.done) return result.value
      request.resolve(result)
    }
  }

  async #nextRequest(): Promise<Request> {
    for (;;) {
      const request = this.#requests.shift()
      if (request) return request
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }
}

function answerDone(kind: Request['kind'], value: unknown): Promise<IteratorResult<unknown>> {
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the consumer's own throw(), whatever it is
  if (kind === 'throw') return Promise.reject(value)
  return Promise.resolve({ done: true, value: kind === 'return' ? value : undefined })
}
