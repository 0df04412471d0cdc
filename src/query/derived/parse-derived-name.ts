import { ArgumentNode } from '../ast/argument-node'
import { allOf, anyOf } from '../ast/combine'
import { parametersOf } from '../ast/conditions'
import type { OrderTerm } from '../ast/order-term'
import type { Condition, Predicate } from '../ast/predicate'
import { nameError, type NameOwner } from './derived-errors'
import type { DerivedParameter, DerivedQuery } from './derived-query'
import { readOrder, splitAtOrderBy } from './name-order'
import type { NamePart } from './name-part'
import { readAlternatives } from './name-predicate'
import { readSubject, type NameSubject } from './name-subject'
import type { PropertyCatalogue } from './property-catalogue'
import { PropertyResolver } from './property-resolver'

/**
 * Reads a method's name as a query over the properties of an entity.
 *
 * The name says the kind: `findBy` many, `findOneBy` and `findFirstBy` one, `getBy` required, `findFirst3By` three,
 * `streamBy`, `countBy`, `existsBy`, `deleteBy`. Arguments go by place, from left to right.
 *
 * @example
 * const query = parseDerivedName('findByActiveTrueAndAgeBetweenOrderByNameAsc', catalogue)
 * printQuery(query.predicate, query.order)   // 'active is true and age between ?1 and ?2 order by name asc'
 *
 * @throws DerivedNameError `AMBIT_QUERY_DERIVED_NAME`, `AMBIT_QUERY_OPERATOR_TYPE`
 * @throws UnknownPropertyError `AMBIT_QUERY_UNKNOWN_PROPERTY` with the properties that may have been meant
 */
export function parseDerivedName(
  methodName: string,
  catalogue: PropertyCatalogue,
  options: { readonly label?: string | undefined } = {},
): DerivedQuery {
  const owner = { methodName, label: options.label ?? methodName }
  refuseEndless(owner)
  const subject = readSubject(owner)
  const { predicate: text, order } = splitAtOrderBy(owner, subject.rest)
  const resolver = new PropertyResolver(catalogue)
  const alternatives = text === '' ? [] : readAlternatives(owner, resolver, text)
  refuseUnrestricted(owner, subject, text)
  return Object.freeze({
    kind: subject.kind,
    ...conditionsOf(alternatives),
    order: order === undefined ? [] : orderOf(owner, subject, readOrder(owner, resolver, order)),
    limit: subject.limit,
    distinct: subject.distinct,
  })
}

/** Gives the parts their arguments, from left to right, and joins them. */
function conditionsOf(alternatives: readonly (readonly NamePart[])[]): Pick<DerivedQuery, 'predicate' | 'parameters'> {
  const parameters: DerivedParameter[] = []
  const groups = alternatives.map(parts => allOf(parts.map(part => conditionOf(part, parameters))))
  const predicate = anyOf(groups.filter((group): group is Predicate => group !== undefined))
  return { predicate, parameters: Object.freeze(parameters) }
}

function conditionOf({ property, operator, ignoreCase }: NamePart, parameters: DerivedParameter[]): Condition {
  const base = parameters.length
  const condition = operator.create(property.path, offset => ArgumentNode.create(base + offset), ignoreCase)
  for (const { role } of parametersOf(condition))
    parameters.push(Object.freeze({ index: parameters.length, path: property.path, type: property.info.type, role }))
  return condition
}

function orderOf(owner: NameOwner, { kind }: NameSubject, order: readonly OrderTerm[]): readonly OrderTerm[] {
  if (kind !== 'count' && kind !== 'exists' && kind !== 'delete') return order
  throw nameError(owner, `OrderBy has no meaning in a name that begins with ${kind}.`, 'Leave it out.')
}

function refuseUnrestricted(owner: NameOwner, { kind }: NameSubject, text: string): void {
  if (kind === 'delete' && text === '')
    throw nameError(
      owner,
      `'${owner.methodName}' names no condition and would delete every row.`,
      'Use deleteMany({ all: true }) where that is meant, or name a property after By.',
    )
}

function refuseEndless(owner: NameOwner): void {
  if (owner.methodName.length > MAX_LENGTH)
    throw nameError(
      { ...owner, label: `${owner.label.slice(0, 60)}…` },
      `The name of a query method has more than ${String(MAX_LENGTH)} characters.`,
      'Write the query as a where expression.',
    )
}

const MAX_LENGTH = 500
