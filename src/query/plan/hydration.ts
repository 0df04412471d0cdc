import type { DataSource, EntityMetadata } from 'typeorm'
import type { CellParser } from '../../data-source/statements/fixed-statement'
import { loadsAsIs } from '../compile/plain-columns'
import type { ColumnMetadata } from '../compile/metadata-types'
import { sqliteDate } from './sqlite-date'

type Driver = DataSource['driver']

/** How one cell of a row becomes one property of an entity. */
export interface HydrationStep {
  readonly cell: number
  readonly property: string
  /** The embedded objects that hold the property, outermost first. */
  readonly owners: readonly EmbeddedObject[]
  /** Makes the property's value of the driver's; `undefined` where they are the same. */
  readonly convert: ((value: unknown) => unknown) | undefined
  /** Whether null is converted too: TypeORM shows it to transformers. */
  readonly convertsNull: boolean
}

export interface EmbeddedObject {
  readonly property: string
  readonly create: () => object
}

/** How rows become entities: what TypeORM's own transformer does for the same columns. */
export interface Hydration {
  readonly construct: Construction
  /** Whether a row in which all is null is none, as where TypeORM joins. */
  readonly skipsEmpty: boolean
  readonly steps: readonly HydrationStep[]
}

/** What TypeORM makes for a row before it sets any property. */
export type Construction =
  | { readonly kind: 'constructor'; readonly target: new () => object }
  | { readonly kind: 'prototype'; readonly prototype: object }
  | { readonly kind: 'literal' }

/** The hydration of rows whose cells are these columns, behind `before` others. */
export function hydrationOf(
  { driver }: DataSource,
  metadata: EntityMetadata,
  columns: readonly ColumnMetadata[],
  before = 0,
): Hydration {
  const steps = columns.flatMap((column, at) => (column.isVirtual ? [] : [stepOf(driver, column, before + at)]))
  return { construct: constructionOf(metadata), skipsEmpty: true, steps }
}

/** A value of a row: what a column holds, or what is made of the driver's value. */
export interface NamedValue {
  readonly name: string
  readonly from: ColumnMetadata | ((value: unknown) => unknown)
}

/** The hydration of rows of single values, each with a name of its own. */
export function valuesHydration(
  { driver }: DataSource,
  construct: Construction,
  values: readonly NamedValue[],
): Hydration {
  const steps = values.map(({ name, from }, cell): HydrationStep => {
    if (typeof from === 'function') return { cell, property: name, owners: [], convert: from, convertsNull: false }
    return { ...stepOf(driver, from, cell), property: name, owners: [] }
  })
  return { construct, skipsEmpty: false, steps }
}

/** Reads the value of one column from the cell of a row, as an entity would have it. */
export function cellReader(
  { driver }: DataSource,
  column: ColumnMetadata,
  cell: number,
  parser: CellParser | undefined,
): (cells: readonly unknown[]) => unknown {
  const step = stepOf(driver, column, cell)
  return cells => cellValue(step, cells[cell], parser)
}

/** What a step makes of a cell: its server's text where there is a parser, else the driver's value. */
export function cellValue({ convert, convertsNull }: HydrationStep, cell: unknown, parser?: CellParser): unknown {
  if (cell === null) return convert && convertsNull ? convert(null) : null
  // With a parser, a cell is null or text.
  const value = parser ? parser(cell as string) : cell
  return convert ? convert(value) : value
}

/** Makes the property's value of the driver's; `undefined` where they are the same. */
export function valueReader({ driver }: DataSource, column: ColumnMetadata): ((value: unknown) => unknown) | undefined {
  const step = stepOf(driver, column, 0)
  return step.convert && (value => cellValue(step, value))
}

function stepOf(driver: Driver, column: ColumnMetadata, cell: number): HydrationStep {
  const tree = column.embeddedMetadata?.embeddedMetadataTree ?? []
  const owners = tree.map(embedded => ({ property: embedded.propertyName, create: () => embedded.create() as object }))
  return {
    cell,
    property: column.propertyName,
    owners,
    convert: conversionOf(driver, column),
    convertsNull: column.transformer !== undefined,
  }
}

function constructionOf({ target, isAlwaysUsingConstructor }: EntityMetadata): Construction {
  if (typeof target !== 'function') return { kind: 'literal' }
  if (!isAlwaysUsingConstructor) return { kind: 'prototype', prototype: target.prototype as object }
  // TypeORM calls every entity class without arguments.
  return { kind: 'constructor', target: target as unknown as new () => object }
}

/** TypeORM's own conversion; around it, what needs none or a cheaper one that is the same. */
function conversionOf(driver: Driver, column: ColumnMetadata): ((value: unknown) => unknown) | undefined {
  if (loadsAsIs(driver, column)) return undefined
  const stock = (value: unknown): unknown => driver.prepareHydratedValue(value, column) as unknown
  if (column.transformer !== undefined) return stock
  if (column.type === Number) return unlessInteger(stock)
  if (driver.options.type === 'postgres') return MADE_BY_PG.has(column.type) ? unlessObject(stock) : stock
  return SQLITE_DATES.has(column.type) ? value => sqliteDate(value) ?? stock(value) : stock
}

/** TypeORM reads numbers as integers; most are, and minus zero becomes zero. */
function unlessInteger(stock: (value: unknown) => unknown): (value: unknown) => unknown {
  return value => (Number.isSafeInteger(value) ? (value as number) + 0 : stock(value))
}

/** The driver's dates stay as they are; only texts are read. */
function unlessObject(stock: (value: unknown) => unknown): (value: unknown) => unknown {
  return value => (typeof value === 'object' ? value : stock(value))
}

const MADE_BY_PG: ReadonlySet<ColumnMetadata['type']> = new Set([
  Date,
  'timestamp',
  'timestamptz',
  'timestamp with time zone',
  'timestamp without time zone',
] as const)

const SQLITE_DATES: ReadonlySet<ColumnMetadata['type']> = new Set([Date, 'datetime'] as const)
