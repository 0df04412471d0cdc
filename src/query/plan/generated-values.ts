import type { DataSource, EntityMetadata, InsertResult, ObjectLiteral } from 'typeorm'
import type { CellParser, RowReader } from '../../data-source/statements/fixed-statement'
import type { ColumnMetadata } from '../compile/metadata-types'
import { valueReader } from './hydration'

/** The values of a row by the names of their columns. */
export type Row = Readonly<Record<string, unknown>>

/** Reads a row as TypeORM's drivers answer it. */
export function recordReader(columns: readonly string[]): (parsers?: readonly CellParser[]) => RowReader<Row> {
  return parsers => cells => {
    const row: Record<string, unknown> = {}
    for (let at = 0; at < columns.length; at += 1) row[columns[at] ?? ''] = parsed(cells[at], parsers?.[at])
    return row
  }
}

function parsed(cell: unknown, parse: CellParser | undefined): unknown {
  // With parsers, a cell that is not null is a text.
  return cell === null || parse === undefined ? cell : parse(cell as string)
}

/** What the database made for a new row: the row of its RETURNING, or the number that SQLite gave it. */
export type Generated = Row | number | bigint | undefined

/** A column that the database answers, and how its value is read; `undefined` where it is the driver's. */
interface Place {
  readonly column: ColumnMetadata
  readonly read: ((value: unknown) => unknown) | undefined
}

/**
 * Writes what the database has made into entities, in the form in which they hold it: TypeORM's `save` does so after an
 * INSERT, and its `insert` leaves what the driver answers.
 */
export class GeneratedValues {
  readonly #dataSource: DataSource
  readonly #metadata: EntityMetadata
  readonly #places: readonly Place[]
  readonly #simple: boolean

  constructor(dataSource: DataSource, metadata: EntityMetadata) {
    this.#dataSource = dataSource
    this.#metadata = metadata
    this.#places = isPostgres(dataSource)
      ? metadata.getInsertionReturningColumns().map(column => ({ column, read: readerOf(dataSource, column) }))
      : metadata.generatedColumns.filter(isSerial).map(column => ({ column, read: undefined }))
    this.#simple = this.#places.every(({ column }) => isOwn(column))
  }

  /** Whether code of the user's reads them, which may fail. */
  get areTransformed(): boolean {
    return this.#places.some(({ column, read }) => read !== undefined && column.transformer !== undefined)
  }

  write(entity: ObjectLiteral, generated: Generated): void {
    if (this.#simple && this.#writeEach(entity, generated)) return
    this.#merge(entity, generated)
    if (generated !== undefined) this.#readInto(entity, column => valueOf(column, generated))
  }

  /** The same for entities that TypeORM has inserted, and given the driver's values. */
  readAll(entities: readonly ObjectLiteral[], { generatedMaps }: Pick<InsertResult, 'generatedMaps'>): void {
    entities.forEach((entity, at) => {
      const map = generatedMaps[at]
      if (map) this.#readInto(entity, column => column.getEntityValue(map) as unknown)
    })
  }

  #readInto(entity: ObjectLiteral, given: (column: ColumnMetadata) => unknown): void {
    for (const place of this.#places) if (place.read !== undefined) put(entity, place, given(place.column))
  }

  /** `false`, and nothing written, where TypeORM would copy a value. */
  #writeEach(entity: ObjectLiteral, generated: Generated): boolean {
    if (generated === undefined) return true
    for (const { column, read } of this.#places)
      if (read === undefined && isCopied(valueOf(column, generated))) return false
    for (const place of this.#places) put(entity, place, valueOf(place.column, generated))
    return true
  }

  #merge(entity: ObjectLiteral, generated: Generated): void {
    const { driver, manager } = this.#dataSource
    const map = (driver as CreatingDriver).createGeneratedMap(this.#metadata, generated, 0, 1)
    if (map !== undefined) manager.merge(this.#metadata.target, entity, map)
  }
}

/** TypeORM's interface leaves out the last two arguments in some majors. */
interface CreatingDriver {
  createGeneratedMap(
    metadata: EntityMetadata,
    generated: unknown,
    index: number,
    count: number,
  ): ObjectLiteral | undefined
}

function valueOf(column: ColumnMetadata, generated: Row | number | bigint): unknown {
  const value = typeof generated === 'object' ? generated[column.databaseName] : rowNumber(generated)
  // TypeORM's rule, so that large numbers keep their digits.
  return isSerial(column) && column.type === 'bigint' && typeof value === 'number' ? value.toString() : value
}

function put(entity: ObjectLiteral, { column, read }: Place, answered: unknown): void {
  if (answered === undefined) return
  const value = read === undefined ? answered : read(answered)
  if (column.embeddedMetadata === undefined) entity[column.propertyName] = value
  else column.setEntityValue(entity, value)
}

function readerOf(dataSource: DataSource, column: ColumnMetadata): Place['read'] {
  // Integers are numbers already, and keys and versions are the most usual of all.
  const isNumber = column.type === Number && column.transformer === undefined
  return isOwn(column) && !isNumber ? valueReader(dataSource, column) : undefined
}

function isOwn({ isVirtual, relationMetadata }: ColumnMetadata): boolean {
  return !isVirtual && relationMetadata === undefined
}

/** TypeORM takes 0 for no number. */
function rowNumber(generated: number | bigint): number | bigint | undefined {
  return Number(generated) === 0 ? undefined : generated
}

function isCopied(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof Date) && !(value instanceof Uint8Array)
}

function isSerial({ generationStrategy }: ColumnMetadata): boolean {
  return generationStrategy === 'increment'
}

function isPostgres({ options }: DataSource): boolean {
  return options.type === 'postgres'
}
