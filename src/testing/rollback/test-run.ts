import { AfterCommitError } from '../../tx/errors'
import { IllegalTestStateError, TestHookError } from '../errors'
import type { ApplicationKit } from '../kit'
import { TestRoot } from './test-root'

export interface TestRunOptions {
  readonly label: string
  /** Whether code that the test's context does not reach belongs to the test too. */
  readonly pinned: boolean
  /** Is told failures of after-hooks, which then do not fail the test. */
  readonly onHookError?: ((error: AfterCommitError) => void) | undefined
}

/** One test under a root, from its start to its end. */
export class TestRun {
  readonly root: TestRoot
  readonly #kit: ApplicationKit
  readonly #label: string
  readonly #hookFailures: AfterCommitError[] = []
  readonly #unwatch: (() => void)[]

  /** @throws IllegalTestStateError `AMBIT_TESTING_STATE` inside a transaction or another test, or where one is pinned */
  constructor(kit: ApplicationKit, { label, pinned, onHookError }: TestRunOptions) {
    refuseNesting(kit, label)
    this.#kit = kit
    this.#label = label
    this.root = new TestRoot(kit.context, label)
    kit.open.add(this.root)
    if (pinned) kit.pinned = this.root
    const watch = (error: Error): void => {
      if (!(error instanceof AfterCommitError) || kit.current !== this.root) return
      if (onHookError) onHookError(error)
      else this.#hookFailures.push(error)
    }
    const environments = new Set([...kit.managers.values()].map(({ environment }) => environment))
    this.#unwatch = [...environments].map(environment => environment.watchErrors(watch))
  }

  /**
   * Ends the test's transactions, by its flag.
   *
   * @throws TurnTimeoutError `AMBIT_TX_TURN_TIMEOUT` when work of the test does not end; TestHookError `AMBIT_TESTING_HOOKS`
   */
  async finish(): Promise<void> {
    try {
      await this.root.end('over')
    } finally {
      for (const end of this.#unwatch) end()
      this.#kit.open.delete(this.root)
      if (this.#kit.pinned === this.root) this.#kit.pinned = undefined
    }
    if (this.#hookFailures.length > 0) throw new TestHookError(this.#label, this.#hookFailures)
  }
}

function refuseNesting(kit: ApplicationKit, label: string): void {
  const inside = [...kit.managers.values()].map(({ current }) => current).find(scope => scope?.state === 'active')
  if (inside)
    throw new IllegalTestStateError(
      `${label} was started inside the transaction of ${inside.label}.`,
      label,
      'Start it outside every transaction: around the test, not in the code under test.',
    )
  const { current } = kit
  if (current !== undefined && current.state !== 'over')
    throw new IllegalTestStateError(
      `${label} was started inside ${current.label}: the test is rolled back already.`,
      label,
      'Keep one of the two. Tests that run at the same time need withRollback(…) each, without rollbackEach(…) or pinned.',
    )
}
