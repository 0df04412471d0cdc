import {
  type DeleteQueryBuilder,
  FindOptionsUtils,
  type ObjectLiteral,
  type SelectQueryBuilder,
  type UpdateQueryBuilder,
} from 'typeorm'
import type { OrderTerm } from '../ast/order-term'
import type { Predicate } from '../ast/predicate'
import { BoundParameters } from './bound-parameters'
import { quotedColumn } from './element-select'
import type { ColumnMetadata } from './metadata-types'
import { type OrderKey, orderKey } from './order-key'
import { pathElsewhere } from './own-columns'
import type { CompileTarget } from './predicate-compiler'
import { PredicateCompiler } from './predicate-compiler'
import { PropertyReferences } from './property-references'
import type { QueryParameters } from './values'
import type { LockMode, RowLock } from '../row-lock'

/** What an entity query selects; the same for every call. */
export interface EntitySelection extends CompileTarget {
  readonly predicate: Predicate | undefined
  readonly order: readonly OrderTerm[]
  /** The lock that selected rows get, where the database locks rows. */
  readonly lock?: RowLock | undefined
  /** Whether rows that are deleted softly are among them. */
  readonly withDeleted?: boolean
}

/** The part of the result that is wanted. */
export interface Range {
  readonly limit?: number | undefined
  readonly offset?: number
}

export type SelectBuilder = SelectQueryBuilder<ObjectLiteral>
export type DeleteBuilder = DeleteQueryBuilder<ObjectLiteral>
export type UpdateBuilder = UpdateQueryBuilder<ObjectLiteral>

/** The name of the entity's table in every select. */
export const ALIAS = 'entity'

/** The entities of a selection, eager relations included. */
export function selectBuilder(selection: EntitySelection, call: QueryParameters, range: Range): SelectBuilder {
  return entities(orderedBuilder(selection, call), selection, range)
}

/** What a select of entities has beside its columns, condition and order. */
export function entities(
  builder: SelectBuilder,
  selection: EntitySelection,
  { limit, offset = 0 }: Range,
): SelectBuilder {
  const { metadata } = selection
  lockRows(builder, selection)
  FindOptionsUtils.joinEagerRelations(builder, ALIAS, metadata)
  // A joined collection repeats rows: TypeORM then has to page over distinct keys.
  const distinct = metadata.eagerRelations.length > 0
  const skipped = offset === 0 ? undefined : offset
  return distinct ? builder.take(limit).skip(skipped) : builder.limit(limit).offset(skipped)
}

/** The rows of a selection in their order, without relations and range. */
export function orderedBuilder(selection: EntitySelection, call: QueryParameters): SelectBuilder {
  const { builder, references } = restricted(selection, call)
  orderKeys(selection, references).forEach((key, at) => order(builder, key, at))
  joinAll(builder, references)
  return builder
}

/** The primary keys of a selection, in its order: their columns first, those of `exact` in a form that loses nothing. */
export function keysBuilder(
  selection: EntitySelection,
  call: QueryParameters,
  { limit, exact }: Range & { readonly exact: (column: ColumnMetadata) => boolean },
): SelectBuilder {
  const { builder, references } = restricted(selection, call)
  const write = quotedColumn(selection.dataSource.driver)
  builder.select([])
  selection.metadata.primaryColumns.forEach((column, at) => {
    const key = write(ALIAS, column)
    builder.addSelect(exact(column) ? selection.dialect.exactKey(key, false) : key, `ambit_id_${at}`)
  })
  orderKeys(selection, references).forEach((key, at) => order(builder, key, at))
  joinAll(builder, references)
  return builder.limit(limit)
}

/** `SELECT COUNT(*) AS "n" …` without order and range. */
export function countBuilder(selection: EntitySelection, call: QueryParameters): SelectBuilder {
  return joined(selection, call).select('COUNT(*)', 'n')
}

/** `SELECT 1 AS "one" … LIMIT 1`: one key is read, not the entity. */
export function existsBuilder(selection: EntitySelection, call: QueryParameters): SelectBuilder {
  const builder = joined(selection, call).select('1', 'one').limit(1)
  lockRows(builder, selection)
  return builder
}

/** `DELETE … WHERE …` in one statement. */
export function deleteBuilder(selection: EntitySelection, call: QueryParameters): DeleteBuilder {
  const { dataSource, metadata } = selection
  const builder = dataSource.manager.createQueryBuilder(metadata.target, ALIAS).delete()
  const condition = writtenRows(selection, call, 'update')
  return condition === undefined ? builder : builder.where(...condition)
}

/** `UPDATE … SET … WHERE …` in one statement; version and update date go with it, as TypeORM has them. */
export function updateBuilder(selection: EntitySelection, call: QueryParameters, set: ObjectLiteral): UpdateBuilder {
  const { dataSource, metadata } = selection
  const builder = dataSource.manager.createQueryBuilder<ObjectLiteral>(metadata.target, ALIAS).update().set(set)
  const condition = writtenRows(selection, call, 'no-key-update')
  return condition === undefined ? builder : builder.where(...condition)
}

