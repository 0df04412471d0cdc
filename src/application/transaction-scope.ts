import type { ApplicationContext } from '../core/applications'
import type { ScopeSource } from '../di'
import { TRANSACTION_MANAGERS } from '../tx/transaction-managers'

/** Components with the scope `'transaction'` live as long as one physical transaction of the default data source. */
export function transactionScope(application: ApplicationContext): ScopeSource {
  return {
    remedy: "Ask for it inside a @Transactional method on the data source 'default'.",
    current: () => {
      const { physical, state } = application.get(TRANSACTION_MANAGERS)?.get('default')?.current ?? {}
      if (physical === undefined || state !== 'active') return undefined
      return {
        key: physical,
        onEnd: end => {
          physical.whenOver(end)
        },
      }
    },
  }
}
