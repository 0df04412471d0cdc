import type { DataSource, EntityMetadata, ObjectLiteral } from 'typeorm'
import { after, type Prompt } from '../../core/prompt'
import type { FixedStatement } from '../../data-source/statements/fixed-statement'
import { sendStatement } from '../../data-source/statements/send-statement'
import { ALIAS } from '../compile/entity-builder'
import type { ColumnMetadata } from '../compile/metadata-types'
import { storesAsIs } from '../compile/plain-columns'
import { cellValue, hydrationOf } from './hydration'
import { selectedColumns } from './selected-columns'
import { Slot } from './slot'
import { type StatementPlan, valueBinder } from './statement-plan'

/** Defaults, dates and versions that SQLite has put into a new row, read by its key, as TypeORM does. */
export class ReadBack {
  readonly #dataSource: DataSource
  readonly #metadata: EntityMetadata
  readonly #columns: readonly ColumnMetadata[]
  readonly #plan: StatementPlan<unknown[]>

  private constructor(
    dataSource: DataSource,
    metadata: EntityMetadata,
    parts: { readonly columns: readonly ColumnMetadata[]; readonly plan: StatementPlan<unknown[]> },
  ) {
    this.#dataSource = dataSource
    this.#metadata = metadata
    this.#columns = parts.columns
    this.#plan = parts.plan
  }

  /** Whether the database makes values that its answer to the INSERT does not tell. */
  static isNeeded({ options }: DataSource, metadata: EntityMetadata): boolean {
    return options.type !== 'postgres' && madeValues(metadata).length > 0
  }

  /** `undefined` where TypeORM has to read. */
  static of(dataSource: DataSource, metadata: EntityMetadata): ReadBack | undefined {
    const { primaryColumns } = metadata
    const columns = [...new Set([...primaryColumns, ...madeValues(metadata)])]
    const isPlain = (column: ColumnMetadata): boolean => !column.isVirtual && column.relationMetadata === undefined
    const keyed = primaryColumns.length > 0 && primaryColumns.every(column => storesAsIs(dataSource.driver, column))
    // TypeORM tells those of what it reads back.
    if (metadata.afterLoadListeners.length > 0 || !keyed || !columns.every(isPlain)) return undefined
    const plan = planOf(dataSource, metadata, columns)
    return plan && new ReadBack(dataSource, metadata, { columns, plan })
  }

  into(entity: ObjectLiteral): Prompt<void> {
    const key = this.#metadata.primaryColumns.map(column => column.getEntityValue(entity) as unknown)
    const values = this.#plan.bind({ named: {}, positional: key })
    // Reached by keys that the INSERT has just taken.
    if (values === undefined) throw new TypeError(`the new ${this.#metadata.name} has no key`)
    return after(sendStatement(this.#dataSource, this.#plan.statement, values), ({ rows: [row] }) => {
      row?.forEach((value, at) => {
        if (value !== undefined) this.#columns[at]?.setEntityValue(entity, value)
      })
    })
  }
}

function madeValues(metadata: EntityMetadata): readonly ColumnMetadata[] {
  return metadata.getInsertionReturningColumns().filter(column => !column.isGenerated)
}

function planOf(
  dataSource: DataSource,
  metadata: EntityMetadata,
  columns: readonly ColumnMetadata[],
): StatementPlan<unknown[]> | undefined {
  const builder = dataSource.manager
    .createQueryBuilder<ObjectLiteral>(metadata.target, ALIAS)
    .select(columns.map(({ propertyPath }) => `${ALIAS}.${propertyPath}`))
  metadata.primaryColumns.forEach((column, index) => {
    const slot = new Slot(values => values.positional[index], column)
    builder.andWhere(`${ALIAS}.${column.propertyPath} = :key${index}`, { [`key${index}`]: slot })
  })
  const [text, parameters] = builder.getQueryAndParameters() as [string, readonly unknown[]]
  const selected = selectedColumns(dataSource, columns, text)
  if (selected === undefined) return undefined
  const { steps } = hydrationOf(dataSource, metadata, columns)
  const statement: FixedStatement<unknown[]> = {
    text,
    effect: 'read',
    columns: selected.names,
    reader: parsers => cells => steps.map(step => cellValue(step, cells[step.cell], parsers?.[step.cell])),
  }
  return { statement, bind: valueBinder(dataSource, parameters) }
}
