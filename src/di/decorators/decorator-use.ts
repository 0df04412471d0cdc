import { memberName } from '../../core/member-name'
import type { Class } from '../../core/metadata'
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

/**
 * Refuses a decorator that takes nothing and was put on something itself, without parentheses: what the compiler makes of that
 * is a class or a method that is gone, and a build that checks no types says nothing.
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR`
 */
export function refuseWithoutParentheses(decorator: string, given: readonly unknown[]): void {
  if (given.length > 0) throw notCalled(decorator)
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

/**
 * Refuses a class decorator on a member or a parameter: on what is static it would make a component of the class around it.
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR`
 */
export function refuseMember(decorator: string, target: object, rest: readonly unknown[]): void {
  const [member, position] = rest
  if (member === undefined && position === undefined) return
  const next = `Write ${decorator}() above a class declaration.`
  throw misplacedDecorator(decorator, memberName(target, member as string | symbol | undefined), next)
}

/** A class or one of its methods, as what a decorator says is recorded about it; `member` is undefined for the class. */
export interface Place {
  readonly owner: Class
  readonly member: string | symbol | undefined
}

/**
 * The component class or `@Bean()` method that a decorator stands on.
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when it stands elsewhere
 */
export function componentOrBean(
  decorator: string,
  { target, member, descriptor }: { target: object; member: string | symbol | undefined; descriptor?: unknown },
): Place {
  refuseStandardDecorator(decorator, member)
  // A class decorator is called with the class alone, and one of a member that is not static with the prototype.
  if (member === undefined && typeof target === 'function' && descriptor === undefined) {
    return { owner: target as Class, member }
  }
  const body = (descriptor as PropertyDescriptor | undefined)?.value as unknown
  if (typeof target !== 'function' && typeof body === 'function') return { owner: target.constructor as Class, member }
  const next = 'Put it on a component class, or on a @Bean() method that is not static.'
  throw misplacedDecorator(decorator, memberName(target, member), next)
}

/**
 * The constructor or method whose parameter a decorator stands on.
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when it stands elsewhere
 */
export function injectionPoint(
  decorator: string,
  { target, member, index }: { target: object; member: string | symbol | undefined; index: unknown },
): { readonly owner: object; readonly member: string | symbol | undefined } {
  refuseStandardDecorator(decorator, member)
  if (typeof index !== 'number') {
    const next = 'Put it on a constructor parameter: the container does not fill properties.'
    throw misplacedDecorator(decorator, memberName(target, member), next)
  }
  if (member !== undefined && typeof target === 'function') {
    const next = 'Put it on a parameter of the constructor or of a @Bean() method that is not static.'
    throw misplacedDecorator(decorator, memberName(target, member), next)
  }
  return { owner: member === undefined ? target : target.constructor, member }
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
