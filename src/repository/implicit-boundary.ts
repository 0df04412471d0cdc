import type { Class } from '../core/metadata'
import { type Method, wrapMethod } from '../core/wrap-method'
import { boundaryDefinition, isBoundary, markBoundary } from '../tx/boundary-method'
import { declarationOf } from '../tx/declaration'
import { generatorBoundary, isAsyncGenerator } from '../tx/generator-boundary'
import type { QueryAccess } from '../query/execute/query-context'
import { defineTransaction, type TransactionDefinition } from '../tx/options'
import { transactionManagerOf } from '../tx/transaction-managers'
import { wrapClassMethods } from '../tx/wrap-class'
import { type AccessOf, accessOfMember } from './reading-methods'
import { translatedMethod } from './translated-method'

const implicit = new WeakSet<object>()

/** Wraps the public async methods of a repository, own and inherited, on its own prototype. */
export function wrapRepositoryMethods(target: Class, dataSource: string): void {
  wrapClassMethods(target, (method, member) => {
    const accessOf = accessOfMember(target, member)
    return implicitBoundary(method, { target, member, dataSource, accessOf })
  })
  translateDeclaredMethods(target)
}

/** Methods with a declaration of their own are boundaries already, or are to be none: only their errors are left to do. */
function translateDeclaredMethods(target: Class): void {
  const prototype = target.prototype as object
  for (const [member, descriptor] of methodsOf(prototype)) {
    const method = descriptor.value as Method
    const excluded = declarationOf(target, member) === 'excluded'
    if (implicit.has(method) || !(isBoundary(method) || excluded)) continue
    const value = wrapMethod(method, translatedMethod(method, `${target.name}.${member}`))
    if (isBoundary(method)) markBoundary(value, boundaryDefinition(method))
    Object.defineProperty(prototype, member, { ...descriptor, value, configurable: true, writable: true })
  }
}

/** The nearest definition of each public method, from the class upwards. */
function methodsOf(prototype: object): Map<string, PropertyDescriptor> {
  const found = new Map<string, PropertyDescriptor>()
  for (let level: object | null = prototype; level !== null && level !== Object.prototype;) {
    for (const [member, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (typeof descriptor.value !== 'function' || member === 'constructor' || member.startsWith('_')) continue
      if (!found.has(member)) found.set(member, descriptor)
    }
    level = Object.getPrototypeOf(level) as object | null
  }
  return found
}

export interface ImplicitBoundary {
  readonly target: Class
  readonly member: string
  readonly dataSource: string
  readonly accessOf: AccessOf
}

/**
 * A repository's own boundary around a method. What `@Transactional` says about the member or its class comes first; it is
 * looked up with the first call, because class decorators may run in either order.
 */
export function implicitBoundary(method: Method, boundary: ImplicitBoundary): Method {
  const label = `${boundary.target.name}.${boundary.member}`
  const fn = translatedMethod(method, label)
  let definitions: Definitions | 'excluded' | undefined
  const wrapper = wrapMethod(method, function repositoryMethod(this: unknown, ...args: unknown[]): unknown {
    definitions ??= definitionsOf(boundary, label)
    if (definitions === 'excluded') return fn.apply(this, args)
    try {
      if (isAsyncGenerator(method)) return generatorBoundary(fn, definitions.write).apply(this, args)
      const manager = transactionManagerOf(this, definitions.write.dataSource, label)
      const definition = definitions[boundary.accessOf(this as object, args)]
      return manager.execute({ definition, fn, self: this, args })
    } catch (error) {
      // An asynchronous method never throws at its caller, whatever it was called in.
      const failure = error as Error
      return Promise.reject(failure)
    }
  })
  implicit.add(wrapper)
  return markBoundary(wrapper)
}

type Definitions = Readonly<Record<QueryAccess, TransactionDefinition>>

function definitionsOf({ target, member, dataSource }: ImplicitBoundary, label: string): Definitions | 'excluded' {
  const declared = declarationOf(target, member)
  if (declared === 'excluded') return 'excluded'
  if (declared) {
    const definition = defineTransaction(declared, label)
    return { write: definition, 'single-write': definition, read: definition, select: definition }
  }
  const read = defineTransaction({ dataSource, readOnly: true }, label, true)
  // Not `readOnly: false`: written out, that would refuse to join a read-only transaction instead of leaving it to the database.
  const write = defineTransaction({ dataSource }, label, true)
  return {
    write,
    'single-write': Object.freeze({ ...write, single: 'write' }),
    read,
    select: Object.freeze({ ...read, single: 'select' }),
  }
}
