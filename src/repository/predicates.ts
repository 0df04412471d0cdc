import type { EntityMetadata } from 'typeorm'
import { didYouMean } from '../core/near-misses'
import { parametersOf } from '../query/ast/conditions'
import { isListParameter } from '../query/ast/membership-node'
import type { Predicate } from '../query/ast/predicate'
import type { Specification } from '../query/builder/specification'
import { writableRows } from '../query/compile/writable-rows'
import { QueryParams } from '../query/filter/query-params'
import { InvalidSpecificationError, UnrestrictedWriteError } from './errors'

/** Every row, said on purpose. */
export interface AllRows {
  readonly all: true
}

/** The rows that a write is about: never all of them by accident. */
export type RowsToWrite<T> = Specification<T> | AllRows

/**
 * The predicate of a specification.
 *
 * @throws InvalidSpecificationError `AMBIT_REPOSITORY_SPECIFICATION` for anything else, which might have meant a restriction
 */
export function predicateOf(specification: unknown, label: string): Predicate | undefined {
  if (!isSpecification(specification)) {
    throw new InvalidSpecificationError('AMBIT_REPOSITORY_SPECIFICATION', {
      what: `${label} was given something that is no specification.`,
      where: label,
      next: 'Pass where(), a parsed filter or example(…); for all rows leave it out where a method allows that.',
    })
  }
  const { predicate } = specification
  const [use] = predicate === undefined ? [] : parametersOf(predicate)
  if (use === undefined) return predicate
  throw new InvalidSpecificationError('AMBIT_REPOSITORY_SPECIFICATION', {
    what: `The specification given to ${label} waits for the value of a parameter, which nobody can give it.`,
    where: label,
    next: 'Put the value itself into the specification.',
  })
}

/** A specification as queries take it, read once: its predicate may be a getter of the user's own. */
export function specificationOf(given: unknown, label: string): Specification<never> {
  const predicate = predicateOf(given, label)
  const openTo = isSpecification(given) ? given['~openTo'] : undefined
  return { predicate, ...(openTo && { '~openTo': openTo }) }
}

/** Everything that has the property is one: builders, parsed filters, objects of the user's own. */
function isSpecification(value: unknown): value is Specification<never> {
  return isObject(value) && 'predicate' in value
}

/**
 * The predicate of an UPDATE or a DELETE.
 *
 * @throws UnrestrictedWriteError `AMBIT_REPOSITORY_UNRESTRICTED`; InvalidSpecificationError `AMBIT_REPOSITORY_SPECIFICATION`
 */
export function predicateOfWrite(metadata: EntityMetadata, rows: unknown, label: string): Predicate | undefined {
  return writableRows(metadata, saysAll(rows) ? undefined : restriction(rows, label))
}

function saysAll(rows: unknown): boolean {
  return isObject(rows) && 'all' in rows && rows.all === true && !('predicate' in rows)
}

function restriction(rows: unknown, label: string): Predicate {
  const next = 'Pass { all: true } where every row is meant; otherwise look for the condition that has got lost.'
  return restricting(rows, predicateOf(rows, label), { label, next })
}

/**
 * What a row that is there must satisfy for an upsert to change it.
 *
 * @throws UnrestrictedWriteError `AMBIT_REPOSITORY_UNRESTRICTED`; InvalidSpecificationError `AMBIT_REPOSITORY_SPECIFICATION`
 */
export function restrictionOfUpsert(rows: unknown, label: string): RestrictingSpecification {
  const next = 'Leave where out if any row may be updated; otherwise look for the condition that has got lost.'
  const specification = specificationOf(rows, label)
  return { ...specification, predicate: restricting(rows, specification.predicate, { label, next }) }
}

/** One that is known to say something. */
export interface RestrictingSpecification extends Specification<never> {
  readonly predicate: Predicate
}

/** The predicate of what was given; `next`: what to do where it lets every row through. */
function restricting(
  given: unknown,
  predicate: Predicate | undefined,
  { label, next }: { readonly label: string; readonly next: string },
): Predicate {
  if (given instanceof QueryParams && (given.limit !== undefined || given.offset > 0)) throw partOfRows(label)
  if (predicate !== undefined && !isAlwaysTrue(predicate)) return predicate
  throw new UnrestrictedWriteError('AMBIT_REPOSITORY_UNRESTRICTED', {
    what: `${label} was given a specification that restricts nothing.`,
    where: label,
    next,
  })
}

/** Dropping the limit of a request would write more rows than it asked for. */
function partOfRows(label: string): InvalidSpecificationError {
  return new InvalidSpecificationError('AMBIT_REPOSITORY_SPECIFICATION', {
    what: `${label} was given parameters with a limit or an offset, and one statement writes all rows or none.`,
    where: label,
    next: 'Pass their conditions alone, where().and(params), if all rows that satisfy them are meant.',
  })
}

/** An empty list contains nothing, so that `not in ()` may match every row. In doubt it is taken to. */
function isAlwaysTrue(predicate: Predicate): boolean {
  if (predicate.kind === 'and') return predicate.operands.every(isAlwaysTrue)
  if (predicate.kind === 'or') return predicate.operands.some(isAlwaysTrue)
  return predicate.kind === 'not' ? isAlwaysFalse(predicate.operand) : isEmptyMembership(predicate, true)
}

function isAlwaysFalse(predicate: Predicate): boolean {
  if (predicate.kind === 'and') return predicate.operands.some(isAlwaysFalse)
  if (predicate.kind === 'or') return predicate.operands.every(isAlwaysFalse)
  return predicate.kind === 'not' ? isAlwaysTrue(predicate.operand) : isEmptyMembership(predicate, false)
}

function isEmptyMembership(predicate: Predicate, negated: boolean): boolean {
  if (predicate.kind !== 'membership' || isListParameter(predicate.members)) return false
  return predicate.negated === negated && predicate.members.length === 0
}

/**
 * @throws InvalidSpecificationError `AMBIT_REPOSITORY_SPECIFICATION` for options that are not known, or no object
 */
export function requireOptions(options: unknown, known: readonly string[], label: string): void {
  if (!isObject(options)) {
    throw new InvalidSpecificationError('AMBIT_REPOSITORY_SPECIFICATION', {
      what: `${label} was given options that are no object.`,
      where: label,
      next: `Leave them out, or use ${known.join(', ')}.`,
    })
  }
  const unknown = Object.keys(options).find(name => !known.includes(name))
  if (unknown === undefined) return
  throw new InvalidSpecificationError('AMBIT_REPOSITORY_SPECIFICATION', {
    what: `${label} has no option '${unknown}'.`,
    where: label,
    next: `${didYouMean(unknown, known)}Use ${known.join(', ')}.`,
  })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
