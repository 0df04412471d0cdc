import { InvalidComponentError } from '../errors'

/**
 * Refuses a decorator that was called by a standard-decorator build, where the second argument is a context object.
 *
 * @throws InvalidComponentError `AMBIT_DI_STANDARD_DECORATORS`
 */
export function refuseStandardDecorator(decorator: string, second: unknown): void {
  if (!isStandardContext(second)) return
  throw new InvalidComponentError('AMBIT_DI_STANDARD_DECORATORS', {
    what: `${decorator} was called as a standard decorator, on the ${second.kind} '${String(second.name)}'.`,
    next: "Set 'experimentalDecorators' (and 'emitDecoratorMetadata') in the tsconfig.json that the build reads.",
  })
}

/** Refuses options that are no plain object of known keys: a misspelt option is never dropped. */
export function refuseUnknownOptions(decorator: string, options: unknown, known: readonly string[]): void {
  if (options === undefined) return
  if (typeof options === 'function') throw notCalled(decorator)
  if (typeof options !== 'object' || options === null) throw notAnObject(decorator)
  const unknown = Object.keys(options).filter(key => !known.includes(key))
  if (unknown.length > 0) throw unknownOptions(decorator, unknown, known)
}

/** Refuses a place in which a decorator cannot stand. */
export function misplacedDecorator(decorator: string, where: string, next: string): InvalidComponentError {
  return new InvalidComponentError('AMBIT_DI_DECORATOR', { what: `${decorator} cannot stand there.`, where, next })
}

/** `Owner.member` for messages, whether the decorator got a class or a prototype. */
export function memberName(target: object, key: string | symbol | undefined): string {
  const owner = typeof target === 'function' ? target.name : target.constructor.name
  return key === undefined ? owner : `${owner}.${String(key)}`
}

interface StandardContext {
  readonly kind: string
  readonly name?: unknown
}

function isStandardContext(value: unknown): value is StandardContext {
  return typeof value === 'object' && value !== null && typeof (value as StandardContext).kind === 'string'
}

function notCalled(decorator: string): InvalidComponentError {
  return new InvalidComponentError('AMBIT_DI_DECORATOR', {
    what: `${decorator} was used without parentheses.`,
    next: `Write ${decorator}().`,
  })
}

function notAnObject(decorator: string): InvalidComponentError {
  return new InvalidComponentError('AMBIT_DI_DECORATOR', {
    what: `${decorator} was given options that are no object.`,
    next: `Write ${decorator}() or ${decorator}({ … }).`,
  })
}

function unknownOptions(decorator: string, unknown: string[], known: readonly string[]): InvalidComponentError {
  return new InvalidComponentError('AMBIT_DI_DECORATOR', {
    what: `${decorator} has no option ${unknown.map(key => `'${key}'`).join(', ')}.`,
    next: `Its options are ${known.map(key => `'${key}'`).join(', ')}.`,
  })
}
