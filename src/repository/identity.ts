import type { EntityMetadata, ObjectLiteral } from 'typeorm'
import { anyOf } from '../query/ast/combine'
import { MembershipNode } from '../query/ast/membership-node'
import type { Predicate } from '../query/ast/predicate'
import { valueOperand } from '../query/ast/value-operand'
import { keyPredicate } from '../query/execute/key-query'
import { InvalidIdError } from './errors'

/** The primary key as a condition: one property, or several for a composite key. */
export type IdMap = Readonly<Record<string, unknown>>

/**
 * The condition for an identifier. Never half of one: TypeORM leaves `undefined` out of conditions, and would answer,
 * update or delete rows that nobody meant.
 *
 * @throws InvalidIdError `AMBIT_REPOSITORY_NO_ID`
 */
export function idMap(metadata: EntityMetadata, id: unknown, where: string): IdMap {
  if (metadata.primaryColumns.length === 0) throw keyless(metadata, where)
  const map: ObjectLiteral = isWholeObject(id) ? id : keyOf(metadata, id)
  const entries = metadata.primaryColumns.map(column => [column.propertyPath, column.getEntityValue(map)] as const)
  if (entries.some(([, value]) => value === undefined || value === null)) throw noId(metadata, where)
  return metadata.getEntityIdMap(map) ?? map
}

/**
 * The values of a primary key, in the order of its columns.
 *
 * @throws InvalidIdError `AMBIT_REPOSITORY_NO_ID`
 */
export function keyValues(metadata: EntityMetadata, id: unknown, where: string): readonly unknown[] {
  if (typeof id !== 'object' && id !== undefined && metadata.primaryColumns.length === 1) return [id]
  const map = idMap(metadata, id, where)
  return metadata.primaryColumns.map(column => column.getEntityValue(map) as unknown)
}

/**
 * The row with an identifier, as a predicate.
 *
 * @throws InvalidIdError `AMBIT_REPOSITORY_NO_ID`
 */
export function idPredicate(metadata: EntityMetadata, id: unknown, where: string): Predicate | undefined {
  const values = keyValues(metadata, id, where)
  return keyPredicate(metadata, place => valueOperand(values[place]))
}

/**
 * The rows with any of some identifiers, as a predicate.
 *
 * @throws InvalidIdError `AMBIT_REPOSITORY_NO_ID`
 */
export function anyKeyPredicate(
  metadata: EntityMetadata,
  ids: readonly unknown[],
  where: string,
): Predicate | undefined {
  const [column, second] = metadata.primaryColumns
  if (column === undefined) throw keyless(metadata, where)
  if (second !== undefined) return anyOf(ids.flatMap(id => idPredicate(metadata, id, where) ?? []))
  const values = ids.flatMap(id => keyValues(metadata, id, where))
  return MembershipNode.create(column.propertyPath, values.map(valueOperand))
}

/** How many identifiers one predicate takes: a list of values is one condition, a longer key one for each of its columns. */
export function keysPerPredicate({ primaryColumns: { length } }: EntityMetadata): number {
  return length > 1 ? Math.floor(CONDITIONS / length) : Infinity
}

/** As many as queries that are made as the program runs may have. */
const CONDITIONS = 10_000

/** Identifiers without those that are there twice. */
export function distinctKeys(metadata: EntityMetadata, ids: readonly unknown[], where: string): readonly unknown[] {
  const text = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${String(value)}n` : value)
  return [...new Map(ids.map(id => [JSON.stringify(keyValues(metadata, id, where), text), id])).values()]
}

/** A value is the whole of a key of one column, and nothing of a longer one. */
function keyOf(metadata: EntityMetadata, id: unknown): ObjectLiteral {
  return metadata.primaryColumns.length === 1 ? metadata.ensureEntityIdMap(id) : {}
}

function isWholeObject(id: unknown): id is ObjectLiteral {
  return typeof id === 'object' && id !== null && !(id instanceof Date) && !Buffer.isBuffer(id)
}

/** Without a condition it would be whatever row comes first, or all of them. */
function keyless({ name }: EntityMetadata, where: string): InvalidIdError {
  return new InvalidIdError('AMBIT_REPOSITORY_NO_ID', {
    what: `${where} was called, but ${name} has no primary key to find rows by.`,
    where,
    next: `Mark what tells its rows apart with @PrimaryColumn(), in views too, or use findOne(where()…).`,
  })
}

function noId(metadata: EntityMetadata, where: string): InvalidIdError {
  const keys = metadata.primaryColumns.map(column => column.propertyPath)
  return new InvalidIdError('AMBIT_REPOSITORY_NO_ID', {
    what: `${where} was called without a whole identifier of ${metadata.name}.`,
    where,
    next: keys.length === 1 ? `Pass the ${keys.join()}.` : `Pass an object with ${keys.join(', ')}.`,
  })
}
