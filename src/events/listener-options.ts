import type { Class } from '../core/metadata'
import { didYouMean } from '../core/near-misses'
import { isOrder } from '../tx/hook-options'
import { HOOK_PHASES, type HookPhase } from '../tx/hooks'
import { InvalidEventListenerError } from './errors'

/** Options of `@EventListener()`. */
export interface EventListenerOptions<E extends object = object> {
  /**
   * The class of the events, or a function that answers it where two files import each other. Default: the class of the
   * method's first parameter, which needs emitted metadata.
   */
  readonly event?: Class<E> | (() => Class<E>)
  /** The listener's place: lower ones first, equal ones by registration; listeners without an order come behind all others. */
  readonly order?: number
}

/** Options of `@TransactionalEventListener()`. */
export interface TransactionalEventListenerOptions<E extends object = object> extends EventListenerOptions<E> {
  /** The moment, in the transaction of the publisher, that the listener waits for. Default `'afterCommit'`. */
  readonly phase?: HookPhase
  /**
   * Whether it is called at once where there is no transaction to wait for. Default `false`: it is not called then. Written
   * out, `false` says that this is meant; else the error listener is told what a listener of a commit has missed.
   */
  readonly fallback?: boolean
  /** The data source whose transaction is meant. Default `'default'`. */
  readonly dataSource?: string
}

/** The decorators, by name. */
export type ListenerDecoratorName = '@EventListener' | '@TransactionalEventListener'

/** Refuses options that are unknown or of the wrong type: none is ever dropped. */
export function checkListenerOptions(decorator: ListenerDecoratorName, options: unknown): void {
  if (typeof options !== 'object' || options === null) throw invalid(decorator, 'was given no object', FORM[decorator])
  for (const [name, value] of Object.entries(options) as [string, unknown][]) checkOption(decorator, name, value)
}

function checkOption(decorator: ListenerDecoratorName, name: string, value: unknown): void {
  const known = KNOWN[decorator]
  const check = known.includes(name) ? CHECKS[name as keyof typeof CHECKS] : undefined
  if (check === undefined) {
    throw invalid(decorator, `has no option '${name}'`, `${didYouMean(name, known)}Use ${known.join(', ')}.`)
  }
  if (check.accepts(value)) return
  const meant = typeof value === 'string' && name === 'phase' ? didYouMean(value, HOOK_PHASES) : ''
  throw invalid(decorator, `was given a wrong '${name}'`, `${meant}Give ${check.expected}.`)
}

function invalid(decorator: ListenerDecoratorName, problem: string, next: string): InvalidEventListenerError {
  return new InvalidEventListenerError('AMBIT_EVENT_LISTENER', {
    what: `${decorator} ${problem}.`,
    where: `${decorator}(…)`,
    next,
  })
}

interface Check {
  readonly expected: string
  accepts(value: unknown): boolean
}

const CHECKS = {
  event: {
    expected: 'a class, or () => TheClass where two files import each other (undefined means that they do)',
    accepts: value => typeof value === 'function',
  },
  order: { expected: 'a finite number: lower ones run first', accepts: value => value === undefined || isOrder(value) },
  phase: {
    expected: `one of ${HOOK_PHASES.map(phase => `'${phase}'`).join(', ')}`,
    accepts: value => value === undefined || (HOOK_PHASES as readonly unknown[]).includes(value),
  },
  fallback: { expected: 'true or false', accepts: value => value === undefined || typeof value === 'boolean' },
  dataSource: {
    expected: 'the name of a data source',
    accepts: value => value === undefined || (typeof value === 'string' && value !== ''),
  },
} as const satisfies Record<keyof TransactionalEventListenerOptions, Check> as Record<
  keyof TransactionalEventListenerOptions,
  Check
>

const KNOWN = {
  '@EventListener': ['event', 'order'],
  '@TransactionalEventListener': ['phase', 'order', 'fallback', 'dataSource', 'event'],
} as const satisfies Record<ListenerDecoratorName, readonly (keyof typeof CHECKS)[]> as Record<
  ListenerDecoratorName,
  readonly string[]
>

const FORM = {
  '@EventListener': 'Write @EventListener() or @EventListener({ order: 1 }).',
  '@TransactionalEventListener':
    "Write @TransactionalEventListener() or @TransactionalEventListener({ phase: 'beforeCommit' }).",
} as const satisfies Record<ListenerDecoratorName, string>
