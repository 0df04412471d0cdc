import type { DataSource, EntityMetadata, ObjectLiteral } from 'typeorm'
import { flow } from '../../core/flow'
import { after, type Flow, type Prompt } from '../../core/prompt'
import { sendStatement } from '../../data-source/statements/send-statement'
import { isHeard } from '../plan/eligibility'
import { GeneratedValues } from '../plan/generated-values'
import { InsertPlans, type ReadyInsert } from '../plan/insert-plans'
import { ReadBack } from '../plan/read-back'
import { restoreOnRollback } from '../plan/written-values'
import { type GivenRow, InsertSets, type ReadySet, requireInOrder } from './insert-sets'
import type { QueryContext } from './query-context'

/** Inserts entities of one class: one, or many at a time. */
export class InsertQuery {
  readonly #dataSource: DataSource
  readonly #metadata: EntityMetadata
  readonly #plans: InsertPlans
  readonly #generated: GeneratedValues
  readonly #names: readonly string[]
  /** `undefined` where the INSERT answers all that the database has made. */
  readonly #readBack: ReadBack | undefined
  /** `undefined` where a statement for each row is the quickest. */
  readonly #sets: InsertSets | undefined

  private constructor(dataSource: DataSource, metadata: EntityMetadata, readBack: ReadBack | undefined) {
    this.#dataSource = dataSource
    this.#metadata = metadata
    this.#plans = new InsertPlans(dataSource, metadata)
    this.#generated = new GeneratedValues(dataSource, metadata)
    this.#names = firstNames(metadata)
    this.#readBack = readBack
    this.#sets = InsertSets.of(dataSource, metadata, this.#plans.columns)
  }

  /** `undefined` where TypeORM has to insert: it does more than a bare statement for such entities. */
  static of(context: QueryContext): InsertQuery | undefined {
    let known = byContext.get(context)
    if (known === undefined) byContext.set(context, (known = InsertQuery.#make(context) ?? 'none'))
    return known === 'none' ? undefined : known
  }

  static #make({ dataSource, metadata }: QueryContext): InsertQuery | undefined {
    if (metadata === undefined || !InsertPlans.serve(dataSource, metadata)) return undefined
    if (!ReadBack.isNeeded(dataSource, metadata)) return new InsertQuery(dataSource, metadata, undefined)
    const readBack = ReadBack.of(dataSource, metadata)
    return readBack && new InsertQuery(dataSource, metadata, readBack)
  }

  /**
   * Whether inserting is one statement, by us or by TypeORM, behind which nothing can fail: at this moment, for every
   * entity of the class.
   */
  insertsAlone(): boolean {
    return this.#readBack === undefined && this.#unheard() && !this.#hasAccessors() && !this.#generated.areTransformed
  }

  /** Inserts the entity and gives it what the database has made; `false`, and nothing done, where TypeORM has to. */
  insert(entity: ObjectLiteral): Prompt<boolean> {
    const ready = this.#unheard() ? this.#plans.ready(entity) : undefined
    if (ready === undefined) return false
    restoreOnRollback(this.#dataSource, this.#metadata, [entity])
    return after(this.#send(entity, ready), () => true)
  }

  /**
   * Inserts all entities and gives each what the database has made; `false`, and nothing done, where TypeORM has to. Sent in
   * several statements they are stored together only where a transaction is active.
   */
  insertAll(entities: readonly ObjectLiteral[]): Prompt<boolean> {
    const rows = this.#unheard() ? this.#readied(entities) : undefined
    if (rows === undefined) return false
    const set = this.#sets === undefined || rows.length < SMALLEST_SET ? undefined : this.#insertSets(this.#sets, rows)
    return set ?? flow(this.#oneByOne(rows))
  }

  /** All of them before any is sent. */
  #readied(entities: readonly ObjectLiteral[]): GivenRow[] | undefined {
    const rows: GivenRow[] = []
    for (const entity of entities) {
      const ready = this.#plans.ready(entity)
      if (ready === undefined) return undefined
      rows.push({ entity, ready })
    }
    return rows
  }

  /** Without a promise where the driver answers at once. */
  *#oneByOne(rows: readonly GivenRow[]): Flow<boolean> {
    restoreOnRollback(
      this.#dataSource,
      this.#metadata,
      rows.map(({ entity }) => entity),
    )
    for (const { entity, ready } of rows) yield this.#send(entity, ready)
    return true
  }

  /** What the rows were bound from is garbage by the time that they are sent: nothing here holds it. */
  #insertSets(sets: InsertSets, rows: readonly GivenRow[]): Promise<boolean> {
    return sets.ready(rows).then(ready => ready !== undefined && this.#sendSets(ready))
  }

  async #sendSets(sets: readonly ReadySet[]): Promise<boolean> {
    for (const set of sets) await this.#sendSet(set)
    return true
  }

  async #sendSet(set: ReadySet): Promise<void> {
    const answer = await sendStatement(this.#dataSource, set.statement, set.values)
    requireInOrder(this.#metadata, set, answer)
    restoreOnRollback(this.#dataSource, this.#metadata, set.entities)
    if (set.statement.columns.length > 0)
      set.entities.forEach((entity, at) => this.#generated.write(entity, answer.rows[at]))
  }

  #send(entity: ObjectLiteral, { statement, values, made }: ReadyInsert): Prompt<void> {
    return after(sendStatement(this.#dataSource, statement, values), ({ rows, lastInsertId }) => {
      for (const { column, value } of made) column.setEntityValue(entity, value)
      this.#generated.write(entity, rows[0] ?? lastInsertId)
      return this.#readBack?.into(entity)
    })
  }

  /** A setter of the user's that throws would come behind the COMMIT. */
  #hasAccessors(): boolean {
    const { target } = this.#metadata
    if (typeof target !== 'function') return false
    const prototype = target.prototype as object
    return this.#names.some(name => name in prototype)
  }

  #unheard(): boolean {
    return !isHeard(this.#dataSource, this.#metadata, this.#readBack ? READ_BACK_EVENTS : EVENTS)
  }
}

const EVENTS = ['beforeInsert', 'afterInsert'] as const
const READ_BACK_EVENTS = [...EVENTS, 'afterLoad'] as const

/** One row is quicker by its own statement. */
const SMALLEST_SET = 2

const byContext = new WeakMap<QueryContext, InsertQuery | 'none'>()

/** The first names of the columns' properties, which the class may have accessors for. */
function firstNames({ columns }: EntityMetadata): readonly string[] {
  return [...new Set(columns.map(({ propertyPath }) => propertyPath.split('.')[0] ?? ''))]
}
