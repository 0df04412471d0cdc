import type { BoundaryDecision, ExecutionEvent, ExecutionListener } from '../../tx/execution-listener'
import type { TransactionOutcome } from '../../tx/hooks'

/** A method that ran in a transaction. */
export interface RecordedBoundary {
  readonly method: string
  readonly decision: BoundaryDecision
}

/** A transaction as its methods made it. */
export interface RecordedTransaction {
  /** The method that began it. */
  readonly method: string
  readonly dataSource: string
  /** `undefined` while it runs. */
  readonly outcome: TransactionOutcome | undefined
  /** All methods that ran in it, the first included. */
  readonly boundaries: readonly RecordedBoundary[]
}

type Growing = { outcome: TransactionOutcome | undefined; boundaries: RecordedBoundary[] } & Pick<
  RecordedTransaction,
  'method' | 'dataSource'
>

/** Makes transactions of the engine's events. */
export class TransactionRecord implements ExecutionListener {
  readonly #byId = new Map<string, Growing>()

  get transactions(): readonly RecordedTransaction[] {
    return [...this.#byId.values()].map(({ boundaries, ...rest }) => ({ ...rest, boundaries: [...boundaries] }))
  }

  onEvent(event: ExecutionEvent): void {
    if (event.kind === 'boundary' && event.transaction !== undefined) this.#boundary(event, event.transaction)
    if (event.kind === 'end') {
      const ended = this.#byId.get(event.transaction)
      if (ended) ended.outcome = event.outcome
    }
  }

  #boundary({ label, dataSource, decision }: Extract<ExecutionEvent, { kind: 'boundary' }>, id: string): void {
    const known = this.#byId.get(id) ?? { method: label, dataSource, outcome: undefined, boundaries: [] }
    known.boundaries.push({ method: label, decision })
    this.#byId.set(id, known)
  }
}
