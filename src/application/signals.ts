import { constants } from 'node:os'
import type { Logger } from '../core/logger'

/** The signals that ask a process to end. */
export const CLOSING_SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** Those that wait for signals in this process: it may end by one only when the last of them has closed. */
const watches = new Set<SignalWatch>()

/**
 * Closes an application when the process is asked to end, then lets the process end as it would have without us: by the
 * signal, unless the program listens to it itself. A second signal does not wait for the close.
 */
export class SignalWatch {
  readonly #signals: readonly NodeJS.Signals[]
  readonly #close: () => Promise<void>
  readonly #logger: Logger
  #received: NodeJS.Signals | undefined

  constructor(parts: {
    readonly signals: readonly NodeJS.Signals[]
    readonly close: () => Promise<void>
    readonly logger: Logger
  }) {
    this.#signals = parts.signals
    this.#close = parts.close
    this.#logger = parts.logger
  }

  start(): void {
    watches.add(this)
    for (const signal of this.#signals) process.on(signal, this.#onSignal)
  }

  /** Called when the application has closed, by whichever way. */
  stop(): void {
    for (const signal of this.#signals) process.off(signal, this.#onSignal)
    watches.delete(this)
  }

  waitsFor(signal: NodeJS.Signals): boolean {
    return this.#signals.includes(signal)
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    if (this.#received !== undefined) process.exit(STATUS_OF_SIGNALS + constants.signals[signal])
    this.#received = signal
    this.#logger.info(`${signal}: the application closes. A second signal ends the process at once.`)
    void this.#closeBy(signal)
  }

  async #closeBy(signal: NodeJS.Signals): Promise<void> {
    try {
      await this.#close()
    } catch (error) {
      this.#logger.error(`The application did not close well after ${signal}.`, error)
    }
    // What the program itself does behind its own close() comes first.
    setImmediate(raiseAgain, signal)
  }
}

/** Whoever else listens has heard the signal already; while one of ours does, its application is still closing. */
function raiseAgain(signal: NodeJS.Signals): void {
  const waiting = [...watches].some(watch => watch.waitsFor(signal))
  if (!waiting && process.listenerCount(signal) === 0) process.kill(process.pid, signal)
}

/** What a shell answers for a process that a signal has ended, less the signal's number. */
const STATUS_OF_SIGNALS = 128
