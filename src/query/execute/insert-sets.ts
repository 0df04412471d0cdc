import type { DataSource, EntityMetadata, ObjectLiteral } from 'typeorm'
import type { ColumnMetadata } from '../compile/metadata-types'
import { RowsLostError } from '../errors'
import type { StatementAnswer } from '../../data-source/statements/fixed-statement'
import type { Row } from '../plan/generated-values'
import type { ReadyInsert } from '../plan/insert-plans'
import { countedRows } from '../plan/counted-rows'
import { type RecordsetInsert, RecordsetPlans } from '../plan/recordset-plans'
import type { Behind } from '../plan/recordset-text'

/** An entity, and the statement that would insert it alone. */
export interface GivenRow {
  readonly entity: ObjectLiteral
  readonly ready: ReadyInsert
}

/** One statement for several entities. */
export interface ReadySet extends Pick<RecordsetInsert, 'statement' | 'counted'> {
  readonly values: readonly string[]
  readonly entities: readonly ObjectLiteral[]
}

/** What makes a set more than an INSERT. */
export interface SetOptions {
  /** The columns that a stored row is known by. */
  readonly keys: readonly ColumnMetadata[]
  readonly returned: readonly ColumnMetadata[]
  readonly behind?: Behind
  readonly mayLeave?: boolean
}

/** Puts entities of the same shape into one statement, up to a size that is kind to both sides. */
export class InsertSets {
  readonly #plans: RecordsetPlans
  readonly #options: SetOptions

  private constructor(plans: RecordsetPlans, options: SetOptions) {
    this.#plans = plans
    this.#options = options
  }

  /** `undefined` on databases without such a statement. */
  static of(
    dataSource: DataSource,
    metadata: EntityMetadata,
    columns: readonly ColumnMetadata[],
  ): InsertSets | undefined {
    if (dataSource.options.type !== 'postgres') return undefined
    const returned = metadata.getInsertionReturningColumns()
    return new InsertSets(new RecordsetPlans(dataSource, metadata, columns), {
      keys: metadata.primaryColumns,
      returned,
    })
  }

  /** The statements for all rows; `undefined` where one of them cannot go this way. */
  async ready(
    rows: readonly GivenRow[],
    optionsOf: (shape: string) => SetOptions = () => this.#options,
  ): Promise<readonly ReadySet[] | undefined> {
    const sets: ReadySet[] = []
    for (const alike of byShape(rows)) {
      const [{ ready }] = alike as [GivenRow] // groups are never empty
      const plan = await this.#plans.of({ shape: ready.shape, single: ready.statement.text, ...optionsOf(ready.shape) })
      if (plan === undefined) return undefined
      for (let from = 0; from < alike.length; from += ROWS_PER_STATEMENT) {
        const part = alike.slice(from, from + ROWS_PER_STATEMENT)
        const values = this.#plans.valuesOf(
          plan,
          part.map(row => row.ready.values),
        )
        if (values === undefined) return undefined
        const { statement, counted } = plan
        sets.push({ statement, counted, values, entities: part.map(({ entity }) => entity) })
      }
    }
    return sets
  }
}

/**
 * A trigger or a rule that changes keys, or drops rows, has come since the table was looked at.
 *
 * @throws RowsLostError `AMBIT_QUERY_ROWS_LOST`
 */
export function requireAll({ name }: EntityMetadata, expected: number, actual: number): void {
  if (expected !== actual) throw new RowsLostError(name, expected, actual)
}

/**
 * Makes sure that the rows of a set are its entities', in their order.
 *
 * @throws RowsLostError `AMBIT_QUERY_ROWS_LOST`
 */
export function requireInOrder(metadata: EntityMetadata, set: ReadySet, answer: StatementAnswer<Row>): void {
  const { entities, counted, statement } = set
  requireAll(metadata, entities.length, statement.columns.length > 0 ? answer.rows.length : answer.affected)
  if (counted) requireAll(metadata, entities.length, countedRows(answer.rows, counted.databaseName))
}

/** Some MB of text for entities as they usually are. */
const ROWS_PER_STATEMENT = 5_000

function byShape(rows: readonly GivenRow[]): (readonly GivenRow[])[] {
  const [first] = rows
  if (first !== undefined && rows.every(row => row.ready.shape === first.ready.shape)) return [rows]
  const groups = new Map<string, GivenRow[]>()
  for (const row of rows) {
    const group = groups.get(row.ready.shape)
    if (group === undefined) groups.set(row.ready.shape, [row])
    else group.push(row)
  }
  return [...groups.values()]
}
