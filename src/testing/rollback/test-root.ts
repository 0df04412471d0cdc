import type { ApplicationContext } from '../../core/applications'
import { commitPhysical, rollbackPhysical } from '../../tx/completion'
import { defineTransaction } from '../../tx/options'
import { Scope } from '../../tx/scope'
import type { TransactionManager } from '../../tx/transaction-manager'
import { RootTransaction } from './root-transaction'

/** `idle`: ended by the test itself, transactions are real again. `over`: the test is. */
export type TestRootState = 'active' | 'idle' | 'over'

interface Trunk {
  readonly scope: Scope
  readonly transaction: RootTransaction
}

/** What a test runs in: one transaction for each data source that it uses, ended together. */
export class TestRoot {
  commits = false
  #state: TestRootState = 'active'
  readonly #trunks = new Map<TransactionManager, Trunk>()

  constructor(
    readonly application: ApplicationContext,
    readonly label: string,
  ) {}

  get state(): TestRootState {
    return this.#state
  }

  start(): void {
    this.commits = false
    this.#state = 'active'
  }

  /** The transaction of a data source: made with the first call, begun with the first statement. */
  trunkOf(manager: TransactionManager): RootTransaction {
    const known = this.#trunks.get(manager)
    if (known) return known.transaction
    const definition = defineTransaction({ dataSource: manager.resource.name, label: this.label }, this.label)
    const transaction = new RootTransaction(manager.environment, manager.resource, definition, {
      outer: undefined,
      remainingMs: undefined,
      key: manager.key,
    })
    const place = { physical: transaction, block: transaction.root, outer: undefined, calledIn: undefined }
    this.#trunks.set(manager, { transaction, scope: new Scope('originator', definition, place) })
    return transaction
  }

  /** How many connections it holds on each data source: one, or none yet. */
  get held(): ReadonlyMap<TransactionManager, number> {
    return new Map([...this.#trunks].map(([manager, { transaction }]) => [manager, transaction.begun ? 1 : 0]))
  }

  /** Ends the transactions of all data sources, whatever fails; the first failure is thrown. */
  async end(next: 'idle' | 'over'): Promise<void> {
    this.#state = next
    const trunks = [...this.#trunks]
    this.#trunks.clear()
    const ended = await Promise.allSettled(trunks.map(([manager, trunk]) => this.#end(manager, trunk)))
    const failure = ended.find(result => result.status === 'rejected')
    if (failure) throw failure.reason as Error
  }

  /** The application closes: there is no time to wait for anything. */
  async abandon(manager: TransactionManager): Promise<void> {
    const trunk = this.#trunks.get(manager)
    this.#trunks.delete(manager)
    if (trunk) await rollbackPhysical(trunk.transaction)
  }

  async #end(manager: TransactionManager, { scope, transaction }: Trunk): Promise<void> {
    if (this.commits) {
      await commitPhysical(manager, scope, transaction)
      return
    }
    try {
      // What the test did not wait for is given the time to finish what it is at.
      await transaction.take(transaction.root, `the end of ${this.label}`)
    } finally {
      await rollbackPhysical(transaction)
    }
  }
}