type Condition = [text: string, parameters: ObjectLiteral]

/** The rows of a DELETE or an UPDATE, which locks them as `mode` says; `undefined` for all of them. */
function writtenRows(selection: EntitySelection, call: QueryParameters, mode: LockMode): Condition | undefined {
  if (selection.predicate === undefined) return undefined
  if (pathElsewhere(selection.metadata, selection.predicate) !== undefined) return isKeyOf(selection, call, mode)
  // TypeORM's DELETE and UPDATE know no alias: properties stand alone in them.
  const { text, parameters } = PredicateCompiler.of(selection, '', call).compile(selection.predicate)
  return [text, { ...parameters }]
}

/**
 * Neither joins anything: a condition behind a relation selects the keys. It locks their rows, or one that another transaction
 * has changed meanwhile would be looked at again by its key alone, and not by the condition.
 */
function isKeyOf(selection: EntitySelection, call: QueryParameters, mode: LockMode): Condition {
  const { metadata, dataSource } = selection
  // Which rows are deleted softly, the predicate says. Behind the joins: they stay those of reads.
  const builder = joined(selection, call).withDeleted()
  selectKeys(builder, selection)
  lockRows(builder, { ...selection, lock: { mode, onLocked: 'wait' } })
  const keys = metadata.primaryColumns.map(({ databaseName }) => dataSource.driver.escape(databaseName)).join(', ')
  return [`(${keys}) IN (${builder.getQuery()})`, builder.getParameters()]
}

function selectKeys(builder: SelectBuilder, { metadata }: EntitySelection): void {
  builder.select(metadata.primaryColumns.map(({ propertyPath }) => `${ALIAS}.${propertyPath}`))
}

function joined(selection: EntitySelection, call: QueryParameters): SelectBuilder {
  const { builder, references } = restricted(selection, call)
  joinAll(builder, references)
  return builder
}

/** A builder with the condition, and what it has to join. */
export function restricted(
  selection: EntitySelection,
  call: QueryParameters,
): { builder: SelectBuilder; references: PropertyReferences } {
  const references = new PropertyReferences(selection.metadata, ALIAS)
  const compiler = new PredicateCompiler(selection, references, new BoundParameters(call))
  const builder = selection.dataSource.manager.createQueryBuilder<ObjectLiteral>(selection.metadata.target, ALIAS)
  if (selection.withDeleted === true) builder.withDeleted()
  if (selection.predicate !== undefined) {
    const { text, parameters } = compiler.compile(selection.predicate)
    builder.where(text, { ...parameters })
  }
  return { builder, references }
}

/** LEFT JOIN: a missing relation must not lose the row that a condition under OR, or a sort, still wants. */
export function joinAll(builder: SelectBuilder, references: PropertyReferences): void {
  for (const { relation, owner, alias } of references.joins)
    builder.leftJoin(`${owner}.${relation.propertyPath}`, alias)
}

/** `FOR UPDATE OF "entity"`: rows of other tables, which may be missing, stay unlocked. */
function lockRows(builder: SelectBuilder, { dataSource, dialect, lock }: EntitySelection): void {
  if (lock === undefined || !dialect.locksRows) return
  builder.setLock(TYPEORM_LOCKS[lock.mode], undefined, [dataSource.driver.escape(ALIAS)])
  if (lock.onLocked !== 'wait') builder.setOnLocked(lock.onLocked === 'skip' ? 'skip_locked' : 'nowait')
}

const TYPEORM_LOCKS = {
  update: 'pessimistic_write',
  'no-key-update': 'for_no_key_update',
  share: 'pessimistic_read',
  'key-share': 'for_key_share',
} as const satisfies Record<LockMode, string>

export function orderKeys({ order: terms }: EntitySelection, references: PropertyReferences): readonly OrderKey[] {
  return terms.map(term => orderKey(references, term))
}

/** Behind the `at` keys that the builder has. */
export function order(builder: SelectBuilder, { text, direction, nulls, ignoreCase }: OrderKey, at: number): void {
  const placed = nulls && (`NULLS ${nulls}` as const)
  if (!ignoreCase) {
    builder.addOrderBy(text, direction, placed)
    return
  }
  // TypeORM orders by expressions only through a selected alias.
  builder.addSelect(text, foldedName(at)).addOrderBy(foldedName(at), direction, placed)
}

/** What keys of an order that ignore case are selected as. */
export function foldedNames(order: readonly OrderTerm[]): readonly string[] {
  return order.flatMap(({ ignoreCase }, at) => (ignoreCase ? [foldedName(at)] : []))
}

function foldedName(at: number): string {
  return `ambit_order_${at}`
}
