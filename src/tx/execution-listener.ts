import type { TransactionOutcome } from './hooks'

/** What a boundary decided when it started. */
export type BoundaryDecision = 'began' | 'joined' | 'savepoint' | 'no-transaction'

/** One step of the execution of transactional code, with the ids that make a tree of it. */
export type ExecutionEvent =
  | {
      readonly kind: 'boundary'
      readonly boundary: number
      /** The boundary it was called in, whatever its data source. */
      readonly parent: number | undefined
      readonly label: string
      readonly dataSource: string
      readonly decision: BoundaryDecision
      /** The transaction it runs in, and the one it suspended. */
      readonly transaction: string | undefined
      readonly suspended: string | undefined
      /** Options that have no effect here: `retry` is the originator's. */
      readonly inert: readonly 'retry'[]
    }
  | { readonly kind: 'boundary-end'; readonly boundary: number; readonly error: unknown; readonly durationMs: number }
  | {
      readonly kind: 'statement'
      readonly boundary: number
      readonly transaction: string | undefined
      readonly text: string
      readonly error: unknown
      readonly durationMs: number
    }
  /** BEGIN, SAVEPOINT, RELEASE, ROLLBACK TO, COMMIT and ROLLBACK as they are sent, with the boundary they belong to. */
  | { readonly kind: 'control'; readonly boundary: number; readonly transaction: string; readonly command: string }
  | {
      readonly kind: 'end'
      readonly transaction: string
      readonly boundary: number
      readonly outcome: TransactionOutcome
    }

/** Is told every step; must not throw and must not wait. Metrics, traces and logs are made from it. */
export interface ExecutionListener {
  onEvent(event: ExecutionEvent): void
}
