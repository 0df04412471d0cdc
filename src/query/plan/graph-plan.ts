import type { DataSource, EntityMetadata, ObjectLiteral } from 'typeorm'
import type { CellParser, FixedStatement } from '../../data-source/statements/fixed-statement'
import { ALIAS, type SelectBuilder } from '../compile/entity-builder'
import { type LoadedJoin, ownerName, type OwnerLink } from '../compile/graph-builder'
import type { ColumnMetadata } from '../compile/metadata-types'
import { cellReader, hydrationOf } from './hydration'
import { ownerKey, singleKey } from './owner-key'
import { quickParsers } from './quick-parsers'
import { entityReaders, type EntityReader } from './row-reader'
import { type AliasColumns, selectedParts } from './selected-columns'
import { type StatementPlan, valueBinder } from './statement-plan'

/** A row of a graph: an entity with its relations to one, and the key of the owner in whose list it is. */
export interface GraphRow {
  readonly entity: ObjectLiteral
  /** `undefined` for the entities that the graph begins with. */
  readonly owner: unknown
}

/** What one statement of a graph reads. */
export interface GraphParts {
  readonly dataSource: DataSource
  readonly metadata: EntityMetadata
  readonly joins: readonly LoadedJoin[]
  readonly link: OwnerLink | undefined
}

/** The statement that TypeORM has written for a part of a graph; `undefined` where only TypeORM can read its rows. */
export function graphPlan(parts: GraphParts, builder: SelectBuilder): StatementPlan<GraphRow | undefined> | undefined {
  const { dataSource } = parts
  const [text, parameters] = builder.getQueryAndParameters() as [string, readonly unknown[]]
  const tables = tablesOf(parts)
  const selected = selectedParts(dataSource, tables, text)
  if (selected === undefined) return undefined
  const { names: columns } = selected
  const reader = graphReaders(parts, tables, columns)
  const statement = Object.freeze({ text, effect: 'read', shares: true, columns, reader } as const)
  return { statement, bind: valueBinder(dataSource, parameters) }
}

interface Table extends AliasColumns {
  readonly metadata: EntityMetadata
  /** How many cells come before its own. */
  readonly before: number
}

function tablesOf({ metadata, joins }: GraphParts): readonly Table[] {
  let before = 0
  const table = (alias: string, of: EntityMetadata): Table => {
    const columns = of.columns.filter(column => column.isSelect)
    const made = { alias, metadata: of, columns, before }
    before += columns.length
    return made
  }
  return [table(ALIAS, metadata), ...joins.map(({ alias, relation }) => table(alias, relation.inverseEntityMetadata))]
}

function graphReaders(
  { dataSource, metadata, joins, link }: GraphParts,
  tables: readonly Table[],
  columns: readonly string[],
): FixedStatement<GraphRow | undefined>['reader'] {
  const makers = tables.map(({ metadata: of, columns: own, before }) =>
    entityReaders(hydrationOf(dataSource, of, own, before)),
  )
  const owners = (link?.columns ?? []).map((column, index) => ({
    referenced: column.referenced,
    cell: columns.indexOf(ownerName(metadata, column, index)),
  }))
  return parsers => {
    const [root = NO_ENTITY, ...others] = makers.map(make => make(parsers))
    const ownerOf = ownerReader(dataSource, owners, parsers && quickParsers(parsers))
    return cells => {
      const entity = root(cells)
      if (entity === undefined) return undefined
      setJoined(entity, joins, others, cells)
      return { entity, owner: ownerOf(cells) }
    }
  }
}

/** Each owner comes before what it owns. */
function setJoined(
  entity: ObjectLiteral,
  joins: readonly LoadedJoin[],
  readers: readonly EntityReader[],
  cells: readonly unknown[],
): void {
  const found: (ObjectLiteral | undefined)[] = [entity]
  for (const [at, { relation, owner }] of joins.entries()) {
    const holder = found[owner]
    const related = holder && readers[at]?.(cells)
    found.push(related)
    if (holder) relation.setEntityValue(holder, related ?? null)
  }
}

function ownerReader(
  dataSource: DataSource,
  owners: readonly { readonly referenced: ColumnMetadata; readonly cell: number }[],
  parsers: readonly CellParser[] | undefined,
): (cells: readonly unknown[]) => unknown {
  if (owners.length === 0) return () => undefined
  const readers = owners.map(({ referenced, cell }) => cellReader(dataSource, referenced, cell, parsers?.[cell]))
  const [only] = readers
  if (only && readers.length === 1) return cells => singleKey(only(cells))
  return cells => ownerKey(readers.map(read => read(cells)))
}

const NO_ENTITY: EntityReader = () => undefined
