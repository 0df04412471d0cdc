import type { TransactionDefinition } from '../../tx/options'
import type { Circumstances } from '../../tx/circumstances'
import type { PhysicalTransaction } from '../../tx/physical-transaction'
import type { Scope } from '../../tx/scope'
import { TransactionEndedError } from '../../tx/errors'
import type { TransactionHost } from '../../tx/transaction-host'
import type { TransactionManager } from '../../tx/transaction-manager'
import type { Place } from './host'
import type { RootTransaction } from './root-transaction'
import { StandIn } from './stand-in'
import type { TestRoot } from './test-root'

/** Makes the transactions of one data source savepoints of the test's, wherever a test runs. */
export class RootHost implements TransactionHost {
  /** Takes back what was done for it. */
  whenClosed: (() => void) | undefined
  #closed = false
  readonly #manager: TransactionManager
  readonly #roots: { readonly current: TestRoot | undefined; readonly open: ReadonlySet<TestRoot> }

  constructor(
    manager: TransactionManager,
    roots: { readonly current: TestRoot | undefined; readonly open: ReadonlySet<TestRoot> },
  ) {
    this.#manager = manager
    this.#roots = roots
  }

  /**
   * The test that the running code belongs to, while transactions are to be its savepoints.
   *
   * @throws TransactionEndedError `AMBIT_TX_ENDED` for work that a test has left behind: it must not write for real
   */
  get root(): TestRoot | undefined {
    const root = this.#roots.current
    if (this.#closed || root === undefined || root.state === 'idle') return undefined
    if (root.state === 'active') return root
    const error = new TransactionEndedError(root.label)
    this.#manager.environment.report(error)
    throw error
  }

  open(
    definition: TransactionDefinition,
    circumstances: Circumstances,
    outer: Scope | undefined,
  ): PhysicalTransaction | undefined {
    const { root } = this
    if (root === undefined) return undefined
    const trunk = root.trunkOf(this.#manager)
    return new StandIn(this.#manager.resource, definition, circumstances, { trunk, place: placeOf(outer, trunk) })
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#roots.open].map(root => root.abandon(this.#manager)))
    this.whenClosed?.()
  }
}

/** The innermost block of the test's transaction that the call stands in. */
function placeOf(outer: Scope | undefined, trunk: RootTransaction): Place {
  for (let at = outer; at; at = at.outer) {
    if (at.physical instanceof StandIn && at.physical.trunk === trunk && at.block?.closed === false)
      return { host: at.physical, block: at.block }
  }
  return { host: trunk, block: trunk.root }
}
