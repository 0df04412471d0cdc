import type { DataSource, EntityMetadata, ObjectLiteral } from 'typeorm'
import type { FixedStatement } from '../../data-source/statements/fixed-statement'
import { sendStatement } from '../../data-source/statements/send-statement'
import type { ColumnMetadata } from '../compile/metadata-types'
import { BoundedMap } from '../plan/bounded-map'
import { OwnedMap } from '../plan/owned-map'
import { isHeard } from '../plan/eligibility'
import { recordReader, type Row } from '../plan/generated-values'
import { InsertPlans, type ReadyInsert } from '../plan/insert-plans'
import { upsertBehind, withBehind } from '../plan/upsert-text'
import { restoreOnRollback } from '../plan/written-values'
import { type GivenRow, InsertSets, requireAll } from './insert-sets'
import type { QueryContext } from './query-context'
import type { UpsertCondition } from './upsert-condition'

/** Inserts or updates entities of one class, by one unique key. */
export class UpsertQuery {
  readonly #dataSource: DataSource
  readonly #metadata: EntityMetadata
  readonly #keys: readonly ColumnMetadata[]
  /** `undefined`: all that are given. */
  readonly #updated: readonly ColumnMetadata[] | undefined
  readonly #returned: readonly ColumnMetadata[]
  /** `undefined` where somebody in the entity is to be told, who could not be told what became of it. */
  readonly #plans: InsertPlans | undefined
  readonly #sets: InsertSets | undefined
  readonly #singles = new BoundedMap<FixedStatement<Row>>(SHAPES_PER_ENTITY)

  private constructor(
    dataSource: DataSource,
    metadata: EntityMetadata,
    {
      keys,
      updated,
    }: { readonly keys: readonly ColumnMetadata[]; readonly updated: readonly ColumnMetadata[] | undefined },
  ) {
    this.#dataSource = dataSource
    this.#metadata = metadata
    this.#keys = keys
    this.#updated = updated
    this.#returned = [...new Set([...metadata.primaryColumns, ...metadata.getInsertionReturningColumns()])]
    const { beforeUpdateListeners, afterUpdateListeners } = metadata
    const served =
      InsertPlans.serve(dataSource, metadata) && beforeUpdateListeners.length + afterUpdateListeners.length === 0
    this.#plans = served ? new InsertPlans(dataSource, metadata, keys) : undefined
    this.#sets = this.#plans && InsertSets.of(dataSource, metadata, this.#plans.columns)
  }

  static of(
    context: QueryContext,
    keys: readonly ColumnMetadata[],
    updated: readonly ColumnMetadata[] | undefined,
  ): UpsertQuery {
    const [key] = keys
    if (key === undefined) throw new TypeError('an upsert has a key')
    const text = [keys, updated ?? []]
      .map(each => each.map(({ propertyPath }) => propertyPath).join())
      .join(updated ? ' set ' : ' all ')
    return queries.of(context, text, () => new UpsertQuery(context.dataSource, key.entityMetadata, { keys, updated }))
  }

