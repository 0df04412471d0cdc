import { LONGEST_TIMER_MS } from '../core/longest-timer'
import type { Class } from '../core/metadata'
import { didYouMean } from '../core/near-misses'
import { InvalidTransactionOptionsError } from './errors'
import { ISOLATION_LEVELS, type IsolationLevel } from './isolation'
import { PROPAGATIONS, type Propagation } from './propagation'
import type { RollbackRules } from './rollback-rules'

/** The options of `@Transactional` and `transactional()`. Each is honoured or refused, never dropped. */
export interface TransactionalOptions {
  /** What to do with a transaction that is already active. Default `'REQUIRED'`. */
  readonly propagation?: Propagation
  /** Asked of the database when this call begins the transaction; inside a weaker one the call is refused. */
  readonly isolation?: IsolationLevel
  /** `true`: the database refuses writes. `false` written out: refused inside a read-only transaction. */
  readonly readOnly?: boolean
  /** A deadline over the whole call, in milliseconds. */
  readonly timeoutMs?: number
  /** Aborting it rolls the transaction back. */
  readonly signal?: AbortSignal
  /** Errors that roll back although a wider `noRollbackFor` would not; the most specific class wins. */
  readonly rollbackFor?: readonly Class[]
  /** Errors that commit, and are then thrown on. */
  readonly noRollbackFor?: readonly Class[]
  /** How often at most the whole call is repeated after a serialization failure or deadlock, when it began the transaction. */
  readonly retry?: number
  /** The data source's name. Default `'default'`. */
  readonly dataSource?: string
  /** The name in errors and traces. Default `Class.method`. */
  readonly label?: string
  /** `'eager'`: BEGIN is sent at once, where `now()` or a snapshot must start with the method. Default `'lazy'`. */
  readonly begin?: 'lazy' | 'eager'
}

/** What a call does that is one statement, or one turn of selects, as far as one can tell beforehand. */
export type SingleStatement = 'select' | 'lone-select' | 'write' | 'stream' | 'turn'

/** Options as they are after validation: complete and frozen. */
export interface TransactionDefinition {
  readonly propagation: Propagation
  readonly isolation: IsolationLevel | undefined
  readonly readOnly: boolean | undefined
  readonly timeoutMs: number | undefined
  readonly signal: AbortSignal | undefined
  readonly rules: RollbackRules
  readonly retry: number
  readonly dataSource: string
  readonly label: string
  readonly eager: boolean
  /** A repository's own boundary: it dooms only when it wrote or the database refused a statement. */
  readonly implicit: boolean
  /**
   * The call is one statement of the framework's own making: a select need not stand between BEGIN and COMMIT, since
   * nothing shows it, and one that nobody of the user's hears of needs no transaction at all; COMMIT may travel with a write. A stream has
   * the transaction to itself. Of a turn of selects, whoever sends it says whether it is all (`ResourceTransaction.concludes`).
   */
  readonly single: SingleStatement | undefined
}

/**
 * Checks and freezes options.
 *
 * @throws InvalidTransactionOptionsError `AMBIT_TX_INVALID_OPTIONS`
 */
export function defineTransaction(
  options: TransactionalOptions,
  label: string,
  implicit = false,
): TransactionDefinition {
  // Programs without types: an arrow function in place of the options, or nothing.
  if (!isObject(options)) throw invalid(label, 'its options are no object', 'Give { … }, or {} for the defaults.')
  const where = typeof options.label === 'string' ? options.label : label
  for (const [name, value] of Object.entries(options) as [string, unknown][]) checkOption(name, value, where)
  refuseIdle(options, where)
  return Object.freeze({
    propagation: options.propagation ?? 'REQUIRED',
    isolation: options.isolation,
    readOnly: options.readOnly,
    timeoutMs: options.timeoutMs,
    signal: options.signal,
    rules: Object.freeze({
      rollbackFor: Object.freeze([...(options.rollbackFor ?? [])]),
      noRollbackFor: Object.freeze([...(options.noRollbackFor ?? [])]),
    }),
    retry: options.retry ?? 0,
    dataSource: options.dataSource ?? 'default',
    label: where,
    eager: options.begin === 'eager',
    implicit,
    single: undefined,
  })
}

function checkOption(name: string, value: unknown, where: string): void {
  const check = Object.hasOwn(CHECKS, name) ? (CHECKS as Record<string, Check | undefined>)[name] : undefined
  if (check === undefined)
    throw invalid(where, `unknown option '${name}'`, `${didYouMean(name, OPTIONS)}Use one of ${OPTIONS.join(', ')}.`)
  if (value === undefined || check.accepts(value)) return
  const meant = typeof value === 'string' ? didYouMean(value, check.values ?? []) : ''
  throw invalid(where, `option '${name}' is ${describe(value)}`, `${meant}Give ${check.expected}.`)
}

/** A mode that never has a transaction has nothing that these options could be applied to. */
function refuseIdle({ propagation, ...options }: TransactionalOptions, where: string): void {
  if (propagation !== 'NOT_SUPPORTED' && propagation !== 'NEVER') return
  const idle = ABOUT_A_TRANSACTION.filter(name => options[name] !== undefined)
  if (idle.length === 0) return
  const named = idle.map(name => `'${name}'`).join(', ')
  throw invalid(where, `${propagation} never has a transaction, so ${named} cannot be honoured`, `Remove ${named}.`)
}

const ABOUT_A_TRANSACTION = [
  'isolation',
  'readOnly',
  'timeoutMs',
  'signal',
  'rollbackFor',
  'noRollbackFor',
  'retry',
  'begin',
] as const satisfies readonly (keyof TransactionalOptions)[]

function invalid(where: string, problem: string, next: string): InvalidTransactionOptionsError {
  return new InvalidTransactionOptionsError('AMBIT_TX_INVALID_OPTIONS', {
    what: `Invalid transaction options: ${problem}.`,
    where,
    next,
  })
}

function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : `a ${typeof value}`
}

interface Check {
  readonly expected: string
  /** Where only some texts are accepted. */
  readonly values?: readonly string[]
  accepts(value: unknown): boolean
}

const classes: Check = {
  expected: 'an array of error classes',
  accepts: value => Array.isArray(value) && value.every(item => typeof item === 'function'),
}
const name: Check = { expected: 'a non-empty string', accepts: value => typeof value === 'string' && value.length > 0 }

const CHECKS = {
  propagation: oneOf(PROPAGATIONS),
  isolation: oneOf(ISOLATION_LEVELS),
  readOnly: { expected: 'true or false', accepts: value => typeof value === 'boolean' },
  timeoutMs: {
    expected: `a positive whole number of milliseconds (at most ${LONGEST_TIMER_MS})`,
    accepts: value => Number.isInteger(value) && Number(value) > 0 && Number(value) <= LONGEST_TIMER_MS,
  },
  signal: { expected: 'an AbortSignal', accepts: value => value instanceof AbortSignal },
  rollbackFor: classes,
  noRollbackFor: classes,
  retry: {
    expected: 'a whole number from 0 to 100',
    accepts: value => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 100,
  },
  dataSource: name,
  label: name,
  begin: oneOf(['lazy', 'eager']),
} as const satisfies Record<keyof TransactionalOptions, Check> as Record<keyof TransactionalOptions, Check>

const OPTIONS = Object.keys(CHECKS)

function oneOf(values: readonly string[]): Check {
  return {
    expected: `one of ${values.map(value => `'${value}'`).join(', ')}`,
    values,
    accepts: value => typeof value === 'string' && values.includes(value),
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
