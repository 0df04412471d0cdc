import { isDeepStrictEqual } from 'node:util'
import type { DataSource, EntityMetadata, InsertQueryBuilder, ObjectLiteral } from 'typeorm'
import type { ColumnMetadata } from '../compile/metadata-types'
import type { InsertBinder, InsertValues } from './insert-values'
import { driverForm } from './driver-values'

/** Stands in TypeORM's insert builder for a value, so that none is written into the text. */
class Given {
  constructor(readonly value: unknown) {}
}

/**
 * The text of an INSERT for entities of one shape, written by TypeORM for the first of them; `undefined` where TypeORM binds
 * other values than we do.
 */
export function insertText(
  dataSource: DataSource,
  metadata: EntityMetadata,
  first: { readonly entity: ObjectLiteral; readonly values: InsertValues; readonly binder: InsertBinder },
): string | undefined {
  const builder = dataSource.manager.createQueryBuilder().insert().into(metadata.target).values(first.entity)
  markValues(builder)
  builder.expressionMap.extraReturningColumns = metadata.getInsertionReturningColumns()
  const [text, parameters] = builder.getQueryAndParameters() as [string, readonly unknown[]]
  const columns = first.binder.columnsOf(first.values.shape)
  return areTheSame(dataSource, columns, parameters, first.values.bound) ? text : undefined
}

function markValues(builder: InsertQueryBuilder<ObjectLiteral>): void {
  const marking = builder as unknown as { createParameter(value: unknown): string }
  const create = marking.createParameter.bind(builder)
  marking.createParameter = value => create(new Given(value))
}

function areTheSame(
  { driver }: DataSource,
  columns: readonly ColumnMetadata[],
  parameters: readonly unknown[],
  bound: readonly unknown[],
): boolean {
  if (parameters.length !== bound.length || columns.length !== bound.length) return false
  return columns.every((column, index) => {
    const parameter = parameters[index]
    if (!(parameter instanceof Given)) return false
    // A transformer may answer differently each time; its place is right if all others are.
    return (
      column.transformer !== undefined || isDeepStrictEqual(driverForm(driver, column)(parameter.value), bound[index])
    )
  })
}