  /**
   * Gives each entity that is written what is stored now, and answers those: all, unless a condition keeps a row as it is.
   * `undefined`, and nothing done, where one statement cannot do it.
   */
  async upsertAll(
    entities: readonly ObjectLiteral[],
    condition?: UpsertCondition,
  ): Promise<ReadonlySet<ObjectLiteral> | undefined> {
    const rows = this.#readied(entities)
    if (rows === undefined) return undefined
    if (rows.length > 1 && this.#sets !== undefined) {
      const written = await this.#upsertSets(this.#sets, rows, condition)
      if (written !== undefined) return written
    }
    const written = new Set<ObjectLiteral>()
    for (const row of rows) if (await this.#upsert(row, condition)) written.add(row.entity)
    return written
  }

  #readied(entities: readonly ObjectLiteral[]): GivenRow[] | undefined {
    const plans = isHeard(this.#dataSource, this.#metadata, EVENTS) ? undefined : this.#plans
    const rows: GivenRow[] = []
    for (const entity of entities) {
      const ready = plans?.ready(entity)
      if (ready === undefined) return undefined
      rows.push({ entity, ready })
    }
    return rows
  }

  async #upsert({ entity, ready }: GivenRow, condition: UpsertCondition | undefined): Promise<boolean> {
    const key = `${ready.shape} ${condition?.key ?? ''}`
    const statement = this.#singles.of(key, () => this.#single(ready, condition))
    const values = condition === undefined ? ready.values : [...ready.values, ...condition.values]
    const { rows } = await sendStatement(this.#dataSource, statement, values)
    if (rows.length === 0 && condition !== undefined) return false
    this.#write([entity], rows, false)
    return true
  }

  async #upsertSets(
    sets: InsertSets,
    rows: readonly GivenRow[],
    condition: UpsertCondition | undefined,
  ): Promise<ReadonlySet<ObjectLiteral> | undefined> {
    const ready = await sets.ready(rows, shape => ({
      keys: this.#keys,
      returned: this.#returned,
      behind: {
        key: this.#behind(shape, condition?.key),
        textAt: before => this.#behind(shape, condition?.textAt(before)),
      },
      mayLeave: condition !== undefined,
    }))
    if (ready === undefined) return undefined
    const written = new Set<ObjectLiteral>()
    for (const { statement, values, entities } of ready) {
      const answer = await sendStatement(this.#dataSource, statement, [...values, ...(condition?.values ?? [])])
      for (const entity of this.#write(entities, answer.rows, condition !== undefined)) written.add(entity)
    }
    return written
  }

  #single({ statement, shape, values }: ReadyInsert, condition: UpsertCondition | undefined): FixedStatement<Row> {
    const columns = this.#returned.map(({ databaseName }) => databaseName)
    const behind = this.#behind(shape, condition?.textAt(values.length))
    const text = withBehind(this.#dataSource, statement, { behind, returned: columns })
    return Object.freeze({ text, effect: 'write', columns, reader: recordReader(columns) })
  }

  #behind(shape: string, condition: string | undefined): string {
    const given = this.#plans?.columns.filter((_, at) => shape[at] === '+') ?? []
    const set = this.#updated === undefined ? given : given.filter(column => this.#updated?.includes(column))
    return upsertBehind(this.#dataSource, this.#metadata, { keys: this.#keys, set, condition })
  }

  /** Those whose rows were written; of a list under a condition, a row that was left as it is has no key in its answer. */
  #write(entities: readonly ObjectLiteral[], rows: readonly Row[], mayLeave: boolean): readonly ObjectLiteral[] {
    requireAll(this.#metadata, entities.length, rows.length)
    const { driver } = this.#dataSource
    const written = entities.flatMap((entity, at) => {
      const row = rows[at]
      return row !== undefined && (!mayLeave || this.#isStored(row)) ? [{ entity, row }] : []
    })
    const changed = written.map(({ entity }) => entity)
    restoreOnRollback(this.#dataSource, this.#metadata, changed)
    for (const { entity, row } of written) {
      for (const column of this.#returned) {
        column.setEntityValue(entity, driver.prepareHydratedValue(row[column.databaseName], column))
      }
    }
    return changed
  }

  #isStored(row: Row): boolean {
    return this.#metadata.primaryColumns.every(({ databaseName }) => row[databaseName] !== null)
  }
}

const EVENTS = ['beforeInsert', 'afterInsert', 'beforeUpdate', 'afterUpdate'] as const

/** Which keys, and what is set, stands in programs. */
const KEYS_PER_ENTITY = 32
const queries = new OwnedMap<QueryContext, UpsertQuery>(KEYS_PER_ENTITY)
/** Shapes differ by the columns without a value, and by what the row that is there must satisfy. */
const SHAPES_PER_ENTITY = 64
