import type { ContextNode } from '../core/async-context'
import type { Block } from './block'
import { TransactionEndedError } from './errors'
import { type HookFunction, type HookPhase, makeHook } from './hooks'
import { areHooksLasting } from './lasting-hooks'
import type { TransactionDefinition } from './options'
import type { PhysicalTransaction } from './physical-transaction'
import type { AmbientState } from './propagation'

/** How a scope came to its transaction. Only owners of a block end it. */
export type ScopeRole = 'originator' | 'participant' | 'nested' | 'empty'

/** Where a scope stands. */
export interface ScopePlace {
  readonly physical: PhysicalTransaction | undefined
  readonly block: Block | undefined
  /** The scope of the same data source around this one. */
  readonly outer: Scope | undefined
  /** The context the boundary was called in. */
  readonly calledIn: ContextNode | undefined
  /** Where the boundary has its number already: a repetition, a hook or a subscriber is part of the same call. */
  readonly boundary?: number
}

/** What may be said of a hook beside its phase. */
export interface HookPlace {
  readonly order?: number | undefined
  readonly label?: string
}

let boundaries = 0

/** The number of one more boundary. */
export function nextBoundary(): number {
  return (boundaries += 1)
}

/**
 * What one boundary runs in: the record that travels with the async call chain.
 *
 * The record never changes its transaction; suspending is a new record around it, so siblings are undisturbed.
 */
export class Scope {
  readonly boundary: number
  /** Whether a statement of this boundary, or of one inside it, wrote. */
  wrote = false
  /** Whether the database refused a statement of this boundary, or of one inside it. */
  refused = false
  /** Is told when its own deadline has passed, or its own signal was aborted. */
  onExpired: ((error: Error) => void) | undefined
  #deadlineError: Error | undefined

  readonly physical: PhysicalTransaction | undefined
  readonly block: Block | undefined
  readonly outer: Scope | undefined
  readonly calledIn: ContextNode | undefined

  constructor(
    readonly role: ScopeRole,
    readonly definition: TransactionDefinition,
    { physical, block, outer, calledIn, boundary = nextBoundary() }: ScopePlace,
  ) {
    this.boundary = boundary
    this.physical = physical
    this.block = block
    this.outer = outer
    this.calledIn = calledIn
    if (block && role !== 'participant') block.boundary = this.boundary
  }

  get state(): AmbientState {
    if (this.block === undefined) return 'empty'
    return this.block.closed ? 'ended' : 'active'
  }

  get label(): string {
    return this.definition.label
  }

  /** The own deadline of a participant or NESTED block has passed, or its own signal was aborted. */
  expire(error: Error): void {
    if (this.#deadlineError !== undefined || this.state === 'ended') return
    this.#deadlineError = error
    this.block?.doomWith({ label: this.label, error })
    this.onExpired?.(error)
  }

  get deadlineError(): Error | undefined {
    return this.#deadlineError ?? (this.#inSameTransaction(this.outer) ? this.outer.deadlineError : undefined)
  }

  /** Marks this scope and those around it in the same transaction. */
  note(what: 'wrote' | 'refused'): void {
    if (this[what]) return
    this[what] = true
    if (this.#inSameTransaction(this.outer)) this.outer.note(what)
  }

  setRollbackOnly(): void {
    const block = this.#openBlock()
    if (this.role === 'participant') block.doomWith({ label: this.label, error: undefined })
    else block.rollbackOnly = true
  }

  /** `label`: whose hook it is, where that is not the running method's. */
  addHook(phase: HookPhase, run: HookFunction, { order, label = this.label }: HookPlace = {}): void {
    const open = this.#openBlock()
    const block = areHooksLasting(this) ? (this.physical?.root ?? open) : open
    block.hooks.push(makeHook(phase, run, label, order))
  }

  /** Puts back what is written into objects along with rows, should the rows be rolled back. Nothing without a transaction. */
  onUndo(undo: () => void): void {
    if (this.state === 'active') this.block?.onUndo(undo)
  }

  /** The error of work that comes when the scope is over. */
  ended(): Error {
    return this.physical?.forcedEnd ?? new TransactionEndedError(this.label)
  }

  #openBlock(): Block {
    if (this.block === undefined || this.block.closed) throw this.ended()
    return this.block
  }

  #inSameTransaction(other: Scope | undefined): other is Scope {
    return other !== undefined && this.physical !== undefined && other.physical === this.physical
  }
}
