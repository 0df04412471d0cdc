import { type DeleteQueryBuilder, FindOptionsUtils, type ObjectLiteral, type SelectQueryBuilder } from 'typeorm'
import type { OrderTerm } from '../ast/order-term'
import type { Predicate } from '../ast/predicate'
import type { CompileTarget } from './predicate-compiler'
import { PredicateCompiler } from './predicate-compiler'
import type { PropertyReferences } from './property-references'
import type { QueryParameters } from './values'

/** What an entity query selects; the same for every call. */
export interface EntitySelection extends CompileTarget {
  readonly predicate: Predicate | undefined
  readonly order: readonly OrderTerm[]
}

/** The part of the result that is wanted. */
export interface Range {
  readonly limit?: number | undefined
  readonly offset?: number
}

export type SelectBuilder = SelectQueryBuilder<ObjectLiteral>
export type DeleteBuilder = DeleteQueryBuilder<ObjectLiteral>

/** The name of the entity's table in every select. */
export const ALIAS = 'entity'

/** The entities of a selection, eager relations included. */
export function selectBuilder(
  selection: EntitySelection,
  call: QueryParameters,
  { limit, offset = 0 }: Range,
): SelectBuilder {
  const { builder, references } = restricted(selection, call)
  for (const term of selection.order) order(builder, selection, references, term)
  joinAll(builder, references)
  FindOptionsUtils.joinEagerRelations(builder, ALIAS, selection.metadata)
  // A joined collection repeats rows: TypeORM then has to page over distinct keys.
  const distinct = selection.metadata.eagerRelations.length > 0
  const skipped = offset === 0 ? undefined : offset
  return distinct ? builder.take(limit).skip(skipped) : builder.limit(limit).offset(skipped)
}

/** `SELECT COUNT(*) AS "n" …` without order and range. */
export function countBuilder(selection: EntitySelection, call: QueryParameters): SelectBuilder {
  return joined(selection, call).select('COUNT(*)', 'n')
}

/** `SELECT 1 AS "one" … LIMIT 1`: one key is read, not the entity. */
export function existsBuilder(selection: EntitySelection, call: QueryParameters): SelectBuilder {
  return joined(selection, call).select('1', 'one').limit(1)
}

/** `DELETE … WHERE …` in one statement. */
export function deleteBuilder(selection: EntitySelection, call: QueryParameters): DeleteBuilder {
  const { dataSource, metadata, predicate } = selection
  const builder = dataSource.manager.createQueryBuilder(metadata.target, ALIAS).delete()
  if (predicate === undefined) return builder
  // TypeORM's DELETE knows no alias: properties stand alone in it.
  const compiler = new PredicateCompiler(selection, '', call)
  const { text, parameters } = compiler.compile(predicate)
  if (compiler.references.joins.length === 0) return builder.where(text, { ...parameters })
  return builder.where(...isKeyOf(selection, call))
}

/** A DELETE joins nothing: a condition behind a relation selects the keys. */
function isKeyOf(selection: EntitySelection, call: QueryParameters): [text: string, parameters: ObjectLiteral] {
  const { metadata, dataSource } = selection
  const builder = joined(selection, call)
  builder.select(metadata.primaryColumns.map(({ propertyPath }) => `${ALIAS}.${propertyPath}`))
  const keys = metadata.primaryColumns.map(({ databaseName }) => dataSource.driver.escape(databaseName)).join(', ')
  return [`(${keys}) IN (${builder.getQuery()})`, builder.getParameters()]
}

function joined(selection: EntitySelection, call: QueryParameters): SelectBuilder {
  const { builder, references } = restricted(selection, call)
  joinAll(builder, references)
  return builder
}

function restricted(
  selection: EntitySelection,
  call: QueryParameters,
): { builder: SelectBuilder; references: PropertyReferences } {
  const compiler = new PredicateCompiler(selection, ALIAS, call)
  const builder = selection.dataSource.manager.createQueryBuilder<ObjectLiteral>(selection.metadata.target, ALIAS)
  if (selection.predicate !== undefined) {
    const { text, parameters } = compiler.compile(selection.predicate)
    builder.where(text, { ...parameters })
  }
  return { builder, references: compiler.references }
}

/** LEFT JOIN: a missing relation must not lose the row that a condition under OR, or a sort, still wants. */
function joinAll(builder: SelectBuilder, references: PropertyReferences): void {
  for (const { relation, alias } of references.joins) builder.leftJoin(relation, alias)
}

/**
 * Missing values stand where PostgreSQL's indexes have them (last ascending, first descending), on every database,
 * unless the key says otherwise.
 */
function order(
  builder: SelectBuilder,
  { metadata }: EntitySelection,
  references: PropertyReferences,
  term: OrderTerm,
): void {
  const { text, column } = references.column(term.path)
  const nulls = term.nulls ?? (term.direction === 'ASC' ? 'LAST' : 'FIRST')
  const nullable = column.isNullable || term.path.includes('.') || column.entityMetadata !== metadata
  const placed = nullable ? (`NULLS ${nulls}` as const) : undefined
  if (!term.ignoreCase) {
    builder.addOrderBy(text, term.direction, placed)
    return
  }
  // TypeORM orders by expressions only through a selected alias.
  const alias = `ambit_order_${term.path.replaceAll('.', '_')}`.toLowerCase()
  builder.addSelect(`LOWER(${text})`, alias).addOrderBy(alias, term.direction, placed)
}
