import { guarded, type Logger } from '../core/logger'
import type { CrossDataSourceWrites } from './cross-writes'
import type { ExecutionEvent, ExecutionListener } from './execution-listener'

/** What an application gives its transaction managers. */
export interface TransactionSettings {
  /** The bound of every wait of ours: turn, connection, SQLite queue. Milliseconds. */
  readonly waitTimeoutMs: number
  /** The bound of each hook. Milliseconds. */
  readonly hookTimeoutMs: number
  /** What happens when one piece of work writes to several data sources. Default `'warn'`. */
  readonly crossDataSourceWrites?: CrossDataSourceWrites
  readonly listeners: readonly ExecutionListener[]
  readonly logger: Logger
  /** Is told what has no caller to be thrown at: after-hook errors and late work. */
  readonly onError: ((error: Error) => void) | undefined
}

export const DEFAULT_WAIT_TIMEOUT_MS = 5_000
export const DEFAULT_HOOK_TIMEOUT_MS = 10_000

const REMEMBERED_WARNINGS = 1_000

/** The settings, and how events and unthrowable errors leave the engine. */
export class Environment {
  readonly waitTimeoutMs: number
  readonly hookTimeoutMs: number
  readonly crossDataSourceWrites: CrossDataSourceWrites
  /** The one that was given, unable to fail. */
  readonly logger: Logger
  readonly #warned = new Set<string>()
  readonly #listeners: ExecutionListener[]
  readonly #errorWatchers = new Set<(error: Error) => void>()
  readonly #onError: ((error: Error) => void) | undefined

  constructor(settings: TransactionSettings) {
    this.waitTimeoutMs = settings.waitTimeoutMs
    this.hookTimeoutMs = settings.hookTimeoutMs
    this.crossDataSourceWrites = settings.crossDataSourceWrites ?? 'warn'
    this.#listeners = [...settings.listeners]
    this.logger = guarded(settings.logger)
    this.#onError = settings.onError
  }

  get observed(): boolean {
    return this.#listeners.length > 0
  }

  /** Adds a listener; the answer takes it off again. */
  listen(listener: ExecutionListener): () => void {
    this.#listeners.push(listener)
    return () => {
      const index = this.#listeners.indexOf(listener)
      if (index >= 0) this.#listeners.splice(index, 1)
    }
  }

  /** Tells of each reported error, in the context in which it is reported; the answer ends that. */
  watchErrors(watch: (error: Error) => void): () => void {
    this.#errorWatchers.add(watch)
    return () => {
      this.#errorWatchers.delete(watch)
    }
  }

  /** The event is only made where somebody listens. */
  emit(event: () => ExecutionEvent): void {
    if (this.#listeners.length === 0) return
    const made = Object.freeze(event())
    for (const listener of this.#listeners) this.#tell(listener, made)
  }

  warn(message: string): void {
    this.logger.warn(message)
  }

  /** Logs what is worth saying, but not each time. Methods may be named by the call (`label`), so it forgets at some point. */
  warnOnce(message: string): void {
    if (this.#warned.has(message)) return
    if (this.#warned.size >= REMEMBERED_WARNINGS) this.#warned.clear()
    this.#warned.add(message)
    this.logger.warn(message)
  }

  /** For errors that no caller can catch any more. Never throws: it is called while transactions end. */
  report(error: Error): void {
    for (const watch of this.#errorWatchers) this.#tellError(watch, error)
    this.logger.error(error.message, error.cause)
    if (this.#onError) this.#tellError(this.#onError, error)
  }

  #tellError(listener: (error: Error) => void, error: Error): void {
    try {
      listener(error)
    } catch (failure) {
      this.logger.error('The error listener itself failed.', failure)
    }
  }

  #tell(listener: ExecutionListener, event: ExecutionEvent): void {
    try {
      listener.onEvent(event)
    } catch (failure) {
      this.logger.error('An execution listener failed; it was ignored.', failure)
    }
  }
}
