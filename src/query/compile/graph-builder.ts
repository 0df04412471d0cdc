import type { DataSource, EntityMetadata } from 'typeorm'
import { ALIAS, type EntitySelection, orderedBuilder, type Range, type SelectBuilder } from './entity-builder'
import { isToMany } from './entity-properties'
import type { ColumnMetadata, RelationMetadata } from './metadata-types'
import type { RelationNode } from './relation-tree'
import { isTellable } from './tellable-keys'
import type { QueryParameters } from './values'

/** A relation to one that a select joins, and loads. */
export interface LoadedJoin {
  readonly relation: RelationMetadata
  /** The place of its owner among the tables of the select: 0 is the entity, 1 the first join. */
  readonly owner: number
  readonly alias: string
}

/** A column that says whose list a row is in. */
export interface OwnerColumn {
  readonly alias: string
  readonly column: ColumnMetadata
  /** What it refers to in the owner. */
  readonly referenced: ColumnMetadata
}

/** How the rows of a list are found. */
export interface OwnerLink {
  readonly columns: readonly OwnerColumn[]
  /** The table between the two, for many to many. */
  readonly junction: { readonly table: string; readonly condition: string } | undefined
}

/** The entities of a selection with their relations to one, each row once. */
export function graphBuilder(
  selection: EntitySelection,
  joins: readonly LoadedJoin[],
  call: QueryParameters,
  { limit, offset }: Range,
): SelectBuilder {
  const builder = orderedBuilder(selection, call)
  for (const { relation, owner, alias } of joins) {
    const from = owner === 0 ? ALIAS : (joins[owner - 1]?.alias ?? ALIAS)
    builder.leftJoinAndSelect(`${from}.${relation.propertyPath}`, alias)
  }
  return builder.limit(limit).offset(offset)
}

/** Has a select of list members say whose they are: what it answers of them anyway, it does not answer twice. */
export function linkOwners(
  builder: SelectBuilder,
  { dataSource, metadata }: EntitySelection,
  { columns, junction }: OwnerLink,
): SelectBuilder {
  if (junction) builder.innerJoin(junction.table, JUNCTION, junction.condition)
  columns.forEach((owner, index) => {
    if (isAnswered(metadata, owner)) return
    builder.addSelect(columnText(dataSource, owner.alias, owner.column), ownName(index))
  })
  return builder
}

/** The name under which a select that {@link linkOwners} has linked answers a column of the owner's key. */
export function ownerName(metadata: EntityMetadata, owner: OwnerColumn, index: number): string {
  return isAnswered(metadata, owner) ? `${ALIAS}_${owner.column.databaseName}` : ownName(index)
}

/** The columns that refer to the owners of a list. */
export function ownerTexts(dataSource: DataSource, columns: readonly OwnerColumn[]): readonly string[] {
  return columns.map(({ alias, column }) => columnText(dataSource, alias, column))
}

/** Restricts members of a list to those whose owners a select of them finds; `alias`: the owners in it. */
export function ownedBy(
  builder: SelectBuilder,
  { dataSource }: EntitySelection,
  { columns }: OwnerLink,
  owners: { readonly builder: SelectBuilder; readonly alias: string },
): SelectBuilder {
  owners.builder.select([])
  // An order decides only about a part of them; its keys may be columns that are gone now.
  const { limit, offset } = owners.builder.expressionMap
  if (limit === undefined && offset === undefined) owners.builder.orderBy()
  columns.forEach(({ referenced }, at) => {
    owners.builder.addSelect(columnText(dataSource, owners.alias, referenced), `ambit_id_${at}`)
  })
  const condition = `(${ownerTexts(dataSource, columns).join(', ')}) IN (${owners.builder.getQuery()})`
  return builder.andWhere(condition, owners.builder.getParameters())
}

/** The list's own side of a relation to many. */
export function ownerLink(dataSource: DataSource, relation: RelationMetadata): OwnerLink {
  const { junctionEntityMetadata: junction, inverseRelation } = relation
  if (junction === undefined) {
    const columns = (inverseRelation?.joinColumns ?? []).map(column => ownerColumn(ALIAS, column))
    return { columns, junction: undefined }
  }
  const { ownerColumns, inverseColumns, tableName: table } = junction
  const [owners, members] = relation.isManyToManyOwner ? [ownerColumns, inverseColumns] : [inverseColumns, ownerColumns]
  const condition = members.map(column => {
    const { referenced } = ownerColumn(JUNCTION, column)
    return `${columnText(dataSource, JUNCTION, column)} = ${columnText(dataSource, ALIAS, referenced)}`
  })
  return {
    columns: owners.map(column => ownerColumn(JUNCTION, column)),
    junction: { table, condition: condition.join(' AND ') },
  }
}

/**
 * Whether a list is found by what its owners have loaded, through a table that TypeORM knows by its name, and its members tell
 * their owners by values that are the same where the database takes them to be equal.
 */
export function hasPlainLink(dataSource: DataSource, relation: RelationMetadata): boolean {
  const { junctionEntityMetadata: junction } = relation
  const { columns } = ownerLink(dataSource, relation)
  const loaded = columns.every(
    owner => owner.referenced.isSelect && !owner.referenced.isVirtual && isTellable(owner.column, owner.referenced),
  )
  return loaded && (junction === undefined || dataSource.getMetadata(junction.tableName) === junction)
}

/** All of a graph in one select of TypeORM's: rows are repeated, and it sorts them out. */
export function stockGraphBuilder(
  selection: EntitySelection,
  tree: readonly RelationNode[],
  call: QueryParameters,
  { limit, offset }: Range,
): SelectBuilder {
  const builder = orderedBuilder(selection, call)
  let count = 0
  const joinAll = (nodes: readonly RelationNode[], owner: string): void => {
    for (const { relation, below } of nodes) {
      const alias = joinAlias((count += 1))
      builder.leftJoinAndSelect(`${owner}.${relation.propertyPath}`, alias)
      joinAll(below, alias)
    }
  }
  joinAll(tree, ALIAS)
  return hasLists(tree) ? builder.take(limit).skip(offset) : builder.limit(limit).offset(offset)
}

function hasLists(tree: readonly RelationNode[]): boolean {
  return tree.some(({ relation, below }) => isToMany(relation) || hasLists(below))
}

/** Short, so that no database has to cut it. */
export function joinAlias(count: number): string {
  return `ambit_r${count}`
}

const JUNCTION = 'ambit_junction'

function ownName(index: number): string {
  return `ambit_owner_${index}`
}

/** Whether it is a column of the members that their select answers. */
function isAnswered({ columns }: EntityMetadata, { alias, column }: OwnerColumn): boolean {
  return alias === ALIAS && column.isSelect && columns.includes(column)
}

function ownerColumn(alias: string, column: ColumnMetadata): OwnerColumn {
  const { referencedColumn: referenced } = column
  if (referenced === undefined) throw new TypeError(`'${column.propertyPath}' refers to nothing`)
  return { alias, column, referenced }
}

function columnText({ driver }: DataSource, alias: string, { databaseName }: ColumnMetadata): string {
  return `${driver.escape(alias)}.${driver.escape(databaseName)}`
}
