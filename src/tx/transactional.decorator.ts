import { emittedFields } from '../core/emitted-fields'
import type { Class } from '../core/metadata'
import { provablySync } from '../core/method-kind'
import { isSelfBounded } from '../core/method-layers'
import type { Method } from '../core/wrap-method'
import { boundaryMethod } from './boundary-method'
import { declareClass, declareMember, excludeMember, noteDecorated } from './declaration'
import { InvalidTransactionalMethodError } from './errors'
import { notAMethod, onParameter } from './not-a-method'
import { notAsync } from './not-async'
import { defineTransaction, type TransactionalOptions } from './options'
import { noteSkipped } from './skipped-methods'
import { wrapClassMethods } from './wrap-class'

/** What a legacy decorator of a class, method or declared property looks like. */
export interface TransactionalDecorator {
  (target: Class): void
  (target: object, member: string | symbol, descriptor?: PropertyDescriptor): void
}

/**
 * Runs a method, or every asynchronous method of a class, in a transaction.
 *
 * Calls through `this` count too, and so do objects that the container did not build. A method's own declaration
 * replaces its class's whole. Without options: REQUIRED, read-write, every error rolls back.
 *
 * @example
 * import { Service, Transactional } from 'ambit'
 * @Service()
 * class Transfers {
 *   constructor(private readonly accounts: AccountRepository) {}
 *
 *   @Transactional({ isolation: 'SERIALIZABLE', retry: 3 })
 *   async move(from: number, to: number, cents: number): Promise<void> {
 *     await this.accounts.withdraw(from, cents)
 *     await this.accounts.deposit(to, cents)
 *   }
 * }
 * // BEGIN ISOLATION LEVEL SERIALIZABLE; UPDATE …; UPDATE …; COMMIT
 *
 * @throws InvalidTransactionOptionsError `AMBIT_TX_INVALID_OPTIONS`, InvalidTransactionalMethodError
 * `AMBIT_TX_INVALID_METHOD` when the class is defined
 */
export function Transactional(options?: TransactionalOptions): TransactionalDecorator
export function Transactional(target: Class): void
export function Transactional(target: object, member: string | symbol, descriptor?: PropertyDescriptor): void
export function Transactional(first: object = {}, ...rest: unknown[]): unknown {
  return isTarget(first, rest) ? applied(transactionalWith({}), first, rest) : transactionalWith(first)
}

/**
 * Excludes a method from its class's `@Transactional`: it runs in whatever its caller is in.
 *
 * @example
 * import { NotTransactional, Service, Transactional } from 'ambit'
 *
 * @Service()
 * @Transactional()
 * class Orders {
 *   async place(item: string): Promise<void> { … }
 *   @NotTransactional()
 *   async quote(item: string): Promise<number> { … }
 * }
 *
 * @throws InvalidTransactionalMethodError `AMBIT_TX_INVALID_METHOD` on a class, or beside a `@Transactional` of the method's own
 */
export function NotTransactional(): (target: object, member: string | symbol, descriptor?: PropertyDescriptor) => void
export function NotTransactional(target: object, member: string | symbol, descriptor?: PropertyDescriptor): void
export function NotTransactional(first?: object, ...rest: unknown[]): unknown {
  return isTarget(first, rest) ? applied(exclude, first, rest) : exclude
}

function transactionalWith(options: TransactionalOptions): TransactionalDecorator {
  return skin(
    '@Transactional',
    (target, member, descriptor) => decorateMember(target, member, descriptor, options),
    target => {
      // Here too: a wrong option is found when the class is defined, also where nothing is wrapped.
      defineTransaction(options, target.name)
      declareClass(target, options)
      const { skipped } = wrapClassMethods(target, (method, member) =>
        boundaryMethod(method, defineTransaction(options, `${target.name}.${member}`), {
          owner: target.prototype as object,
          member,
        }),
      )
      noteSkipped(target, skipped)
    },
  )
}

const exclude = skin(
  '@NotTransactional',
  (target, member) => {
    if (!noteDecorated(target, member)) throw declaredTwice(labelOf(target, member))
    excludeMember(classOf(target), member)
    return undefined
  },
  target => {
    throw notAMethod(target.name, '@NotTransactional')
  },
)

/** A decorator without its parentheses is handed its target at once. */
function isTarget(first: object | undefined, rest: readonly unknown[]): first is object {
  return typeof first === 'function' || rest.length > 0
}

function applied(decorator: TransactionalDecorator, target: object, rest: readonly unknown[]): unknown {
  return Reflect.apply(decorator, undefined, [target, ...rest])
}

function decorateMember(
  target: object,
  member: PropertyKey,
  given: PropertyDescriptor | undefined,
  options: TransactionalOptions,
): PropertyDescriptor | undefined {
  const label = labelOf(target, member)
  const definition = defineTransaction(options, label)
  if (!noteDecorated(target, member)) throw declaredTwice(label)
  declareMember(classOf(target), member, options)
  const descriptor = given ?? Object.getOwnPropertyDescriptor(target, member)
  if (descriptor === undefined) {
    // A declared query has nothing to wrap yet, its binder reads the declaration; a value could never be wrapped.
    const isField =
      typeof target === 'function' ||
      emittedFields(target.constructor as Class, [String(member)]).initialised.length > 0
    if (isField) throw notAMethod(label)
    return undefined
  }
  const method: unknown = descriptor.value
  if (typeof method !== 'function') throw notAMethod(label)
  if (provablySync(target, member, method)) throw notAsync(label)
  if (isSelfBounded(method)) return undefined // a query, whose own boundary is made of the declaration
  const value = boundaryMethod(method as Method, definition, { owner: target, member })
  const wrapped = { ...descriptor, value }
  if (given === undefined) Object.defineProperty(target, member, wrapped)
  return wrapped
}

/** Tells class, member and standard-decorator use apart; a parameter, whose index comes last, is none of them. */
function skin(
  decorator: string,
  member: (target: object, key: PropertyKey, descriptor?: PropertyDescriptor) => PropertyDescriptor | undefined,
  type: (target: Class) => void,
): TransactionalDecorator {
  return (target: object, key?: unknown, descriptor?: PropertyDescriptor | number) => {
    if (typeof key === 'object' && key !== null && 'kind' in key) throw standardDecorators()
    if (typeof descriptor === 'number')
      throw onParameter(labelOf(target, (key as PropertyKey | undefined) ?? 'constructor'), decorator)
    if (typeof key === 'string' || typeof key === 'symbol') return member(target, key, descriptor)
    type(target as Class)
    return undefined
  }
}

function classOf(target: object): Class {
  return (typeof target === 'function' ? target : target.constructor) as Class
}

function labelOf(target: object, member: PropertyKey): string {
  return `${classOf(target).name}.${String(member)}`
}

function declaredTwice(label: string): InvalidTransactionalMethodError {
  return new InvalidTransactionalMethodError('AMBIT_TX_INVALID_METHOD', {
    what: `${label} has two decorators that say whether it is transactional.`,
    where: label,
    next: 'Keep one of @Transactional and @NotTransactional, with all options in it.',
  })
}

function standardDecorators(): InvalidTransactionalMethodError {
  return new InvalidTransactionalMethodError('AMBIT_TX_INVALID_METHOD', {
    what: '@Transactional was compiled as a standard (TC39) decorator; Ambit uses legacy decorators, as TypeORM does.',
    next: 'Set "experimentalDecorators": true in the tsconfig that your build really reads.',
  })
}
