import type { DataSource, EntityMetadata, ObjectLiteral } from 'typeorm'
import { sendStatement } from '../../data-source/statements/send-statement'
import { isHeard } from '../plan/eligibility'
import { GeneratedValues } from '../plan/generated-values'
import { InsertPlans } from '../plan/insert-plans'
import { ReadBack } from '../plan/read-back'
import type { QueryContext } from './query-context'

/** Inserts entities of one class, one by one. */
export class InsertQuery {
  readonly #dataSource: DataSource
  readonly #metadata: EntityMetadata
  readonly #plans: InsertPlans
  readonly #generated: GeneratedValues
  /** `undefined` where the INSERT answers all that the database has made. */
  readonly #readBack: ReadBack | undefined

  private constructor(dataSource: DataSource, metadata: EntityMetadata, readBack: ReadBack | undefined) {
    this.#dataSource = dataSource
    this.#metadata = metadata
    this.#plans = new InsertPlans(dataSource, metadata)
    this.#generated = new GeneratedValues(dataSource, metadata)
    this.#readBack = readBack
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
    return this.#readBack === undefined && this.#unheard() && !hasAccessors(this.#metadata)
  }

  /** Inserts the entity and gives it what the database has made; `false`, and nothing done, where TypeORM has to. */
  async insert(entity: ObjectLiteral): Promise<boolean> {
    const ready = this.#unheard() ? this.#plans.ready(entity) : undefined
    if (ready === undefined) return false
    const { rows, lastInsertId } = await sendStatement(this.#dataSource, ready.statement, ready.values)
    this.#generated.write(entity, rows[0] ?? lastInsertId)
    await this.#readBack?.into(entity)
    return true
  }

  #unheard(): boolean {
    return !isHeard(this.#dataSource, this.#metadata, this.#readBack ? [...EVENTS, 'afterLoad'] : EVENTS)
  }
}

const EVENTS = ['beforeInsert', 'afterInsert'] as const

const byContext = new WeakMap<QueryContext, InsertQuery | 'none'>()

/** A setter of the user's that throws would come behind the COMMIT. */
function hasAccessors({ target, columns }: EntityMetadata): boolean {
  if (typeof target !== 'function') return false
  const prototype = target.prototype as object
  return columns.some(({ propertyPath }) => (propertyPath.split('.')[0] ?? '') in prototype)
}
