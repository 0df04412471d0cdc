import type { DataSource, EntityMetadata } from 'typeorm'
import type { ColumnMetadata } from '../query/compile/metadata-types'
import { tableOf } from '../query/compile/table-name'
import { EntityQuery } from '../query/execute/entity-query'
import { KeyQuery } from '../query/execute/key-query'
import type { QueryContext } from '../query/execute/query-context'
import type { QueryStatement } from '../query/execute/query-statement'

/** A statement of a method that every CrudRepository has, or every ReadRepository. */
export interface CrudStatement {
  readonly member: string
  readonly statement: QueryStatement
}

/**
 * What the methods of a repository send for an entity, as far as it can be known without a call: every column is read in
 * them, and inserted and updated where the repository writes.
 */
export function crudStatements(context: QueryContext, writing: boolean): readonly CrudStatement[] {
  const { metadata } = context
  if (metadata === undefined) return []
  return [...reads(context, metadata), ...(writing && metadata.tableType !== 'view' ? writes(context, metadata) : [])]
}

function reads(context: QueryContext, metadata: EntityMetadata): readonly CrudStatement[] {
  const all = new EntityQuery({ ...context, metadata, predicate: undefined, order: [] })
  const byKey = KeyQuery.of(context)
  return [read('findAll', all.textOf('select')), read('count', all.textOf('count')), ...(byKey ? keyed(byKey) : [])]
}

function keyed(query: KeyQuery): readonly CrudStatement[] {
  return [read('findById', query.textOf('select')), read('exists', query.textOf('exists'))]
}

/** As TypeORM writes them, but for what it leaves out where an entity has no value. */
function writes(context: QueryContext, metadata: EntityMetadata): readonly CrudStatement[] {
  const { dataSource } = context
  const byKey = KeyQuery.of(context)
  const stored = metadata.columns.filter(column => !column.isVirtualProperty && column.generatedType === undefined)
  const inserted = stored.filter(column => column.isInsert && !column.isGenerated)
  const updated = stored.filter(column => column.isUpdate && !column.isPrimary)
  return [
    ...(byKey ? [write('deleteById', byKey.textOf('delete'))] : []),
    write('insert', insertText(dataSource, metadata, inserted)),
    ...(updated.length === 0 ? [] : [write('update', updateText(dataSource, metadata, updated))]),
  ]
}

function insertText(dataSource: DataSource, metadata: EntityMetadata, columns: readonly ColumnMetadata[]): string {
  const into = `INSERT INTO ${tableOf(dataSource, metadata)}`
  if (columns.length === 0) return `${into} DEFAULT VALUES`
  const values = columns.map((_, index) => placeholder(dataSource, index)).join(', ')
  return `${into} (${columns.map(column => nameOf(dataSource, column)).join(', ')}) VALUES (${values})`
}

function updateText(dataSource: DataSource, metadata: EntityMetadata, columns: readonly ColumnMetadata[]): string {
  const set = columns.map((column, index) => `${nameOf(dataSource, column)} = ${placeholder(dataSource, index)}`)
  const where = metadata.primaryColumns.map(
    (column, index) => `${nameOf(dataSource, column)} = ${placeholder(dataSource, columns.length + index)}`,
  )
  return `UPDATE ${tableOf(dataSource, metadata)} SET ${set.join(', ')} WHERE ${where.join(' AND ')}`
}

function nameOf({ driver }: DataSource, { databaseName }: ColumnMetadata): string {
  return driver.escape(databaseName)
}

function placeholder({ driver }: DataSource, index: number): string {
  return driver.createParameter('value', index)
}

function read(member: string, text: string): CrudStatement {
  return { member, statement: { text, answersRows: true } }
}

function write(member: string, text: string): CrudStatement {
  return { member, statement: { text, answersRows: false } }
}
