import { randomUUID } from 'node:crypto'
import type { DataSource, EntityMetadata, ObjectLiteral } from 'typeorm'
import type { ColumnMetadata } from '../compile/metadata-types'
import { storesAsIs } from '../compile/plain-columns'
import { type DriverForm, driverForm, INEXPRESSIBLE } from './driver-values'

/** What one entity gives an INSERT. */
export interface InsertValues {
  /** A mark for each column, given (`+`), made (`*`) or left out (`-`): a text serves entities of one shape. */
  readonly shape: string
  readonly bound: readonly unknown[]
  /** The uuids among them that the entity does not hold yet: on SQLite, as by TypeORM, they are made beforehand. */
  readonly made: readonly MadeValue[]
}

export interface MadeValue {
  readonly column: ColumnMetadata
  readonly value: unknown
}

/** How one column's value is taken from an entity. */
interface Place {
  readonly column: ColumnMetadata
  readonly read: (entity: ObjectLiteral) => unknown
  readonly store: (value: unknown) => unknown
  readonly form: DriverForm
  /** SQLite generates no uuid: one is made where there is none. */
  readonly isMade: boolean
}

const NONE: readonly MadeValue[] = []

/** Takes the values of an INSERT from entities, as TypeORM's insert builder does. */
export class InsertBinder {
  readonly #places: readonly Place[]

  /** `keys`: written where they are given, also if the database makes them. */
  constructor(dataSource: DataSource, metadata: EntityMetadata, keys: readonly ColumnMetadata[]) {
    this.#places = insertedColumns(dataSource, metadata, keys).map(column => placeOf(dataSource, column))
  }

  /** `undefined` for an entity that only TypeORM can write: it holds SQL, or a value that its driver would spell. */
  bind(entity: ObjectLiteral): InsertValues | undefined {
    let shape = ''
    const bound: unknown[] = []
    let made = NONE
    for (const { column, isMade, read, store, form } of this.#places) {
      const given = read(entity)
      if (typeof given === 'function') return undefined
      const value = store(given)
      if (value === undefined) {
        shape += isMade ? '*' : '-'
        if (isMade) {
          const uuid = randomUUID()
          made = [...made, { column, value: uuid }]
          bound.push(uuid)
        }
        continue
      }
      const sent = form(value)
      if (sent === INEXPRESSIBLE) return undefined
      shape += '+'
      bound.push(sent)
    }
    return { shape, bound, made }
  }

  /** All columns that the statement names, in their order: a shape has a mark for each. */
  get columns(): readonly ColumnMetadata[] {
    return this.#places.map(({ column }) => column)
  }

  /** The columns of an entity of that shape that have a value, in the order of the statement. */
  columnsOf(shape: string): readonly ColumnMetadata[] {
    return this.#places.filter((_, index) => shape[index] !== '-').map(({ column }) => column)
  }
}

/**
 * As TypeORM chooses them: PostgreSQL makes serial numbers itself, and SQLite needs a null for them. By `keys` a row is to be
 * found: without its number it would be another one, each time.
 */
export function insertedColumns(
  { driver }: DataSource,
  { columns }: EntityMetadata,
  keys: readonly ColumnMetadata[],
): readonly ColumnMetadata[] {
  const isSerial = ({ isGenerated, generationStrategy }: ColumnMetadata): boolean =>
    isGenerated && driver.options.type === 'postgres' && generationStrategy === 'increment'
  return columns.filter(column => column.isInsert && (!isSerial(column) || keys.includes(column)))
}

function placeOf({ driver }: DataSource, column: ColumnMetadata): Place {
  const { propertyName, embeddedMetadata, relationMetadata, referencedColumn } = column
  const plain = embeddedMetadata === undefined && relationMetadata === undefined && referencedColumn === undefined
  return {
    column,
    read: plain ? entity => entity[propertyName] as unknown : entity => column.getEntityValue(entity) as unknown,
    store: storesAsIs(driver, column)
      ? value => value
      : value => driver.preparePersistentValue(value, column) as unknown,
    form: driverForm(driver, column),
    isMade: driver.options.type !== 'postgres' && column.isGenerated && column.generationStrategy === 'uuid',
  }
}
