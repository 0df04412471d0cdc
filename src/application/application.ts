import { type ApplicationContext, runInApplication } from '../core/applications'
import type { Container, Registration, Token } from '../di'
import type { Traces } from '../tx/tracing/traces'
import type { TransactionTrace } from '../tx/tracing/transaction-trace'
import type { DataSourceSet } from './data-source-set'
import { ApplicationCloseError } from './errors'

/** A running application: its container and its data sources. Made by `bootstrap()`. */
export class Application implements AsyncDisposable {
  readonly #context: ApplicationContext
  readonly #container: Container
  readonly #dataSources: DataSourceSet
  readonly #closeTimeoutMs: number
  readonly #traces: Traces | undefined
  #closing: Promise<void> | undefined

  /** @internal Use `bootstrap()`. */
  constructor(parts: {
    readonly context: ApplicationContext
    readonly container: Container
    readonly dataSources: DataSourceSet
    readonly closeTimeoutMs: number
    readonly traces: Traces | undefined
  }) {
    this.#context = parts.context
    this.#container = parts.container
    this.#dataSources = parts.dataSources
    this.#closeTimeoutMs = parts.closeTimeoutMs
    this.#traces = parts.traces
  }

  get name(): string {
    return this.#context.name
  }

  /** Everything that the container holds, for reports. */
  get registrations(): readonly Registration[] {
    return this.#container.registrations
  }

  /**
   * The newest finished traces, oldest first: how transactional calls ran, as data. Empty without `bootstrap({ trace })`.
   *
   * @example
   * import { bootstrap, printTrace } from 'ambit'
   * await using app = await bootstrap({ trace: { print: false }, database: { url: 'sqlite:app.db' } })
   * for (const trace of app.traces) if (trace.error) console.log(printTrace(trace))
   */
  get traces(): readonly TransactionTrace[] {
    return this.#traces?.kept ?? []
  }

  /**
   * The component for a token. One that lives for a transaction is the running transaction's own.
   *
   * @throws ComponentNotFoundError `AMBIT_DI_NOT_FOUND`, AmbiguousComponentError `AMBIT_DI_AMBIGUOUS`,
   * ContainerStateError `AMBIT_DI_SCOPE_INACTIVE`, `AMBIT_DI_ASYNC`
   */
  get<T>(token: Token<T>): T {
    return this.#container.get(token)
  }

  /**
   * As {@link get}, for a component of the running transaction whose creation may have something to wait for.
   *
   * @throws as {@link get}; ComponentCreationError `AMBIT_DI_CREATION`
   */
  resolve<T>(token: Token<T>): Promise<T> {
    return this.#container.resolve(token)
  }

  /** All components for a token, its subclasses included. */
  getAll<T>(token: Token<T>): readonly T[] {
    return this.#container.getAll(token)
  }

  /** Runs `fn` with this application as the ambient one: needed where several run and an object belongs to none. */
  run<T>(fn: () => T): T {
    return runInApplication(this.#context, fn)
  }

  /**
   * Waits for running transactions up to `closeTimeoutMs` and rolls back what is left, disposes of the components in
   * reverse order, and closes the data sources. Calls share one promise.
   *
   * @throws ApplicationCloseError `AMBIT_APPLICATION_CLOSE` with all failures, once everything has had its turn
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    const failures: unknown[] = []
    await this.#dataSources.drain(this.#closeTimeoutMs)
    // Components may still write while they are disposed of, so the data sources go last.
    await runInApplication(this.#context, () => this.#container.close()).catch((error: unknown) => failures.push(error))
    failures.push(...(await this.#dataSources.close(this.#closeTimeoutMs)))
    this.#context.close()
    try {
      this.#traces?.close()
    } catch (failure) {
      failures.push(failure)
    }
    if (failures.length > 0) throw new ApplicationCloseError(this.name, failures)
  }
}
