import { condition, type Condition, type ConditionRule } from '../conditions/condition'
import { environmentRule } from '../conditions/environment'
import { type ConditionPredicate, predicateRule } from '../conditions/predicate'
import { isProfileName, profileRule } from '../conditions/profile'
import { propertyRule, type PropertyConditionOptions } from '../conditions/property'
import { InvalidComponentError } from '../errors'
import { addCondition } from '../injection/selection-marks'
import { mayBeTokenSource, type TokenSource } from '../token'
import { componentOrBean, refuseUnknownOptions } from './decorator-use'

/** Options of `@ConditionalOnEnv()`. */
export interface EnvironmentConditionOptions {
  /** What the variable must be. Without this any value will do that is not empty. */
  readonly value?: string
}

/** Options of `@ConditionalOnMissing()`. */
export interface MissingConditionOptions {
  /** Among several fallbacks those of higher priority come first. Default 0. */
  readonly priority?: number
}

/**
 * Registers a component only if one of these profiles is active; `'!test'` is met while `'test'` is not.
 *
 * `bootstrap({ profiles: ['prod'] })` makes them active. Stands on component classes and `@Bean()` methods, and in `when`.
 * On a configuration it counts for its beans too. Several conditions must all hold.
 *
 * @example
 * import { bootstrap, Component, Profile } from 'ambit'
 *
 * @Profile('prod', 'staging')
 * @Component()
 * class SmtpMailer extends Mailer { … }
 *
 * await using app = await bootstrap({ profiles: ['prod'], components: [SmtpMailer] })
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when it names no profile, or stands elsewhere
 */
export function Profile(...names: readonly [string, ...string[]]): Condition {
  if (names.length === 0 || !names.every(isProfileName)) {
    throw refused(
      '@Profile',
      'names no profile',
      "Write @Profile('prod') or @Profile('!test'), without spaces in a name.",
    )
  }
  return decorator('@Profile', profileRule(names))
}

/**
 * Registers a component only if an environment variable is set and not empty, or has exactly the given value.
 *
 * @example
 * import { ConditionalOnEnv, Component } from 'ambit'
 *
 * @ConditionalOnEnv('SMTP_URL')
 * @Component()
 * class SmtpMailer extends Mailer { … }
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when it names no variable, or stands elsewhere
 */
export function ConditionalOnEnv(variable: string, options: EnvironmentConditionOptions = {}): Condition {
  refuseUnknownOptions('@ConditionalOnEnv', options, ['value'])
  const { value } = options
  if (!isText(variable) || (value !== undefined && typeof value !== 'string')) {
    throw refused(
      '@ConditionalOnEnv',
      'names no variable, or a value that is no text',
      "Write @ConditionalOnEnv('SMTP_URL').",
    )
  }
  return decorator('@ConditionalOnEnv', environmentRule(variable, value))
}

/**
 * Registers a component only if a property of the configuration is on, or has the given value.
 *
 * @example
 * import { Component, ConditionalOnProperty } from 'ambit'
 *
 * @ConditionalOnProperty('mail.enabled', { matchIfMissing: true })
 * @Component()
 * class SmtpMailer extends Mailer { … }
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when it names no property, or stands elsewhere
 */
export function ConditionalOnProperty(path: string, options: PropertyConditionOptions = {}): Condition {
  refuseUnknownOptions('@ConditionalOnProperty', options, PROPERTY_OPTIONS)
  if (!isText(path) || !isPropertyValue(options.value)) {
    throw refused(
      '@ConditionalOnProperty',
      'names no property, or a value that is no text, number or boolean',
      "Write @ConditionalOnProperty('mail.enabled') or @ConditionalOnProperty('mail.kind', { value: 'smtp' }).",
    )
  }
  return decorator('@ConditionalOnProperty', propertyRule(path, options))
}

/**
 * Registers a component only if a function says so. It is asked once in a start, and must answer at once.
 *
 * What it throws is a problem of the start: a component never disappears because its condition failed.
 *
 * @example
 * import { Component, Conditional } from 'ambit'
 *
 * @Conditional(({ environment }) => environment['REGION']?.startsWith('eu-') === true, 'the region is in the EU')
 * @Component()
 * class EuInvoices extends Invoices { … }
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when it is given no function, or stands elsewhere
 */
export function Conditional(predicate: ConditionPredicate, description?: string): Condition {
  if (typeof predicate !== 'function' || (description !== undefined && !isText(description))) {
    throw refused('@Conditional', 'is given no function, or a description that is no text', CONDITIONAL_FORM)
  }
  const named = predicate.name === '' ? 'its predicate' : `its predicate ${predicate.name}`
  return decorator('@Conditional', predicateRule(predicate, description ?? named))
}

/**
 * Registers a component only if nothing else is registered for a token, or for a subclass of it, once all other conditions
 * are decided: a fallback.
 *
 * Give several fallbacks for one token priorities; the higher one is asked first, and keeps the others out.
 *
 * @example
 * import { Component, ConditionalOnMissing } from 'ambit'
 *
 * @ConditionalOnMissing(Cache)
 * @Component()
 * class MemoryCache extends Cache { … }
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when it is given no token, or stands elsewhere
 */
export function ConditionalOnMissing(token: TokenSource, options: MissingConditionOptions = {}): Condition {
  refuseUnknownOptions('@ConditionalOnMissing', options, ['priority'])
  const { priority = 0 } = options
  if (!mayBeTokenSource(token) || !Number.isFinite(priority)) {
    throw refused('@ConditionalOnMissing', 'is given no token, or a priority that is no number', MISSING_FORM)
  }
  return decorator('@ConditionalOnMissing', { kind: 'missing', source: token, priority })
}

function decorator(name: string, rule: ConditionRule): Condition {
  return condition(rule, (target, member, descriptor) => {
    const place = componentOrBean(name, { target, member, descriptor })
    addCondition(place.owner, place.member, rule)
  })
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

function isPropertyValue(value: unknown): boolean {
  return ['undefined', 'string', 'number', 'boolean'].includes(typeof value)
}

function refused(name: string, what: string, next: string): InvalidComponentError {
  return new InvalidComponentError('AMBIT_DI_DECORATOR', { what: `${name} ${what}.`, next })
}

const PROPERTY_OPTIONS = ['value', 'matchIfMissing'] as const satisfies readonly (keyof PropertyConditionOptions)[]
const CONDITIONAL_FORM = "Write @Conditional(({ profiles }) => profiles.has('eu'), 'the profile eu is active')."
const MISSING_FORM = 'Write @ConditionalOnMissing(TheClass) or @ConditionalOnMissing(TOKEN, { priority: 10 }).'
