import {
  type Around,
  type BoundaryLayer,
  isSelfBounded,
  layered,
  layersOf,
  type MethodSite,
} from '../core/method-layers'
import type { Class } from '../core/metadata'
import { publicMethods } from '../core/public-methods'
import { type Method, wrapMethod } from '../core/wrap-method'
import { translateDatabaseError } from '../data-source/database-error'
import { boundaryDefinition, defined, transactionOf } from '../tx/boundary-method'
import { declarationOf, memberDeclarationOf } from '../tx/declaration'
import { generatorBoundary, isAsyncGenerator } from '../tx/generator-boundary'
import type { QueryAccess } from '../query/execute/query-context'
import { defineTransaction, type TransactionDefinition } from '../tx/options'
import { transactionManagerOf } from '../tx/transaction-managers'
import { wrapClassMethods } from '../tx/wrap-class'
import { type AccessOf, accessOfMember } from './reading-methods'
import { translatedMethod } from './translated-method'

/** The boundaries that repositories have made, and the repository of each. */
const implicit = new WeakMap<BoundaryLayer, Class>()

/** Wraps the public async methods of a repository, own and inherited, on its own prototype. */
export function wrapRepositoryMethods(target: Class, dataSource: string): void {
  const owner = target.prototype as object
  const wrap = (method: Method, member: string): Method => {
    const accessOf = accessOfMember(target, member)
    return layered(method, { boundary: implicitLayer({ target, member, dataSource, accessOf }) }, { owner, member })
  }
  wrapClassMethods(target, wrap)
  completeMethods(target, wrap)
}

/**
 * Methods with a declaration of their own are boundaries already, or are to be none: only their errors are left to do. The
 * boundary of another repository, from which this one inherits, is not its own: it may be of another data source.
 */
function completeMethods(target: Class, wrap: (method: Method, member: string) => Method): void {
  const owner = target.prototype as object
  for (const [member, { descriptor }] of publicMethods(owner)) {
    const method = descriptor.value as Method // the public methods are functions
    const value = isOfAnother(target, method) ? wrap(method, member) : translated(target, method, { owner, member })
    if (value) Object.defineProperty(owner, member, { ...descriptor, value, configurable: true, writable: true })
  }
}

function isOfAnother(target: Class, method: Method): boolean {
  const boundary = layersOf(method)?.boundary
  const repository = boundary && implicit.get(boundary)
  return repository !== undefined && repository !== target
}

function translated(target: Class, method: Method, site: MethodSite & { readonly member: string }): Method | undefined {
  const label = `${target.name}.${site.member}`
  const { boundary, method: innermost = method } = layersOf(method) ?? {}
  if (boundary !== undefined && implicit.has(boundary)) return undefined
  if (boundary !== undefined) {
    return layered(method, { boundary: defined(boundaryDefinition(method), translatedLayer(boundary, label)) }, site)
  }
  const declared = memberDeclarationOf(target, site.member) !== undefined && !isSelfBounded(method)
  return declared ? layered(method, { method: translatedMethod(innermost, label, true) }, site) : undefined
}

/** A declared boundary, whose own errors (that of its COMMIT) come out translated as those of its method do. */
function translatedLayer(boundary: BoundaryLayer, label: string): BoundaryLayer {
  return {
    // Further in too: the rules of the declaration are about the errors that its callers know.
    wrap: method => translatedMethod(boundary.wrap(translatedMethod(method, label)), label),
    around: original => {
      const around = boundary.around(original)
      return call => translatedMethod(() => around(call), label)()
    },
    innermost: method => translatedMethod(method, label),
    transaction: boundary.transaction,
  }
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
  const label = labelOf(boundary)
  const fn = translatedMethod(method, label, true)
  const translate = (error: unknown): unknown => translateDatabaseError(error, label)
  let definitions: Definitions | 'excluded' | undefined
  return wrapMethod(method, function repositoryMethod(this: unknown, ...args: unknown[]): unknown {
    definitions ??= definitionsOf(boundary, label)
    if (definitions === 'excluded') return fn.apply(this, args)
    try {
      if (isAsyncGenerator(method)) return generatorBoundary(fn, definitions.write).apply(this, args)
      const manager = transactionManagerOf(this, definitions.write.dataSource, label)
      const definition = definitions[boundary.accessOf(this as object, args)]
      return manager.execute({ definition, fn: method, translate, self: this, args })
    } catch (error) {
      // An asynchronous method never throws at its caller, whatever it was called in.
      const failure = error as Error
      return Promise.reject(failure)
    }
  })
}

function implicitLayer(boundary: ImplicitBoundary): BoundaryLayer {
  const layer: BoundaryLayer = {
    wrap: method => implicitBoundary(method, boundary),
    around: original => aroundImplicit(original, boundary),
    innermost: method => translatedMethod(method, labelOf(boundary)),
    get transaction() {
      const definitions = definitionsOf(boundary, labelOf(boundary))
      return definitions === 'excluded' ? undefined : transactionOf(definitions.write)
    },
  }
  implicit.set(layer, boundary.target)
  return layer
}

function aroundImplicit(original: Method, boundary: ImplicitBoundary): Around {
  const label = labelOf(boundary)
  let definitions: Definitions | 'excluded' | undefined
  return ({ instance, args, inside, alone }) => {
    definitions ??= definitionsOf(boundary, label)
    if (definitions === 'excluded') return inside.apply(instance, args)
    if (isAsyncGenerator(original)) return generatorBoundary(inside, definitions.write).apply(instance, args)
    const manager = transactionManagerOf(instance, definitions.write.dataSource, label)
    const access = boundary.accessOf(instance as object, args)
    const definition = definitions[alone ? access : NOT_ALONE[access]]
    return manager.execute({ definition, fn: inside, self: instance, args })
  }
}

/** What stands inside the boundary may fail behind the statement, or send others: COMMIT must wait for it. */
const NOT_ALONE = {
  write: 'write',
  'single-write': 'write',
  read: 'read',
  select: 'read',
  'lone-select': 'read',
  snapshot: 'snapshot',
  'snapshot-turn': 'snapshot',
} as const satisfies Record<QueryAccess, QueryAccess>

function labelOf({ target, member }: ImplicitBoundary): string {
  return `${target.name}.${member}`
}

type Definitions = Readonly<Record<QueryAccess, TransactionDefinition>>

function definitionsOf({ target, member, dataSource }: ImplicitBoundary, label: string): Definitions | 'excluded' {
  const declared = declarationOf(target, member)
  if (declared === 'excluded') return 'excluded'
  if (declared) {
    const definition = defineTransaction(declared, label)
    return {
      write: definition,
      'single-write': definition,
      read: definition,
      select: definition,
      'lone-select': definition,
      snapshot: definition,
      'snapshot-turn': definition,
    }
  }
  const read = defineTransaction({ dataSource, readOnly: true }, label, true)
  // Not `readOnly: false`: written out, that would refuse to join a read-only transaction instead of leaving it to the database.
  const write = defineTransaction({ dataSource }, label, true)
  const snapshot = defineTransaction({ dataSource, readOnly: true, isolation: 'REPEATABLE READ' }, label, true)
  return {
    write,
    'single-write': Object.freeze({ ...write, single: 'write' }),
    read,
    select: Object.freeze({ ...read, single: 'select' }),
    'lone-select': Object.freeze({ ...read, single: 'lone-select' }),
    snapshot,
    'snapshot-turn': Object.freeze({ ...snapshot, single: 'turn' }),
  }
}
