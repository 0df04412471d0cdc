import { ContextKey, contextValue, runWithValue } from '../core/async-context'
import type { Scope } from './scope'

const asked = new ContextKey<Scope>('hooks of a whole transaction', true)

/**
 * Makes something that lives as long as the transaction. The hooks that it registers meanwhile do so too: it may have been
 * asked for in a NESTED block, whose rollback would leave the instance without them.
 */
export function withLastingHooks<R>(scope: Scope, make: () => R): R {
  return runWithValue(asked, scope, make)
}

/** Whether the running code is directly in what {@link withLastingHooks} makes, and in no boundary inside that. */
export function areHooksLasting(scope: Scope): boolean {
  return contextValue(asked) === scope
}
