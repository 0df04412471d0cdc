import type { HookPhase, TransactionOutcome } from './hooks'

/** What a boundary decided when it started; `refused`: its method did not run. */
export type BoundaryDecision = 'began' | 'joined' | 'savepoint' | 'no-transaction' | 'refused'

/** What a transaction-control command does; `setting` is SET LOCAL. */
export type ControlAction = 'begin' | 'savepoint' | 'rollback-to' | 'release' | 'commit' | 'rollback' | 'setting'

/** The call that a step belongs to. */
interface OfBoundary {
  /** Unique within the process. */
  readonly boundary: number
  /** The method's name. */
  readonly label: string
  readonly dataSource: string
}

/** A transactional call starts, or is refused. */
interface BoundaryStart extends OfBoundary {
  readonly kind: 'boundary'
  /** The boundary it was called in, whatever its data source. */
  readonly parent: number | undefined
  readonly decision: BoundaryDecision
  /** The transaction it runs in, and the one it suspended. */
  readonly transaction: string | undefined
  readonly suspended: string | undefined
  /** Options that have no effect here: `retry` is the originator's. */
  readonly inert: readonly 'retry'[]
  /** How long it waited for its turn, in milliseconds: a NESTED block waits for its siblings. */
  readonly waitedMs: number
}

/** A transactional call has ended, its hooks included. Exactly one follows each start. */
interface BoundaryEnd extends OfBoundary {
  readonly kind: 'boundary-end'
  readonly decision: BoundaryDecision
  readonly error: unknown
  readonly durationMs: number
}

/** The originator runs once more, in a transaction of its own. */
interface Attempt extends OfBoundary {
  readonly kind: 'attempt'
  /** 2 for the first repetition. */
  readonly attempt: number
  /** The new transaction. */
  readonly transaction: string
  /** Why the one before failed. */
  readonly error: unknown
  /** The back-off before it, in milliseconds. */
  readonly waitedMs: number
}

/** A physical transaction has ended, whether or not it sent anything. */
interface TransactionEnd extends OfBoundary {
  readonly kind: 'end'
  readonly transaction: string
  readonly outcome: TransactionOutcome
  /** The method because of which it could not commit, where there is one. */
  readonly doomedBy: string | undefined
  readonly durationMs: number
}

/** A step in a transaction. */
interface OfTransaction extends OfBoundary {
  readonly transaction: string
}

/** A statement of a transaction, or of none. */
interface OfStatement extends OfBoundary {
  /** `undefined` outside every transaction: `boundary` is then a number of its own, or that of a call without a transaction. */
  readonly transaction: string | undefined
}

/** A statement is about to take its turn. */
interface StatementStart extends OfStatement {
  readonly kind: 'statement'
  /** Unique within the process; its end has the same. */
  readonly statement: number
  readonly text: string
}

/** A statement was answered, or could not be sent. */
interface StatementEnd extends OfStatement {
  readonly kind: 'statement-end'
  readonly statement: number
  readonly text: string
  readonly error: unknown
  /** Until it was sent: for its turn, its savepoints and a connection. Milliseconds. */
  readonly waitedMs: number
  /** From then to its answer. Milliseconds; of a stream, what all its portions took together. */
  readonly durationMs: number
  /** How many rows a stream has fetched; `undefined` for every other statement. */
  readonly rows?: number
}

/** BEGIN, SAVEPOINT, RELEASE, ROLLBACK TO, COMMIT, ROLLBACK or SET LOCAL as it is sent. */
interface Control extends OfTransaction {
  readonly kind: 'control'
  readonly action: ControlAction
  readonly command: string
}

/** The answer to a command that was sent by itself: one that travels with another has none of its own. */
interface ControlEnd extends OfTransaction {
  readonly kind: 'control-end'
  readonly action: ControlAction
  readonly command: string
  readonly error: unknown
  readonly durationMs: number
}

/** A hook starts. `label` is the method that began the transaction. */
interface HookStart extends OfTransaction {
  readonly kind: 'hook'
  readonly phase: HookPhase
  /** The method it was registered in. */
  readonly registeredIn: string
}

/** A hook has ended, or took too long. */
interface HookEnd extends OfTransaction {
  readonly kind: 'hook-end'
  readonly phase: HookPhase
  readonly registeredIn: string
  readonly error: unknown
  readonly durationMs: number
}

/** Work that came after the end of the scope it belongs to, and was refused. */
interface Late extends OfBoundary {
  readonly kind: 'late'
  /** `handle`: a manager or a query runner was asked for. */
  readonly what: 'statement' | 'boundary' | 'hook' | 'handle'
  readonly transaction: string | undefined
  /** The statement's text. */
  readonly text: string | undefined
  readonly error: unknown
}

/** One step of the execution of transactional code, with the ids that make a tree of it. Immutable. */
export type ExecutionEvent =
  | BoundaryStart
  | BoundaryEnd
  | Attempt
  | TransactionEnd
  | StatementStart
  | StatementEnd
  | Control
  | ControlEnd
  | HookStart
  | HookEnd
  | Late

/**
 * Is told every step, synchronously; must not throw and must not wait. Metrics, spans and logs are made from it.
 *
 * @example
 * import { bootstrap, type ExecutionListener } from 'ambit'
 * const slow: ExecutionListener = {
 *   onEvent: event => {
 *     if (event.kind === 'statement-end' && event.durationMs > 200) console.warn(event.label, event.text)
 *   },
 * }
 * await bootstrap({ listeners: [slow] })
 */
export interface ExecutionListener {
  onEvent(event: ExecutionEvent): void
}
