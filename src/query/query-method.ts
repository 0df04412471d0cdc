import type { Class } from '../core/metadata'
import { QueryDeclarationError } from './errors'

/** A query that is bound to a data source. */
export type BoundQuery = (args: unknown[]) => Promise<unknown>

const bound = new WeakMap<object, ReadonlyMap<string, BoundQuery>>()

/** Gives an object the bodies of its declared queries. */
export function bindQueries(instance: object, queries: ReadonlyMap<string, BoundQuery>): void {
  bound.set(instance, queries)
}

/** The function that stands on the prototype for a declared query; it finds the body that its object was given. */
export function queryMethod(owner: Class, member: string): (...args: unknown[]) => Promise<unknown> {
  const call = function (this: object, ...args: unknown[]): Promise<unknown> {
    const query = bound.get(this)?.get(member)
    return query ? query(args) : Promise.reject(unbound(`${owner.name}.${member}`))
  }
  Object.defineProperty(call, 'name', { value: member, configurable: true })
  return call
}

function unbound(label: string): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_UNBOUND', {
    what: `${label} was called on an object that belongs to no application.`,
    where: label,
    next: 'Decorate the class with @Repository(Entity), give it to bootstrap({ components }), and inject it.',
  })
}
