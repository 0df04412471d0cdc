import type { DataSource, EntityMetadata, ObjectLiteral } from 'typeorm'
import { areTheSame, markValues } from './given-values'
import type { InsertBinder, InsertValues } from './insert-values'

/**
 * The text of an INSERT for entities of one shape, written by TypeORM for the first of them; `undefined` where TypeORM binds
 * other values than we do.
 */
export function insertText(
  dataSource: DataSource,
  metadata: EntityMetadata,
  first: { readonly entity: ObjectLiteral; readonly values: InsertValues; readonly binder: InsertBinder },
): string | undefined {
  const names = first.binder.columns.map(({ propertyPath }) => propertyPath)
  const builder = dataSource.manager.createQueryBuilder().insert().into(metadata.target, names).values(first.entity)
  markValues(builder)
  builder.expressionMap.extraReturningColumns = metadata.getInsertionReturningColumns()
  const [text, parameters] = builder.getQueryAndParameters() as [string, readonly unknown[]]
  const columns = first.binder.columnsOf(first.values.shape)
  return areTheSame(dataSource, columns, parameters, first.values) ? text : undefined
}
