import { QueryDeclarationError } from '../errors'

/** What rows become: instances of a class, made of some properties of the entity. */
export interface Projection<T> {
  readonly target: new (...values: never[]) => T
  /** Paths, as the constructor takes them; or paths by the property that they are put into. */
  readonly from: readonly string[] | Readonly<Record<string, string>>
}

const BRAND = Symbol.for('ambit.projection')

/**
 * Says how rows become instances of a class, for the `select` of a query: a list of paths is what the constructor takes, in
 * its order; an object names the property that each path is put into, behind a constructor without arguments.
 *
 * @example
 * class UserName {
 *   constructor(readonly first: string, readonly last: string) {}
 *   get full() { return `${this.first} ${this.last}` }
 * }
 * const NAME = projection(UserName, ['firstname', 'lastname'])
 *
 * @Query({ where: 'active = true', select: NAME })
 * declare activeNames: () => Promise<UserName[]>   // SELECT "entity"."firstname", "entity"."lastname" FROM …
 *
 * @throws QueryDeclarationError `AMBIT_QUERY_OPTION`
 */
export function projection<T extends object>(
  target: new (...values: never[]) => T,
  from: Projection<T>['from'],
): Projection<T> {
  if (typeof (target as unknown) !== 'function') throw noClass()
  const made: Projection<T> = { target, from: Object.freeze(isList(from) ? [...from] : { ...from }) }
  Object.defineProperty(made, BRAND, { value: true })
  return Object.freeze(made)
}

export function isProjection(value: unknown): value is Projection<object> {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true
}

/** What a query over properties selects: properties of the entity; paths by the names they get; or a projection. */
export type Select = readonly string[] | Readonly<Record<string, string>> | Projection<object>

/** The class that rows of SQL become instances of. */
export type RowClass = new () => object

function isList(from: Projection<object>['from']): from is readonly string[] {
  return Array.isArray(from)
}

function noClass(): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: 'projection(…) was given no class.',
    next: "Pass the class first, then the properties: projection(UserName, ['firstname', 'lastname']).",
  })
}
