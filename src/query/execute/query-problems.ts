import type { EntityMetadata } from 'typeorm'
import { conditionsOf } from '../ast/conditions'
import type { Condition } from '../ast/predicate'
import { isCollection, isToMany, pathsBelow, propertyCatalogue, resolveProperty } from '../compile/entity-properties'
import { nearMisses } from '../../core/near-misses'
import { visibleLine } from '../../core/visible-text'
import { PropertyNotAllowedError, QueryDeclarationError, UnknownPropertyError } from '../errors'
import type { EntitySelection } from '../compile/entity-builder'
import type { QueryContext } from './query-context'

/** The entity of a query over properties. */
export function requireMetadata({ metadata }: QueryContext, label: string): EntityMetadata {
  if (metadata) return metadata
  throw new QueryDeclarationError('AMBIT_QUERY_NO_ENTITY', {
    what: `${label} is a query over properties, but its repository names no entity.`,
    where: label,
    next: 'Write @Repository(Entity) on the class, or use @Query.sql(…).',
  })
}

/** Every property that a query reads or sorts by must exist, and answer what it is asked. */
export function requireProperties({ metadata, predicate, order }: EntitySelection, label: string): void {
  const conditions = predicate === undefined ? [] : conditionsOf(predicate)
  for (const condition of conditions) requireCondition(metadata, condition, label)
  for (const { path } of order) requireProperty(metadata, path, label)
}

/**
 * @throws UnknownPropertyError `AMBIT_QUERY_UNKNOWN_PROPERTY`, QueryDeclarationError `AMBIT_QUERY_COLLECTION`,
 * PropertyNotAllowedError `AMBIT_QUERY_NOT_ALLOWED`
 */
export function requireCondition(metadata: EntityMetadata, condition: Condition, label: string): void {
  const { path } = condition
  const collection = isCollection(metadata, path)
  if (!collection && resolveProperty(metadata, path) === undefined) throw unknownProperty(metadata, path, label)
  if (collection && !asksCollection(condition)) throw comparesCollection(label, path)
  if (collection && condition.kind === 'pattern' && condition.fromOutside) throw asksForElement(label, path)
  if (!collection && condition.kind === 'exists') throw noCollection(label, path)
}

function asksCollection(condition: Condition): boolean {
  if (condition.kind === 'exists') return true
  return condition.kind === 'pattern' && condition.operator === 'contains' && !condition.ignoreCase
}

/**
 * A property that has one value, to sort by or to select: of the entity itself, or behind relations to one.
 *
 * @throws UnknownPropertyError `AMBIT_QUERY_UNKNOWN_PROPERTY`, QueryDeclarationError `AMBIT_QUERY_UNSUPPORTED`
 */
export function requireProperty(metadata: EntityMetadata, path: string, label: string): void {
  const resolved = resolveProperty(metadata, path)
  if (resolved?.relations.some(isToMany) || isCollection(metadata, path))
    throw unsupported(label, `One value out of the collection in '${path}'`, 'Use @Query.sql(…) for it.')
  if (resolved === undefined) throw unknownProperty(metadata, path, label)
}

/** Something that conditions can name: a property, wherever it is, or a collection. */
export function requireReadable(metadata: EntityMetadata, path: string, label: string): void {
  if (resolveProperty(metadata, path) === undefined && !isCollection(metadata, path))
    throw unknownProperty(metadata, path, label)
}

export function unknownProperty(metadata: EntityMetadata, path: string, label: string): UnknownPropertyError {
  const catalogue = propertyCatalogue(metadata)
  const at = path.lastIndexOf('.')
  const owner = at < 0 ? '' : path.slice(0, at)
  const prefix = at < 0 ? '' : `${owner}.`
  const names = catalogue.propertyNames(owner)
  const below = pathsBelow(metadata, path)
  const suggestions = below.length > 0 ? below : nearMisses(path.slice(at + 1), names).map(name => prefix + name)
  const known = names.map(name => prefix + name).join(', ')
  const problem = below.length > 0 ? 'is not one column' : 'is no property'
  return new UnknownPropertyError(
    {
      what: `'${visibleLine(path)}' ${problem} of ${metadata.name}.`,
      where: label,
      next: suggestions.length > 0 ? `Did you mean ${suggestions.join(' or ')}?` : `Use one of ${known}.`,
    },
    { entity: metadata.name, property: path, suggestions },
  )
}

function comparesCollection(label: string, path: string): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_COLLECTION', {
    what: `'${path}' is a collection, and cannot be compared as one value.`,
    where: label,
    next: `Write '${path} any (…)', '${path} is empty' or '${path} contains :element', or name a property of its elements.`,
  })
}

/** Whoever may try keys out learns which elements there are: that is more than an open list says. */
function asksForElement(label: string, path: string): PropertyNotAllowedError {
  const text = {
    what: `The filter asks whether '${path}' contains an element, and a list that is open says only whether it is empty.`,
    where: label,
    next: `Open a property of its elements, and compare that.`,
  }
  return new PropertyNotAllowedError(text, { property: path, use: 'filter' })
}

function noCollection(label: string, path: string): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_COLLECTION', {
    what: `'${path}' is no collection, so it has no elements to ask.`,
    where: label,
    next: `Test it with 'is null', or name a property below it, as in '${path}.id = …'.`,
  })
}

/** For a path to load: `rest` of it is no relation of the entity that the rest before leads to. */
export function unknownRelation(
  { name: entity }: EntityMetadata,
  path: string,
  { at, rest, label }: { readonly at: EntityMetadata; readonly rest: string; readonly label: string },
): UnknownPropertyError {
  const prefix = path.slice(0, path.length - rest.length)
  const names = at.relations.map(({ propertyPath }) => prefix + propertyPath)
  const suggestions = nearMisses(path, names)
  const known = names.length > 0 ? `Use one of ${names.join(', ')}.` : `${at.name} has no relations.`
  return new UnknownPropertyError(
    {
      what: `'${path}' is no relation of ${entity}.`,
      where: label,
      next: suggestions.length > 0 ? `Did you mean ${suggestions.join(' or ')}?` : known,
    },
    { entity, property: path, suggestions },
  )
}

export function kindMismatch(
  label: string,
  result: string,
  possible: readonly string[],
  { why = '', next = 'Use' }: { readonly why?: string; readonly next?: string } = {},
): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_KIND_MISMATCH', {
    what: `${label} cannot answer '${result}'${why}.`,
    where: label,
    next: `${next} ${possible.map(each => `'${each}'`).join(', ')}.`,
  })
}

export function unsupported(label: string, what: string, next: string): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_UNSUPPORTED', {
    what: `${what} is not supported yet (${label}).`,
    where: label,
    next,
  })
}
