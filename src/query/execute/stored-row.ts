import type { EntityMetadata, ObjectLiteral } from 'typeorm'
import { allOf } from '../ast/combine'
import { ArgumentNode } from '../ast/argument-node'
import { ComparisonNode } from '../ast/comparison-node'
import { ALIAS, restricted } from '../compile/entity-builder'
import type { ColumnMetadata } from '../compile/metadata-types'
import { parametersOfCall } from '../compile/values'
import type { QueryContext } from './query-context'

/** Entities of one kind, and the columns that tell which row is whose: they are unique together. */
export interface StoredRow {
  readonly metadata: EntityMetadata
  readonly known: readonly ColumnMetadata[]
}

/**
 * Gives an entity what the database has made of its row: key, defaults, dates and version. For databases whose answer to an
 * INSERT does not tell them; a row that is deleted softly is read as well, and nobody is told of a load.
 */
export async function readStored(
  context: QueryContext,
  { metadata, known }: StoredRow,
  entity: ObjectLiteral,
): Promise<void> {
  const { driver } = context.dataSource
  const equal = known.map(({ propertyPath }, at) => ComparisonNode.create('eq', propertyPath, ArgumentNode.create(at)))
  const positional = known.map(column => column.getEntityValue(entity) as unknown)
  const call = parametersOfCall({ named: {}, positional })
  const { builder } = restricted({ ...context, metadata, predicate: allOf(equal), order: [], withDeleted: true }, call)
  const made = [...new Set([...metadata.primaryColumns, ...metadata.getInsertionReturningColumns()])]
  const own = made.filter(column => !column.isVirtual && column.relationMetadata === undefined)
  const [first, ...others] = own.map(
    ({ databaseName }, at) => [`${driver.escape(ALIAS)}.${driver.escape(databaseName)}`, `made_${String(at)}`] as const,
  )
  if (first === undefined) return
  builder.select(...first)
  for (const each of others) builder.addSelect(...each)
  const row = await builder.getRawOne<Record<string, unknown>>()
  if (row === undefined) throw new TypeError(`the ${metadata.name} that was written has no row`)
  own.forEach((column, at) => {
    column.setEntityValue(entity, driver.prepareHydratedValue(row[`made_${String(at)}`], column))
  })
}
