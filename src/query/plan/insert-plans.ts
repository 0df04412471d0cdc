import type { DataSource, EntityMetadata, ObjectLiteral } from 'typeorm'
import type { FixedStatement } from '../../data-source/statements/fixed-statement'
import type { ColumnMetadata } from '../compile/metadata-types'
import { BoundedMap } from './bounded-map'
import { isOneTable, takesFixedStatements } from './eligibility'
import { recordReader, type Row } from './generated-values'
import { insertText } from './insert-text'
import { InsertBinder, type InsertValues } from './insert-values'

/** An INSERT, ready to be sent. */
export interface ReadyInsert {
  readonly statement: FixedStatement<Row>
  readonly values: readonly unknown[]
  /** A mark for each column: given, made, or left out. */
  readonly shape: string
  /** What the entity is to be told of them, once they are stored. */
  readonly made: InsertValues['made']
}

/** The INSERT statements of one entity, each made by the first entity of its shape. */
export class InsertPlans {
  readonly #dataSource: DataSource
  readonly #metadata: EntityMetadata
  readonly #binder: InsertBinder
  readonly #statements = new BoundedMap<FixedStatement<Row> | 'none'>(SHAPES_PER_ENTITY)

  /** `keys`: by which rows are found, and so are written as they are given. */
  constructor(dataSource: DataSource, metadata: EntityMetadata, keys: readonly ColumnMetadata[] = []) {
    this.#dataSource = dataSource
    this.#metadata = metadata
    this.#binder = new InsertBinder(dataSource, metadata, keys)
  }

  /** Whether inserting is one row into one table, and nobody in the entity is told. Looked at once per entity. */
  static serve(dataSource: DataSource, metadata: EntityMetadata): boolean {
    const { beforeInsertListeners, afterInsertListeners, lazyRelations, columns } = metadata
    return (
      takesFixedStatements(dataSource) &&
      isOneTable(metadata) &&
      [beforeInsertListeners, afterInsertListeners, lazyRelations].every(each => each.length === 0) &&
      columns.every(column => !column.isVirtualProperty)
    )
  }

  /** The columns of its statements, in their order. */
  get columns(): readonly ColumnMetadata[] {
    return this.#binder.columns
  }

  /** `undefined` for an entity that TypeORM must insert. */
  ready(entity: ObjectLiteral): ReadyInsert | undefined {
    const values = this.#binder.bind(entity)
    if (values === undefined) return undefined
    const statement = this.#statements.of(values.shape, () => this.#statement(entity, values) ?? 'none')
    return statement === 'none'
      ? undefined
      : { statement, values: values.bound, shape: values.shape, made: values.made }
  }

  #statement(entity: ObjectLiteral, values: InsertValues): FixedStatement<Row> | undefined {
    const text = insertText(this.#dataSource, this.#metadata, { entity, values, binder: this.#binder })
    if (text === undefined) return undefined
    const columns = this.#returned()
    if (columns.length > 0 && !text.endsWith(` RETURNING ${this.#list(columns)}`)) return undefined
    return Object.freeze({ text, effect: 'write', columns, reader: recordReader(columns) })
  }

  /** What TypeORM has PostgreSQL return. SQLite answers the row's number, and TypeORM asks it for no more. */
  #returned(): readonly string[] {
    if (this.#dataSource.options.type !== 'postgres') return []
    return this.#metadata.getInsertionReturningColumns().map(({ databaseName }) => databaseName)
  }

  #list(columns: readonly string[]): string {
    return columns.map(name => this.#dataSource.driver.escape(name)).join(', ')
  }
}

/** Shapes differ by the columns without a value. */
const SHAPES_PER_ENTITY = 64
