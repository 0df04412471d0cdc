import { traceError } from './trace-error'
import type { ControlStep, HookStep, LeafStep, TransactionTrace } from './transaction-trace'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** What is known of a call when it starts. */
export type Opening = Pick<
  TransactionTrace,
  | 'boundary'
  | 'parent'
  | 'label'
  | 'dataSource'
  | 'decision'
  | 'transaction'
  | 'suspended'
  | 'inert'
  | 'waitedMs'
  | 'late'
>

/** More is counted, and not kept: a loop in a transaction must not fill the memory. */
const MAX_STEPS = 500

/** A tree that grows: its root has not ended. */
export class OpenTree {
  readonly root: OpenCall
  /** Those of its calls that have not ended. */
  readonly open = new Set<OpenCall>()
  #steps = 0

  constructor(opening: Opening, startedAt?: number) {
    this.root = new OpenCall(this, opening, startedAt)
  }

  /** Whether there is room for one more step. */
  admit(): boolean {
    return this.#steps < MAX_STEPS && (this.#steps += 1) > 0
  }
}

/** A call of a growing tree. */
export class OpenCall {
  readonly #steps: (LeafStep | OpenCall)[] = []
  readonly #startedAt: number
  #omitted = 0
  #control: Mutable<ControlStep> | undefined
  #hook: Mutable<HookStep> | undefined
  #durationMs: number | undefined
  #error: unknown

  constructor(
    readonly tree: OpenTree,
    readonly opening: Opening,
    startedAt = Date.now(),
  ) {
    this.#startedAt = startedAt
    tree.open.add(this)
  }

  add(step: LeafStep): void {
    if (this.tree.admit()) this.#steps.push(step)
    else this.#omitted += 1
  }

  /** A call in this one. Where the tree is full it is not kept, but its own calls must still find it. */
  call(opening: Opening): OpenCall {
    const call = new OpenCall(this.tree, opening)
    if (this.tree.admit()) this.#steps.push(call)
    else this.#omitted += 1
    return call
  }

  control(step: ControlStep): void {
    this.#control = { ...step }
    this.add(this.#control)
  }

  controlEnd(command: string, durationMs: number, error: unknown): void {
    if (this.#control?.command !== command) return
    this.#control.durationMs = durationMs
    this.#control.error = traceError(error)
  }

  hook(step: HookStep): void {
    this.#hook = { ...step }
    this.add(this.#hook)
  }

  hookEnd(durationMs: number, error: unknown): void {
    if (this.#hook === undefined) return
    this.#hook.durationMs = durationMs
    this.#hook.error = traceError(error)
  }

  end(durationMs: number, error: unknown): void {
    this.#durationMs = durationMs
    this.#error = error
    this.tree.open.delete(this)
  }

  /** The call as data. */
  toTrace(): TransactionTrace {
    const steps = this.#steps.map(step => (step instanceof OpenCall ? step.toTrace() : Object.freeze({ ...step })))
    return Object.freeze({
      kind: 'boundary',
      ...this.opening,
      startedAt: this.#startedAt,
      durationMs: this.#durationMs,
      error: traceError(this.#error),
      steps: Object.freeze(steps),
      omitted: this.#omitted,
    })
  }
}
