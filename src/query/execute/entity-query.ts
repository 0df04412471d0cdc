import { type EntityMetadata, FindOptionsUtils, type ObjectLiteral, type SelectQueryBuilder } from 'typeorm'
import type { OrderTerm } from '../ast/order-term'
import type { Predicate } from '../ast/predicate'
import type { CompileTarget } from '../compile/predicate-compiler'
import { PredicateCompiler } from '../compile/predicate-compiler'
import type { PropertyReferences } from '../compile/property-references'
import type { CallValues } from '../compile/values'

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

const ALIAS = 'entity'

type Builder = SelectQueryBuilder<ObjectLiteral>

/** The entities of a selection, hydrated by TypeORM, eager relations included. */
export function selectEntities(
  selection: EntitySelection,
  values: CallValues,
  { limit, offset = 0 }: Range,
): Promise<ObjectLiteral[]> {
  const { builder, references } = restricted(selection, values)
  for (const term of selection.order) order(builder, selection, references, term)
  joinAll(builder, references)
  FindOptionsUtils.joinEagerRelations(builder, ALIAS, selection.metadata)
  // A joined collection repeats rows: TypeORM then has to page over distinct keys.
  const distinct = selection.metadata.eagerRelations.length > 0
  const skipped = offset === 0 ? undefined : offset
  return (distinct ? builder.take(limit).skip(skipped) : builder.limit(limit).offset(skipped)).getMany()
}

/** Whether TypeORM loads such entities by one statement: eager relations and relation ids may take more. */
export function loadsByOneSelect({ eagerRelations, relationIds }: EntityMetadata): boolean {
  return eagerRelations.length === 0 && relationIds.length === 0
}

/** `SELECT COUNT(*) …` without order and range. */
export async function countEntities(selection: EntitySelection, values: CallValues): Promise<number> {
  const { builder, references } = restricted(selection, values)
  joinAll(builder, references)
  const row = await builder.select('COUNT(*)', 'n').getRawOne<{ n: number | string }>()
  return Number(row?.n ?? 0)
}

/** Whether there is a row; one key is read, not the entity. */
export async function existsEntity(selection: EntitySelection, values: CallValues): Promise<boolean> {
  const { builder, references } = restricted(selection, values)
  joinAll(builder, references)
  const rows = await builder.select('1', 'one').limit(1).getRawMany()
  return rows.length > 0
}

/** `DELETE … WHERE …` in one statement; answers how many rows went. */
export async function deleteEntities(selection: EntitySelection, values: CallValues): Promise<number> {
  const { dataSource, metadata, predicate } = selection
  const builder = dataSource.manager.createQueryBuilder(metadata.target, ALIAS).delete()
  if (predicate !== undefined) {
    // TypeORM's DELETE knows no alias: properties stand alone in it.
    const compiler = new PredicateCompiler(selection, '', values)
    const { text, parameters } = compiler.compile(predicate)
    if (compiler.references.joins.length === 0) builder.where(text, { ...parameters })
    else builder.where(...isKeyOf(selection, values))
  }
  const { affected } = await builder.execute()
  return affected ?? 0
}

/** A DELETE joins nothing: a condition behind a relation selects the keys. */
function isKeyOf(selection: EntitySelection, values: CallValues): [text: string, parameters: ObjectLiteral] {
  const { metadata, dataSource } = selection
  const { builder, references } = restricted(selection, values)
  joinAll(builder, references)
  builder.select(metadata.primaryColumns.map(({ propertyPath }) => `${ALIAS}.${propertyPath}`))
  const keys = metadata.primaryColumns.map(({ databaseName }) => dataSource.driver.escape(databaseName)).join(', ')
  return [`(${keys}) IN (${builder.getQuery()})`, builder.getParameters()]
}

function restricted(
  selection: EntitySelection,
  values: CallValues,
): { builder: Builder; references: PropertyReferences } {
  const compiler = new PredicateCompiler(selection, ALIAS, values)
  const builder = selection.dataSource.manager.createQueryBuilder<ObjectLiteral>(selection.metadata.target, ALIAS)
  if (selection.predicate !== undefined) {
    const { text, parameters } = compiler.compile(selection.predicate)
    builder.where(text, { ...parameters })
  }
  return { builder, references: compiler.references }
}

/** LEFT JOIN: a missing relation must not lose the row that a condition under OR, or a sort, still wants. */
function joinAll(builder: Builder, references: PropertyReferences): void {
  for (const { relation, alias } of references.joins) builder.leftJoin(relation, alias)
}

/**
 * Missing values stand where PostgreSQL's indexes have them (last ascending, first descending), on every database,
 * unless the key says otherwise.
 */
function order(builder: Builder, { metadata }: EntitySelection, references: PropertyReferences, term: OrderTerm): void {
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
