import type { Class } from '../core/metadata'

/** Which errors roll back. Without rules every error does. */
export interface RollbackRules {
  readonly rollbackFor: readonly Class[]
  readonly noRollbackFor: readonly Class[]
}

/**
 * Whether `error` rolls the transaction back: the rule whose class is nearest to the error's own wins; at the same
 * distance `rollbackFor` wins; without a match the answer is yes.
 */
export function shouldRollback(rules: RollbackRules, error: unknown): boolean {
  const against = nearest(rules.noRollbackFor, error)
  if (against === undefined) return true
  const pro = nearest(rules.rollbackFor, error)
  return pro !== undefined && pro <= against
}

function nearest(classes: readonly Class[], error: unknown): number | undefined {
  if (classes.length === 0 || typeof error !== 'object' || error === null) return undefined
  let depth = 0
  for (let level: object | null = Object.getPrototypeOf(error) as object | null; level; depth += 1) {
    const at = level
    if (classes.some(candidate => candidate.prototype === at)) return depth
    level = Object.getPrototypeOf(level) as object | null
  }
  return undefined
}
