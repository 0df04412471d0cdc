import type { ApplicationContext } from '../core/applications'
import type { ScopeSource } from '../di'
import { withLastingHooks } from '../tx/lasting-hooks'
import { TRANSACTION_MANAGERS } from '../tx/transaction-managers'

/** Components with the scope `'transaction'` live as long as one physical transaction of the default data source. */
export function transactionScope(application: ApplicationContext): ScopeSource {
  return {
    remedy: "Ask for it inside a @Transactional method on the data source 'default'.",
    current: () => {
      const scope = application.get(TRANSACTION_MANAGERS)?.get('default')?.current
      const physical = scope?.physical
      if (physical === undefined || scope?.state !== 'active') return undefined
      return {
        key: physical,
        onEnd: end => {
          physical.whenOver(end)
        },
        create: make => withLastingHooks(scope, make),
      }
    },
  }
}
