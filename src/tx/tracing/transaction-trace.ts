import type { BoundaryDecision, ControlAction } from '../execution-listener'
import type { HookPhase, TransactionOutcome } from '../hooks'

/**
 * An error as a trace keeps it. Only Ambit's own messages are kept: they hold no values, while those of drivers and
 * applications may.
 */
export interface TraceError {
  /** Its class. */
  readonly name: string
  /** `AMBIT_…`, an SQLSTATE, `SQLITE_…`, `ECONNRESET`; `undefined` where it has none. */
  readonly code: string | undefined
  readonly message: string | undefined
}

/**
 * A transactional call, and what happened in it, in order. Plain data: it can be sent as JSON.
 *
 * A call inside another one is a step of it. One that has nothing around it is the root of a tree.
 */
export interface TransactionTrace {
  readonly kind: 'boundary'
  readonly boundary: number
  /** The boundary it was called in; set on a root only where that one was over already. */
  readonly parent: number | undefined
  /** The method's name. */
  readonly label: string
  readonly dataSource: string
  readonly decision: BoundaryDecision
  /** The transaction it ran in, at first, and the one that it suspended. */
  readonly transaction: string | undefined
  readonly suspended: string | undefined
  readonly inert: readonly 'retry'[]
  /** Whether it was called, or went on, after the call that it belongs to was over. */
  readonly late: boolean
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly waitedMs: number
  /** `undefined`: it was still running when the tree ended. */
  readonly durationMs: number | undefined
  readonly error: TraceError | undefined
  readonly steps: readonly TraceStep[]
  /** How many steps were left out because the tree was full. */
  readonly omitted: number
}

/** A statement, with what is quoted in its text as `?`. */
export interface StatementStep {
  readonly kind: 'statement'
  readonly text: string
  readonly waitedMs: number
  readonly durationMs: number
  readonly error: TraceError | undefined
}

/** A transaction-control command; `durationMs` is `undefined` where it travelled with another command. */
export interface ControlStep {
  readonly kind: 'control'
  readonly action: ControlAction
  readonly command: string
  readonly durationMs: number | undefined
  readonly error: TraceError | undefined
}

/** A hook; what it did follows. */
export interface HookStep {
  readonly kind: 'hook'
  readonly phase: HookPhase
  readonly registeredIn: string
  readonly durationMs: number | undefined
  readonly error: TraceError | undefined
}

/** The method was run once more. */
export interface AttemptStep {
  readonly kind: 'attempt'
  readonly attempt: number
  readonly transaction: string
  /** The back-off. */
  readonly waitedMs: number
  /** Why the attempt before failed. */
  readonly error: TraceError | undefined
}

/** A transaction that the call began has ended. */
export interface EndStep {
  readonly kind: 'end'
  readonly transaction: string
  readonly outcome: TransactionOutcome
  readonly doomedBy: string | undefined
  readonly durationMs: number
}

/** Work that came too late, and was refused. */
export interface LateStep {
  readonly kind: 'late'
  readonly what: 'statement' | 'boundary' | 'hook' | 'handle'
  readonly text: string | undefined
  readonly error: TraceError | undefined
}

export type LeafStep = StatementStep | ControlStep | HookStep | AttemptStep | EndStep | LateStep

/** One thing that happened in a call. */
export type TraceStep = TransactionTrace | LeafStep
