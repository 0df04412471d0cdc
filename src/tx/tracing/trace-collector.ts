import type { ExecutionEvent, ExecutionListener } from '../execution-listener'
import { type OpenCall, type Opening, OpenTree } from './open-tree'
import { attemptStep, controlStep, endStep, hookStep, lateStep, statementStep } from './trace-step'
import type { TransactionTrace } from './transaction-trace'

type Event<K extends ExecutionEvent['kind']> = Extract<ExecutionEvent, { readonly kind: K }>

type StepKind = Exclude<ExecutionEvent['kind'], 'boundary' | 'boundary-end' | 'late'>

/** Calls that never end (a generator that nobody finishes) must not pile up: the oldest trees are given up. */
const MAX_OPEN_TREES = 1_000

/** Makes trees of events; each is handed on, as data, when its root has ended. */
export class TraceCollector implements ExecutionListener {
  readonly #finished: (trace: TransactionTrace) => void
  readonly #calls = new Map<number, OpenCall>()
  readonly #trees = new Set<OpenTree>()
  #closed = false

  constructor(finished: (trace: TransactionTrace) => void) {
    this.#finished = finished
  }

  /** How many calls have not ended, as far as they are watched. */
  get open(): number {
    return this.#calls.size
  }

  onEvent(event: ExecutionEvent): void {
    if (this.#closed) return
    if (event.kind === 'boundary') this.#start(event)
    else if (event.kind === 'late') this.#late(event)
    else this.#inCall(event, this.#calls.get(event.boundary))
  }

  /** Hands on what has not ended, and watches no more. */
  close(): void {
    for (const tree of [...this.#trees]) this.#giveUp(tree)
    this.#closed = true
  }

  #start(event: Event<'boundary'>): void {
    const parent = event.parent === undefined ? undefined : this.#calls.get(event.parent)
    const opening = openingOf(event, event.parent !== undefined && parent === undefined)
    this.#calls.set(event.boundary, parent === undefined ? this.#plant(opening).root : parent.call(opening))
  }

  #plant(opening: Opening): OpenTree {
    const [oldest] = this.#trees
    if (oldest && this.#trees.size >= MAX_OPEN_TREES) this.#giveUp(oldest)
    const tree = new OpenTree(opening)
    this.#trees.add(tree)
    return tree
  }

  #inCall(event: Event<StepKind | 'boundary-end'>, call: OpenCall | undefined): void {
    if (call === undefined) {
      if (event.kind === 'statement-end' && event.transaction === undefined) this.#outside(event)
      return
    }
    if (event.kind === 'boundary-end') {
      this.#end(call, event)
      return
    }
    // Each is given the event of its own kind.
    const step = STEPS[event.kind] as (call: OpenCall, event: Event<StepKind>) => void
    step(call, event)
  }

  #end(call: OpenCall, { durationMs, error }: Event<'boundary-end'>): void {
    call.end(durationMs, error)
    this.#calls.delete(call.opening.boundary)
    if (call.tree.root === call) this.#finish(call.tree)
  }

  /** What still runs in a tree whose root has ended goes on in trees of its own. */
  #finish(tree: OpenTree): void {
    this.#trees.delete(tree)
    const left = [...tree.open]
    for (const { opening } of left) this.#calls.delete(opening.boundary)
    this.#finished(tree.root.toTrace())
    for (const { opening } of left) {
      const parent = opening.parent === undefined ? undefined : this.#calls.get(opening.parent)
      const again = { ...opening, late: true }
      this.#calls.set(opening.boundary, parent === undefined ? this.#plant(again).root : parent.call(again))
    }
  }

  #giveUp(tree: OpenTree): void {
    this.#trees.delete(tree)
    for (const { opening } of tree.open) this.#calls.delete(opening.boundary)
    this.#finished(tree.root.toTrace())
  }

  /** A statement that belongs to no call is a tree by itself. */
  #outside(event: Event<'statement-end'>): void {
    const { boundary, label, dataSource, durationMs, error } = event
    const opening = { ...NO_CALL, boundary, label, dataSource, parent: undefined, decision: 'no-transaction' } as const
    const { root } = new OpenTree(opening, Date.now() - durationMs)
    root.add(statementStep(event))
    root.end(durationMs, error)
    this.#finished(root.toTrace())
  }

  /** A refused boundary tells of itself; other late work is a step of its call, or a tree where that one is over. */
  #late(event: Event<'late'>): void {
    if (event.what === 'boundary') return
    const call = this.#calls.get(event.boundary)
    if (call) {
      call.add(lateStep(event))
      return
    }
    const { root } = new OpenTree(afterTheEnd(event))
    root.add(lateStep(event))
    root.end(0, event.error)
    this.#finished(root.toTrace())
  }
}

function openingOf(event: Event<'boundary'>, late: boolean): Opening {
  const { boundary, parent, label, dataSource, decision, transaction, suspended, inert, waitedMs } = event
  return { boundary, parent, label, dataSource, decision, transaction, suspended, inert, waitedMs, late }
}

function afterTheEnd({ boundary, label, dataSource, transaction }: Event<'late'>): Opening {
  return {
    ...NO_CALL,
    boundary,
    parent: boundary,
    label,
    dataSource,
    decision: 'refused',
    transaction,
    late: true,
  }
}

/** Of what is no call of its own there is nothing more to say. */
const NO_CALL = { transaction: undefined, suspended: undefined, inert: [], waitedMs: 0, late: false } as const

const STEPS = {
  attempt: (call, event) => {
    call.add(attemptStep(event))
  },
  end: (call, event) => {
    call.add(endStep(event))
  },
  // It is shown where it was answered: behind the commands that went ahead of it.
  statement: () => undefined,
  'statement-end': (call, event) => {
    call.add(statementStep(event))
  },
  control: (call, event) => {
    call.control(controlStep(event))
  },
  'control-end': (call, { command, durationMs, error }) => {
    call.controlEnd(command, durationMs, error)
  },
  hook: (call, event) => {
    call.hook(hookStep(event))
  },
  'hook-end': (call, { durationMs, error }) => {
    call.hookEnd(durationMs, error)
  },
} satisfies { readonly [K in StepKind]: (call: OpenCall, event: Event<K>) => void }
