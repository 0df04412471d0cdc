import type { Class } from '../core/metadata'
import { markSelfBounded } from '../core/method-layers'
import type { Method } from '../core/wrap-method'
import { QueryDeclarationError } from './errors'

/** A query that is bound to a data source. */
export type BoundQuery = (args: unknown[]) => unknown

const bound = new WeakMap<object, ReadonlyMap<string, BoundQuery>>()

/** Gives an object the bodies of its declared queries. */
export function bindQueries(instance: object, queries: ReadonlyMap<string, BoundQuery>): void {
  bound.set(instance, queries)
}

/** The function that stands on the prototype for a declared query; it finds the body that its object was given. */
export function queryMethod(owner: Class, member: string, streams = false): Method {
  const call = function (this: unknown, ...args: unknown[]): unknown {
    const query = bound.get(this as object)?.get(member)
    if (query) return query(args)
    const error = unbound(`${owner.name}.${member}`)
    // A stream is no promise, so its caller is told at once.
    if (streams) throw error
    return Promise.reject(error)
  }
  Object.defineProperty(call, 'name', { value: member, configurable: true })
  return markSelfBounded(call)
}

function unbound(label: string): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_UNBOUND', {
    what: `${label} was called on an object that belongs to no application.`,
    where: label,
    next: 'Decorate the class with @Repository(Entity), give it to bootstrap({ components }), and inject it.',
  })
}
