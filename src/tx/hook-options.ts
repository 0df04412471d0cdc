import { didYouMean } from '../core/near-misses'
import { InvalidTransactionOptionsError } from './errors'

/** Which data source a function form means. */
export interface DataSourceOption {
  /** The data source's name. Default `'default'`. */
  readonly dataSource?: string
}

/** The options of `beforeCommit`, `afterCommit`, `afterRollback` and `afterCompletion`. */
export interface HookOptions extends DataSourceOption {
  /**
   * The hook's place among the hooks of its phase: lower ones first, equal ones by registration. Hooks without an order come
   * behind all others.
   */
  readonly order?: number
}

/**
 * Refuses what would otherwise be dropped.
 *
 * @throws InvalidTransactionOptionsError `AMBIT_TX_INVALID_OPTIONS`
 */
export function checkHookOptions(options: HookOptions, where: string): void {
  const unknown = Object.keys(options).find(name => !(OPTIONS as readonly string[]).includes(name))
  if (unknown !== undefined) {
    throw invalid(
      where,
      `unknown option '${unknown}'`,
      `${didYouMean(unknown, OPTIONS)}Use one of ${OPTIONS.join(', ')}.`,
    )
  }
  if (options.order === undefined || isOrder(options.order)) return
  throw invalid(where, "option 'order' is no finite number", 'Give a number: lower ones run first.')
}

/** Whether a value can say where a hook stands among the others. */
export function isOrder(value: unknown): boolean {
  return Number.isFinite(value)
}

function invalid(where: string, problem: string, next: string): InvalidTransactionOptionsError {
  return new InvalidTransactionOptionsError('AMBIT_TX_INVALID_OPTIONS', {
    what: `Invalid options of a transaction hook: ${problem}.`,
    where,
    next,
  })
}

const OPTIONS = ['dataSource', 'order'] as const satisfies readonly (keyof HookOptions)[]
