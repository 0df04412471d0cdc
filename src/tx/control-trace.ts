import type { Prompt } from '../core/prompt'
import type { Block } from './block'
import type { Environment } from './environment'
import type { ControlAction } from './execution-listener'
import type { CommitOutcome } from './transactional-resource'

interface Owner {
  readonly id: string
  readonly dataSource: string
}

/** Tells of one transaction's control commands. Made only where somebody listens. */
export class ControlTrace {
  readonly #environment: Environment
  readonly #owner: Owner
  /** What was sent since the last answer. */
  #sent: { readonly action: ControlAction; readonly command: string }[] = []

  constructor(environment: Environment, owner: Owner) {
    this.#environment = environment
    this.#owner = owner
  }

  /** The resource sends a command; `block` is what it is about. */
  sent(block: Block, command: string): void {
    const action = actionOf(command)
    this.#sent.push({ action, command })
    this.#environment.emit(() => ({ kind: 'control', ...this.#facts(block), action, command }))
  }

  /** Asks the resource for an action, and tells of its answer, where a command of that action was sent for it. */
  async answered<T>(block: Block, action: ControlAction, ask: () => Prompt<T>): Promise<T> {
    this.#sent = []
    const started = performance.now()
    let failure: unknown
    try {
      const answer = await ask()
      failure = action === 'commit' ? causeOf(answer as CommitOutcome) : undefined
      return answer
    } catch (error) {
      failure = error
      throw error
    } finally {
      const durationMs = performance.now() - started
      const sent = this.#sent.find(each => each.action === action)
      if (sent) {
        this.#environment.emit(() => ({
          kind: 'control-end',
          ...this.#facts(block),
          ...sent,
          error: failure,
          durationMs,
        }))
      }
    }
  }

  #facts(block: Block): {
    readonly boundary: number
    readonly label: string
    readonly dataSource: string
    readonly transaction: string
  } {
    const { id, dataSource } = this.#owner
    return { boundary: block.boundary, label: block.label, dataSource, transaction: id }
  }
}

function causeOf(outcome: CommitOutcome): unknown {
  return outcome.kind === 'committed' ? undefined : outcome.cause
}

function actionOf(command: string): ControlAction {
  return ACTIONS.find(([start]) => command.startsWith(start))?.[1] ?? 'setting'
}

const ACTIONS = [
  ['BEGIN', 'begin'],
  ['SAVEPOINT', 'savepoint'],
  ['ROLLBACK TO', 'rollback-to'],
  ['RELEASE', 'release'],
  ['COMMIT', 'commit'],
  ['ROLLBACK', 'rollback'],
] as const satisfies readonly (readonly [string, ControlAction])[]
