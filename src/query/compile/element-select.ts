import type { DataSource, EntityMetadata } from 'typeorm'
import type { ColumnMetadata, RelationMetadata } from './metadata-types'
import { tableOf } from './table-name'
import type { ColumnWriter, Join, OwnedCollection } from './property-references'

type Driver = DataSource['driver']

/** The rows of a collection's elements, as SQL. */
export interface ElementRows {
  readonly collection: OwnedCollection
  /** The alias of the element. */
  readonly alias: string
  /** What conditions on the element join. */
  readonly joins: readonly Join[]
  readonly conditions: readonly string[]
}

/**
 * `SELECT 1 FROM elements WHERE they belong to the owner's row AND …`, for EXISTS: the owner's row is never repeated.
 * Elements that are deleted softly are none, as where TypeORM loads them.
 */
export function elementSelect(driver: Driver, { collection, alias, joins, conditions }: ElementRows): string {
  const { from, links } = belonging(driver, collection, alias)
  const notDeleted = alive(driver, collection.relation.inverseEntityMetadata, alias)
  const sources = [from, ...joins.map(join => leftJoin(driver, join))]
  return `SELECT 1 FROM ${sources.join(' ')} WHERE ${[...links, ...notDeleted, ...conditions].join(' AND ')}`
}

/** A column in quotes: text that TypeORM's query builder leaves as it is. */
export function quotedColumn(driver: Driver): ColumnWriter {
  return (alias, { databaseName }) => `${driver.escape(alias)}.${driver.escape(databaseName)}`
}

/** The elements, and what makes them those of the owner. */
function belonging(
  driver: Driver,
  { relation, owner }: OwnedCollection,
  alias: string,
): { readonly from: string; readonly links: readonly string[] } {
  const { inverseEntityMetadata, junctionEntityMetadata } = relation
  const target = table(driver, inverseEntityMetadata, alias)
  if (junctionEntityMetadata === undefined) return { from: target, links: ownLinks(driver, relation, owner, alias) }
  const junction = `${alias}_link`
  const { toOwner, toElement } = junctionColumns(relation)
  const joined = equal(driver, toElement, junction, alias).join(' AND ')
  return {
    from: `${table(driver, junctionEntityMetadata, junction)} INNER JOIN ${target} ON ${joined}`,
    links: equal(driver, toOwner, junction, owner),
  }
}

function junctionColumns(relation: RelationMetadata): {
  readonly toOwner: readonly ColumnMetadata[]
  readonly toElement: readonly ColumnMetadata[]
} {
  const { isOwning, inverseRelation, joinColumns, inverseJoinColumns } = relation
  if (isOwning) return { toOwner: joinColumns, toElement: inverseJoinColumns }
  return { toOwner: inverseRelation?.inverseJoinColumns ?? [], toElement: inverseRelation?.joinColumns ?? [] }
}

/** LEFT JOIN: a missing relation must not lose the element that a condition under OR still wants. */
function leftJoin(driver: Driver, { relation, owner, alias }: Join): string {
  const { inverseEntityMetadata } = relation
  const links = [...ownLinks(driver, relation, owner, alias), ...alive(driver, inverseEntityMetadata, alias)]
  return `LEFT JOIN ${table(driver, inverseEntityMetadata, alias)} ON ${links.join(' AND ')}`
}

/** A relation whose columns stand in one of the two tables. */
function ownLinks(driver: Driver, relation: RelationMetadata, owner: string, alias: string): readonly string[] {
  const { isManyToOne, isOneToOneOwner, joinColumns, inverseRelation } = relation
  if (isManyToOne || isOneToOneOwner) return equal(driver, joinColumns, owner, alias)
  return equal(driver, inverseRelation?.joinColumns ?? [], alias, owner)
}

/** The columns of one alias, and those of another that they refer to. */
function equal(driver: Driver, columns: readonly ColumnMetadata[], from: string, to: string): readonly string[] {
  const write = quotedColumn(driver)
  return columns.map(column => {
    const { referencedColumn } = column
    if (referencedColumn === undefined) throw new TypeError(`'${column.databaseName}' refers to no column`)
    return `${write(from, column)} = ${write(to, referencedColumn)}`
  })
}

function alive(driver: Driver, { deleteDateColumn }: EntityMetadata, alias: string): readonly string[] {
  return deleteDateColumn === undefined ? [] : [`${quotedColumn(driver)(alias, deleteDateColumn)} IS NULL`]
}

function table(driver: Driver, metadata: EntityMetadata, alias: string): string {
  return `${tableOf({ driver }, metadata)} ${driver.escape(alias)}`
}
