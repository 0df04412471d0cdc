/** When a hook runs. */
export const HOOK_PHASES = ['beforeCommit', 'afterCommit', 'afterRollback', 'afterCompletion'] as const

/** The moment a hook is bound to: before the commit, after it, after a rollback, or after either. */
export type HookPhase = (typeof HOOK_PHASES)[number]

/** How a physical transaction ended. */
export type TransactionOutcome = 'committed' | 'rolled-back' | 'unknown'

/** Work bound to the end of a transaction. `afterCompletion` hooks are told the outcome. */
export type HookFunction = (outcome: TransactionOutcome) => unknown

export interface Hook {
  readonly phase: HookPhase
  readonly run: HookFunction
  /** The method it was registered in. */
  readonly label: string
  /** Set when the savepoint it was registered in was rolled back: the hook sees that outcome, whatever came after. */
  readonly rolledBack: boolean
  /** The place that was asked for; `Infinity` for the hooks that asked for none. */
  readonly order: number
  /** Its place among all hooks of the process, by registration. */
  readonly sequence: number
}

let registered = 0

export function makeHook(phase: HookPhase, run: HookFunction, label: string, order = Infinity): Hook {
  return { phase, run, label, rolledBack: false, order, sequence: (registered += 1) }
}

/** What runs behind all other hooks, whenever they were registered: the end of what lives as long as the transaction. */
export function makeLastHook(run: HookFunction, label: string): Hook {
  return { phase: 'afterCompletion', run, label, rolledBack: false, order: Infinity, sequence: Infinity }
}

/** By the order that was asked for, then by registration, also across blocks that ran beside each other. */
export function inOrder(hooks: readonly Hook[]): Hook[] {
  return [...hooks].sort((a, b) => compare(a.order, b.order) || compare(a.sequence, b.sequence))
}

/** By subtraction two infinities would be neither equal nor in order. */
function compare(left: number, right: number): number {
  return left === right ? 0 : left < right ? -1 : 1
}

/** What becomes of the hooks of a rolled-back savepoint: those about a commit are dropped, the others keep its outcome. */
export function hooksOfRolledBackSavepoint(hooks: readonly Hook[]): Hook[] {
  return hooks
    .filter(hook => hook.phase === 'afterRollback' || hook.phase === 'afterCompletion')
    .map(hook => ({ ...hook, rolledBack: true }))
}

/** The hooks to run after the end, in their order: the phase of the outcome first, then `afterCompletion`. */
export function hooksAfter(hooks: readonly Hook[], outcome: TransactionOutcome): [Hook, TransactionOutcome][] {
  const seen = (hook: Hook): TransactionOutcome => (hook.rolledBack ? 'rolled-back' : outcome)
  const ordered = inOrder(hooks)
  const settled = ordered.filter(hook => PHASE_OF_OUTCOME[seen(hook)] === hook.phase)
  const completed = ordered.filter(hook => hook.phase === 'afterCompletion')
  return [...settled, ...completed].map(hook => [hook, seen(hook)])
}

const PHASE_OF_OUTCOME = {
  committed: 'afterCommit',
  'rolled-back': 'afterRollback',
  unknown: undefined,
} as const satisfies Record<TransactionOutcome, HookPhase | undefined>
