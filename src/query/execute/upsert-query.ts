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
    this.#plans = served ? new InsertPlans(dataSource, metadata) : undefined
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

  /** Gives each entity what is stored now; `false`, and nothing done, where one statement cannot do it. */
  async upsertAll(entities: readonly ObjectLiteral[]): Promise<boolean> {
    const rows = this.#readied(entities)
    if (rows === undefined) return false
    if (rows.length > 1 && this.#sets !== undefined && (await this.#upsertSets(this.#sets, rows))) return true
    for (const row of rows) await this.#upsert(row)
    return true
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

  async #upsert({ entity, ready }: GivenRow): Promise<void> {
    const statement = this.#singles.of(ready.shape, () => this.#single(ready))
    const { rows } = await sendStatement(this.#dataSource, statement, ready.values)
    this.#write([entity], rows)
  }

  async #upsertSets(sets: InsertSets, rows: readonly GivenRow[]): Promise<boolean> {
    const ready = await sets.ready(rows, shape => ({
      keys: this.#keys,
      returned: this.#returned,
      behind: this.#behind(shape),
    }))
    if (ready === undefined) return false
    for (const { statement, values, entities } of ready) {
      this.#write(entities, (await sendStatement(this.#dataSource, statement, values)).rows)
    }
    return true
  }

  #single({ statement, shape }: ReadyInsert): FixedStatement<Row> {
    const columns = this.#returned.map(({ databaseName }) => databaseName)
    const text = withBehind(this.#dataSource, statement, { behind: this.#behind(shape), returned: columns })
    return Object.freeze({ text, effect: 'write', columns, reader: recordReader(columns) })
  }

  #behind(shape: string): string {
    const given = this.#plans?.columns.filter((_, at) => shape[at] === '+') ?? []
    const set = this.#updated === undefined ? given : given.filter(column => this.#updated?.includes(column))
    return upsertBehind(this.#dataSource, this.#metadata, { keys: this.#keys, set })
  }

  #write(entities: readonly ObjectLiteral[], rows: readonly Row[]): void {
    requireAll(this.#metadata, entities.length, rows.length)
    restoreOnRollback(this.#dataSource, this.#metadata, entities)
    const { driver } = this.#dataSource
    entities.forEach((entity, at) => {
      for (const column of this.#returned) {
        const value = rows[at]?.[column.databaseName]
        column.setEntityValue(entity, driver.prepareHydratedValue(value, column))
      }
    })
  }
}

const EVENTS = ['beforeInsert', 'afterInsert', 'beforeUpdate', 'afterUpdate'] as const

/** Which keys, and what is set, stands in programs. */
const KEYS_PER_ENTITY = 32
const queries = new OwnedMap<QueryContext, UpsertQuery>(KEYS_PER_ENTITY)
/** Shapes differ by the columns without a value. */
const SHAPES_PER_ENTITY = 64
