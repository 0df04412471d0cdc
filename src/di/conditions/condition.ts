import type { TokenSource } from '../token'

/** What a condition can look at: the same throughout one start. */
export interface ConditionContext {
  /** The active profiles. */
  readonly profiles: ReadonlySet<string>
  readonly environment: Readonly<Record<string, string | undefined>>
  /** A value of the configuration by its path, `'mail.enabled'`; `undefined` where there is none. */
  property(path: string): unknown
}

/** What came of a condition, with the reason in words that can follow "since". Never holds a value of the environment. */
export interface Verdict {
  readonly held: boolean
  readonly why: string
}

/** A condition that looks at the surroundings of the application. */
export interface ContextRule {
  readonly kind: 'context'
  /** In words that can follow "if": `"the profile 'prod' is active"`. */
  readonly text: string
  /** The profiles that it names, which are compared with the allowed ones. */
  readonly profiles: readonly string[]
  decide(context: ConditionContext): Verdict
}

/** A condition that holds while nothing else is registered for a token. */
export interface MissingRule {
  readonly kind: 'missing'
  readonly source: TokenSource
  readonly priority: number
}

export type ConditionRule = ContextRule | MissingRule

/**
 * Decides at the start whether a component is registered: stands as a decorator on a component class or a `@Bean()` method,
 * and in the `when` of `provide()` and of component options. Made by `Profile()`, `ConditionalOnEnv()` and their kin.
 */
export interface Condition extends ConditionDecorator {
  /** @internal */
  readonly [RULE]: ConditionRule
}

/** One condition, or several of which all must hold. */
export type Conditions = Condition | readonly Condition[]

const RULE = Symbol('ambit.condition')

/** A decorator of a component class or of a `@Bean()` method. */
export type ConditionDecorator = (target: object, member?: string | symbol, descriptor?: PropertyDescriptor) => void

/** Makes a decorator carry its rule, so that it is a condition in `when` too. */
export function condition(rule: ConditionRule, decorator: ConditionDecorator): Condition {
  return Object.freeze(Object.assign(decorator, { [RULE]: Object.freeze(rule) }))
}

/** The rules of a `when`, in its order; `undefined` where something in it is no condition. */
export function rulesOf(when: unknown): readonly ConditionRule[] | undefined {
  const list: readonly unknown[] = Array.isArray(when) ? when : when === undefined ? [] : [when]
  const rules = list.map(ruleOf)
  return rules.every(rule => rule !== undefined) ? rules : undefined
}

function ruleOf(value: unknown): ConditionRule | undefined {
  return typeof value === 'function' && RULE in value ? (value as Condition)[RULE] : undefined
}
