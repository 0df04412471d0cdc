import { didYouMean } from '../../core/near-misses'
import { visibleLine } from '../../core/visible-text'
import { propertyPathsOf } from '../ast/conditions'
import type { OrderTerm } from '../ast/order-term'
import type { Predicate } from '../ast/predicate'
import { assertPropertyPath } from '../ast/property-path'
import { PropertyNotAllowedError } from '../errors'
import type { PropertyPath } from '../paging/property-path.types'

/** What a text from outside may name: properties for both uses, or for each its own, or `'*'` for every property there is. */
export type Allowed<T> =
  | readonly PropertyPath<T>[]
  | { readonly filter?: readonly PropertyPath<T>[]; readonly sort?: readonly PropertyPath<T>[] }
  | '*'

/** The properties that are open to texts from outside; a path is open by itself only, never what lies below it. */
export interface AllowList {
  readonly filter: ReadonlySet<string>
  readonly sort: ReadonlySet<string>
  /** The properties of both. */
  readonly all: readonly string[]
}

/** @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what can be no path */
export function allowListOf(allowed: Exclude<Allowed<unknown>, '*'>): AllowList {
  const { filter = [], sort = [] } = isList(allowed) ? { filter: allowed, sort: allowed } : allowed
  const all = Object.freeze([...new Set([...filter, ...sort].map(assertPropertyPath))])
  return Object.freeze({ filter: new Set(filter), sort: new Set(sort), all })
}

function isList<E>(given: readonly E[] | object): given is readonly E[] {
  return Array.isArray(given)
}

/** What a text names. */
export interface NamedProperties {
  readonly filter: readonly string[]
  readonly sort: readonly string[]
}

export function propertiesOf(predicate: Predicate | undefined, order: readonly OrderTerm[]): NamedProperties {
  const filter = predicate === undefined ? [] : propertyPathsOf(predicate)
  return Object.freeze({ filter, sort: [...new Set(order.map(({ path }) => path))] })
}

/**
 * Refuses the first property that is not open. Whether the entity has it makes no difference: nobody learns of properties
 * that are not open.
 *
 * @throws PropertyNotAllowedError `AMBIT_QUERY_NOT_ALLOWED`
 */
export function requireAllowed(named: NamedProperties, allowed: AllowList | undefined, label: string): void {
  for (const use of USES) {
    const property = named[use].find(path => !allowed?.[use].has(path))
    if (property === undefined) continue
    const shown = visibleLine(property)
    const text = allowed === undefined ? nothingOpen(shown, use) : notOpen(shown, use, [...allowed[use]])
    throw new PropertyNotAllowedError({ ...text, where: label }, { property, use })
  }
}

const USES = ['filter', 'sort'] as const

type Use = (typeof USES)[number]

function nothingOpen(property: string, use: Use): { what: string; next: string } {
  return {
    what: `The ${use} names '${property}', and nobody has said which properties a text from outside may name.`,
    next: `Say it: parse(text, { allow: ['${property}'] }), or once for all requests with defineQueryable(Entity, { ${use}: [...] }).`,
  }
}

function notOpen(property: string, use: Use, open: readonly string[]): { what: string; next: string } {
  const list = open.length === 0 ? `Nothing is open to a ${use}.` : `Use one of ${open.join(', ')}.`
  return {
    what: `The ${use} names '${property}', which is not open to it.`,
    next: `${didYouMean(property, open)}${list}`,
  }
}
