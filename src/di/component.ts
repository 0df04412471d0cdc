import { type Class, MetadataKey, ownMetadata, setMetadata } from '../core/metadata'
import { InvalidComponentError } from './errors'
import { isScope, type Scope, SCOPE_NAMES } from './scope'
import { isConstructor } from './token'

/** Options of `@Component()` and its kin. */
export interface ComponentOptions {
  /** How long an instance lives: `'singleton'` (the default), one per container; `'transaction'`, one per transaction. */
  readonly scope?: Scope
  /** Whether this one is meant where several components fit; `@Primary()` says the same. */
  readonly primary?: boolean
}

/** What a class decorator records about a component. */
export interface ComponentDefinition extends ComponentOptions {
  /** The decorator's own name in lower case: `'repository'`. */
  readonly stereotype: string
}

/** What is recorded about a component class. */
export interface ComponentRecord {
  readonly stereotype: string
  readonly scope: Scope
  readonly primary: boolean
}

const COMPONENT = new MetadataKey<ComponentRecord>('component')
const PRIMARY = new MetadataKey<true>('primary')

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
  const { stereotype, scope = 'singleton', primary = false } = definition
  const decorator = decoratorName(stereotype)
  if (!isConstructor(target)) throw misplaced(decorator)
  const earlier = ownMetadata(target, COMPONENT)
  if (earlier !== undefined) throw decoratedTwice(target, decoratorName(earlier.stereotype), decorator)
  if (!isScope(scope)) throw unknownScope(target, scope)
  setMetadata(target, COMPONENT, Object.freeze({ stereotype, scope, primary }))
}

/** What is recorded on exactly this class; `undefined` for a class that is no component. */
export function componentRecord(target: object): ComponentRecord | undefined {
  const record = ownMetadata(target, COMPONENT)
  if (record === undefined || ownMetadata(target, PRIMARY) === undefined) return record
  return { ...record, primary: true }
}

export function markPrimary(target: Class): void {
  setMetadata(target, PRIMARY, true)
}

/** `'repository'` → `'@Repository'`. */
export function decoratorName(stereotype: string): string {
  return `@${stereotype.charAt(0).toUpperCase()}${stereotype.slice(1)}`
}

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

function unknownScope(target: Class, scope: unknown): InvalidComponentError {
  return new InvalidComponentError('AMBIT_DI_DECORATOR', {
    what: `${target.name} asks for the scope '${String(scope)}', which does not exist.`,
    where: target.name,
    next: `Use ${SCOPE_NAMES}.`,
  })
}
