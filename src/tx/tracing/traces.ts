import type { ExecutionListener } from '../execution-listener'
import { OUTSIDE } from '../trace'
import { printTrace } from './print-trace'
import { TraceCollector } from './trace-collector'
import type { TransactionTrace } from './transaction-trace'

/** What is traced, and what becomes of it. */
export interface TraceOptions {
  /** Whether finished traces are printed. Default true. */
  readonly print?: boolean
  /** Prints only what took at least so long, in milliseconds. Default 0. */
  readonly slowMs?: number
  /** How many finished traces `app.traces` keeps. Default 100. */
  readonly limit?: number
}

const DEFAULT_LIMIT = 100

/** The finished traces of an application: the newest are kept, and printed as they end. */
export class Traces {
  readonly listener: ExecutionListener
  readonly #collector: TraceCollector
  readonly #options: Required<TraceOptions>
  readonly #print: (text: string) => void
  readonly #kept: TransactionTrace[] = []
  /** How many of them are single statements outside every transaction. */
  #outside = 0

  constructor({ print = true, slowMs = 0, limit = DEFAULT_LIMIT }: TraceOptions, write: (text: string) => void) {
    this.#options = { print, slowMs, limit }
    this.#print = write
    this.#collector = new TraceCollector(trace => {
      this.#finished(trace)
    })
    this.listener = this.#collector
  }

  /** Oldest first. */
  get kept(): readonly TransactionTrace[] {
    return Object.freeze([...this.#kept])
  }

  /** How many calls are watched that have not ended. */
  get open(): number {
    return this.#collector.open
  }

  /** Ends what is still open: nothing more is traced. */
  close(): void {
    this.#collector.close()
  }

  #finished(trace: TransactionTrace): void {
    const { print, slowMs, limit } = this.#options
    this.#kept.push(trace)
    if (isOutside(trace)) this.#outside += 1
    if (this.#kept.length > limit) this.#forget(limit)
    if (print && (trace.durationMs ?? Infinity) >= slowMs) this.#print(printTrace(trace))
  }

  /** Single statements must not drive out the calls: they have half of the room. */
  #forget(limit: number): void {
    const index = this.#outside > limit / 2 ? this.#kept.findIndex(isOutside) : 0
    const [forgotten] = this.#kept.splice(index, 1)
    if (forgotten && isOutside(forgotten)) this.#outside -= 1
  }
}

function isOutside({ label, decision }: TransactionTrace): boolean {
  return decision === 'no-transaction' && label === OUTSIDE
}
