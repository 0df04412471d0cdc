import { type Class, MetadataKey, ownMetadata, setMetadata } from '../core/metadata'
import { InvalidComponentError } from './errors'
import { isScopeName, type Scope, SCOPE_REMEDY } from './scope'
import { selectionMarks } from './injection/selection-marks'
import {
  refuseStanding,
  STANDING_FORM,
  type Standing,
  STANDING_OPTIONS,
  standingOf,
  type StandingOptions,
} from './injection/standing'
import { isConstructor } from './token'

/** Options of `@Component()` and its kin. */
export interface ComponentOptions extends StandingOptions {
  /**
   * How long an instance lives: `'singleton'` (the default), one per container; `'prototype'`, one for each asker;
   * `'request'` or a scope of your own, one per block of `runInScope`; `'transaction'`, one per transaction.
   */
  readonly scope?: Scope
  /** Whether a singleton is built when it is first needed, not at the start. Default false. */
  readonly lazy?: boolean
}

/** The keys of {@link ComponentOptions}, for checks of options. */
export const COMPONENT_OPTIONS = [
  'scope',
  'lazy',
  ...STANDING_OPTIONS,
] as const satisfies readonly (keyof ComponentOptions)[]

/** What a class decorator records about a component. */
export interface ComponentDefinition extends ComponentOptions {
  /** The decorator's own name in lower case: `'repository'`. */
  readonly stereotype: string
  /** Who hands out the instance, in words, for a class that the container does not build: `'the configuration: …'`. */
  readonly suppliedBy?: string
  /** Components that an instance works with beside the arguments of its constructor: `partsOf()` has them. */
  readonly parts?: readonly Class[]
}

/** What is recorded about a component class. */
export interface ComponentRecord extends Standing {
  readonly stereotype: string
  readonly scope: Scope
  readonly lazy: boolean
  readonly suppliedBy: string | undefined
  readonly parts: readonly Class[]
}

type Declared = Omit<ComponentRecord, keyof Standing> & { readonly options: StandingOptions }

const COMPONENT = new MetadataKey<Declared>('component')

/**
 * Makes a class a component: the function below `@Component()`, `@Service()` and every other class decorator.
 *
 * Use it to write a decorator of your own. The mark counts for exactly this class: subclasses are components only if they
 * are decorated themselves.
 *
 * @example
 * import { registerComponent } from 'ambit'
 *
 * const Handler = () => (target: new (...args: never[]) => object) => {
 *   registerComponent(target, { stereotype: 'handler' })
 * }
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when the class is decorated already, or an option is unknown
 */
export function registerComponent(target: Class, definition: ComponentDefinition): void {
  const { stereotype, scope = 'singleton', lazy = false, suppliedBy, parts = [], ...options } = definition
  const decorator = decoratorName(stereotype)
  if (!isConstructor(target)) throw misplaced(decorator)
  const earlier = ownMetadata(target, COMPONENT)
  if (earlier !== undefined) throw decoratedTwice(target, decoratorName(earlier.stereotype), decorator)
  if (!isScopeName(scope)) throw noScope(target, scope)
  const refusal = refuseStanding(options)
  if (refusal !== undefined) throw refusedOptions(target, decorator, refusal)
  const record = { stereotype, scope, lazy, suppliedBy, parts, options: Object.freeze(options) }
  setMetadata(target, COMPONENT, Object.freeze(record))
}

/** What is recorded on exactly this class; `undefined` for a class that is no component. */
export function componentRecord(target: object): ComponentRecord | undefined {
  const declared = ownMetadata(target, COMPONENT)
  if (declared === undefined) return undefined
  const { stereotype, scope, lazy, suppliedBy, parts, options } = declared
  const { primary, label, qualifiers, order, conditions } = standingOf(options, selectionMarks(target))
  return { stereotype, scope, lazy, suppliedBy, parts, primary, label, qualifiers, order, conditions }
}

/** `'repository'` → `'@Repository'`. */
export function decoratorName(stereotype: string): string {
  let name = decoratorNames.get(stereotype)
  if (name === undefined) {
    name = `@${stereotype.charAt(0).toUpperCase()}${stereotype.slice(1)}`
    decoratorNames.set(stereotype, name)
  }
  return name
}

/** A program has a few: each is asked for with every component. */
const decoratorNames = new Map<string, string>()

function misplaced(decorator: string): InvalidComponentError {
  return new InvalidComponentError('AMBIT_DI_DECORATOR', {
    what: `${decorator} was applied to something that is no class.`,
    next: `Write ${decorator}() above a class declaration.`,
  })
}

function decoratedTwice(target: Class, first: string, second: string): InvalidComponentError {
  return new InvalidComponentError('AMBIT_DI_DECORATOR', {
    what: `${target.name} is decorated with ${first}() and with ${second}().`,
    where: target.name,
    next: 'Keep one of the two: each of them makes the class a component.',
  })
}

function noScope(target: Class, scope: unknown): InvalidComponentError {
  return new InvalidComponentError('AMBIT_DI_DECORATOR', {
    what: `${target.name} asks for the scope '${String(scope)}', which is no name.`,
    where: target.name,
    next: SCOPE_REMEDY,
  })
}

function refusedOptions(target: Class, decorator: string, refusal: string): InvalidComponentError {
  return new InvalidComponentError('AMBIT_DI_DECORATOR', {
    what: `${decorator} of ${target.name} ${refusal}.`,
    where: target.name,
    next: STANDING_FORM,
  })
}
