import type { DataSource, EntityMetadata, ObjectLiteral } from 'typeorm'
import type { CellParser, RowReader } from '../../data-source/statements/fixed-statement'
import type { ColumnMetadata } from '../compile/metadata-types'

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

/** Writes what the database has made into entities, as TypeORM does after an INSERT. */
export class GeneratedValues {
  readonly #dataSource: DataSource
  readonly #metadata: EntityMetadata
  readonly #columns: readonly ColumnMetadata[]
  readonly #simple: boolean

  constructor(dataSource: DataSource, metadata: EntityMetadata) {
    this.#dataSource = dataSource
    this.#metadata = metadata
    const returned = metadata.getInsertionReturningColumns()
    this.#columns = isPostgres(dataSource) ? returned : metadata.generatedColumns.filter(isSerial)
    this.#simple = this.#columns.every(column => !column.isVirtual && column.relationMetadata === undefined)
  }

  write(entity: ObjectLiteral, generated: Generated): void {
    if (!this.#simple || !this.#writeEach(entity, generated)) this.#merge(entity, generated)
  }

  /** The values as they are; `false`, and nothing written, where TypeORM would copy them. */
  #writeEach(entity: ObjectLiteral, generated: Generated): boolean {
    if (generated === undefined) return true
    for (const column of this.#columns) if (isCopied(valueOf(column, generated))) return false
    for (const column of this.#columns) put(entity, column, valueOf(column, generated))
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

function put(entity: ObjectLiteral, column: ColumnMetadata, value: unknown): void {
  if (value === undefined) return
  if (column.embeddedMetadata === undefined) entity[column.propertyName] = value
  else column.setEntityValue(entity, value)
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
