import type { DataSource, EntityMetadata, ObjectLiteral } from 'typeorm'
import { after, type Prompt } from '../../core/prompt'
import type { FixedStatement } from '../../data-source/statements/fixed-statement'
import { sendStatement } from '../../data-source/statements/send-statement'
import { quotedColumn } from '../compile/element-select'
import { ALIAS } from '../compile/entity-builder'
import { escapeParameters } from '../compile/escape-parameters'
import { GIVEN, type GivenRows } from '../compile/given-rows'
import type { ColumnMetadata } from '../compile/metadata-types'
import { tableOf } from '../compile/table-name'
import { persistentForm } from '../compile/values'
import { takesFixedStatements } from '../plan/eligibility'
import { Slot } from '../plan/slot'
import { type StatementPlan, valueBinder } from '../plan/statement-plan'
import type { QueryContext } from './query-context'

/**
 * Counts in one statement, whatever their number, how many entities have a row with their values in some columns, the deleted
 * softly among them; those rows stay locked. They are locked in the order of their keys, so that nobody waits for somebody
 * who waits for them.
 */
export class HeldRows {
  readonly #dataSource: DataSource
  readonly #metadata: EntityMetadata
  readonly #columns: readonly ColumnMetadata[]
  readonly #given: GivenRows | undefined
  readonly #stored: readonly ((value: unknown) => unknown)[]
  #plan: StatementPlan<number> | undefined

  constructor({ dataSource, dialect }: QueryContext, metadata: EntityMetadata, columns: readonly ColumnMetadata[]) {
    this.#dataSource = dataSource
    this.#metadata = metadata
    this.#columns = columns
    this.#given = dialect.givenRows
    this.#stored = columns.map(column => persistentForm(dataSource, column))
  }

  /** `undefined`, and nothing sent, for values that must go one by one. */
  count(entities: readonly ObjectLiteral[]): Prompt<number> | undefined {
    const given = takesFixedStatements(this.#dataSource) ? this.#given : undefined
    const lists = given?.bind(entities.map(entity => this.#valuesOf(entity)))
    if (given === undefined || lists === undefined) return undefined
    this.#plan ??= this.#made(given)
    const { statement, bind } = this.#plan
    const values = bind({ named: {}, positional: lists })
    return values && after(sendStatement(this.#dataSource, statement, values), ({ rows }) => rows[0] ?? 0)
  }

  #valuesOf(entity: ObjectLiteral): readonly unknown[] {
    return this.#columns.map((column, at) => this.#stored[at]?.(column.getEntityValue(entity)))
  }

  /** TypeORM writes the select: it knows which rows of a table are of the entity. */
  #made(given: GivenRows): StatementPlan<number> {
    const { driver, manager } = this.#dataSource
    const { target, primaryColumns } = this.#metadata
    const write = quotedColumn(driver)
    const equal = this.#columns.map((column, at) => `${write(ALIAS, column)} = ${given.value(at)}`).join(' AND ')
    const builder = manager.createQueryBuilder<ObjectLiteral>(target, ALIAS).select('1', 'one').withDeleted()
    const source = given.source?.(this.#columns.map(column => this.#sample(column)))
    if (source === undefined) builder.where(equal)
    else builder.innerJoin(source, GIVEN, equal)
    // The order of the entity would stand before ours.
    const select = builder.setOption('disable-global-order').getQuery()
    const keys = primaryColumns.map(column => write(ALIAS, column))
    const counting = given.count(select, { alias: driver.escape(ALIAS), keys })
    const slots = this.#columns.map((_, at) => [`given_${at}`, listAt(at)] as const)
    const [text, parameters] = escapeParameters(driver, counting, {
      ...builder.getParameters(),
      ...Object.fromEntries(slots),
    })
    const statement: FixedStatement<number> = {
      text,
      effect: 'read',
      shares: false,
      columns: ['n'],
      reader: () => number,
    }
    return Object.freeze({ statement: Object.freeze(statement), bind: valueBinder(this.#dataSource, parameters) })
  }

  #sample(column: ColumnMetadata): string {
    return `SELECT ${this.#dataSource.driver.escape(column.databaseName)} FROM ${tableOf(this.#dataSource, this.#metadata)}`
  }
}

function listAt(at: number): Slot {
  return new Slot(({ positional }) => positional[at], undefined, true)
}

function number([count]: readonly unknown[]): number {
  return Number(count ?? 0)
}
