import type { EntityMetadata, ObjectLiteral } from 'typeorm'
import { after, type Prompt } from '../../core/prompt'
import { sendStatement } from '../../data-source/statements/send-statement'
import type { OrderTerm } from '../ast/order-term'
import {
  countBuilder,
  deleteBuilder,
  type EntitySelection,
  existsBuilder,
  type Range,
  selectBuilder,
  updateBuilder,
} from '../compile/entity-builder'
import { type CallValues, parametersOfCall, type QueryParameters } from '../compile/values'
import { keyName, missingKeys, windowBuilder } from '../compile/window-builder'
import { type EntityEvent, isHeard, loadsPlainly, takesFixedStatements } from '../plan/eligibility'
import { distinctEntities } from '../plan/distinct-entities'
import { EntityPlans } from '../plan/entity-plans'
import type { PlacedRow } from '../plan/placed-rows'
import { slotsLike } from '../plan/slot'
import { requireLockScope } from './locking'
import type { StatementPlan } from '../plan/statement-plan'
import { UpdatePlans, type UpdateSet } from '../plan/update-plans'
import { LoadedBatches, PlainBatches, type StreamCall } from './entity-batches'
import { RowStream } from './row-stream'

/** A query over entities, ready for calls. Runs as a fixed statement where that is the same as TypeORM's own way. */
export class EntityQuery {
  readonly selection: EntitySelection
  readonly #plans: EntityPlans
  #updates: UpdatePlans | undefined
  readonly #distinct: (rows: (ObjectLiteral | undefined)[]) => ObjectLiteral[]

  constructor(selection: EntitySelection) {
    this.selection = selection
    this.#plans = new EntityPlans(selection)
    this.#distinct = distinctEntities(selection.metadata)
  }

  /** The same query in another order. */
  ordered(order: readonly OrderTerm[]): EntityQuery {
    return new EntityQuery({ ...this.selection, order })
  }

  /** The entities. */
  select(values: CallValues, range: Range): Prompt<ObjectLiteral[]> {
    return this.selectAs(values, range, entities => entities)
  }

  /** What is made of the entities. */
  selectAs<R>(values: CallValues, range: Range, make: (entities: ObjectLiteral[]) => R): Prompt<R> {
    requireLockScope(this.selection)
    const ready = this.#heard(LOADED) ? undefined : this.#readied(values, range)
    if (ready) return after(this.#send(ready), ({ rows }) => make(this.#distinct(rows)))
    return selectBuilder(this.selection, parametersOfCall(values), range).getMany().then(make)
  }

  #readied(values: CallValues, { limit, offset }: Range): Ready<object | undefined> | undefined {
    if (offset === undefined) return readied(this.#plans.select(values, limit), values)
    // Databases spell "no limit" differently; TypeORM knows how.
    return limit === undefined ? undefined : ranged(readied(this.#plans.range(values), values), limit, offset)
  }

  /** The entities of a range together with the total; `undefined` where that takes two statements. */
  page(values: CallValues, { limit, offset }: PageRange): Prompt<EntityPage> | undefined {
    const ready = this.#heard(LOADED) ? undefined : ranged(readied(this.#plans.page(values), values), limit, offset)
    return (
      ready &&
      after(this.#send(ready), ({ rows }) => ({
        entities: this.#distinct(rows.map(({ entity }) => entity)),
        total: rows[0]?.total,
      }))
    )
  }

  /** The entities behind the place that the values name, each with its own place. */
  window(values: CallValues, limit: number): Prompt<readonly PlacedRow<ObjectLiteral>[]> {
    const ready = this.#heard(LOADED) ? undefined : ranged(readied(this.#plans.window(values), values), limit)
    return ready ? after(this.#send(ready), ({ rows }) => rows.filter(isEntity)) : this.#windowByBuilder(values, limit)
  }

  async #windowByBuilder(values: CallValues, limit: number): Promise<readonly PlacedRow<ObjectLiteral>[]> {
    const { order } = this.selection
    const builder = windowBuilder(this.selection, parametersOfCall(values), missingKeys(values), { limit })
    const { entities, raw } = await builder.getRawAndEntities<Readonly<Record<string, unknown>>>()
    const places = distinctPlaces(raw.map(row => order.map((_, at) => row[keyName(at)])))
    return entities.map((entity, at) => ({ row: entity, keys: places[at] ?? [] }))
  }

  /** The entities one by one; nothing is sent before the first is asked for. */
  stream(values: CallValues, call: StreamCall): RowStream<ObjectLiteral> {
    const { selection } = this
    const plan = this.#heard(LOADED) ? undefined : this.#plans.stream(values, call.limit)
    const ready = readied(plan, values) ?? readied(plan && this.#plans.selectOnce(values, call.limit), values)
    return new RowStream(ready ? new PlainBatches(selection, ready, call) : new LoadedBatches(selection, values, call))
  }

  /** How many rows there are. */
  count(values: CallValues): Prompt<number> {
    const ready = readied(this.#plans.count(values), values)
    return ready ? after(this.#send(ready), ({ rows }) => rows[0] ?? 0) : this.#countByBuilder(values)
  }

  async #countByBuilder(values: CallValues): Promise<number> {
    const row = await countBuilder(this.selection, parametersOfCall(values)).getRawOne<{ n: number | string }>()
    return Number(row?.n ?? 0)
  }

  /** Whether there is a row. */
  exists(values: CallValues): Prompt<boolean> {
    const ready = readied(this.#plans.exists(values), values)
    return ready ? after(this.#send(ready), ({ rows }) => rows.length > 0) : this.#existsByBuilder(values)
  }

  async #existsByBuilder(values: CallValues): Promise<boolean> {
    const rows = await existsBuilder(this.selection, parametersOfCall(values)).getRawMany()
    return rows.length > 0
  }

  /** Deletes in one statement; answers how many rows went. */
  delete(values: CallValues): Prompt<number> {
    const ready = this.deletesAlone() ? readied(this.#plans.remove(values), values) : undefined
    return ready ? after(this.#send(ready), ({ affected }) => affected) : this.#deleteByBuilder(values)
  }

  async #deleteByBuilder(values: CallValues): Promise<number> {
    const { affected } = await deleteBuilder(this.selection, parametersOfCall(values)).execute()
    return affected ?? 0
  }

  /** Sets columns in one statement; answers how many rows have them now. */
  update(values: CallValues, set: UpdateSet): Prompt<number> {
    this.#updates ??= new UpdatePlans(this.selection)
    const ready = this.updatesAlone() ? this.#updates.ready(values, set) : undefined
    if (ready === undefined) return this.#updateByBuilder(values, set)
    const { dataSource } = this.selection
    return after(sendStatement(dataSource, ready.statement, ready.values), ({ affected }) => affected)
  }

  async #updateByBuilder(values: CallValues, { given }: UpdateSet): Promise<number> {
    const { affected } = await updateBuilder(this.selection, parametersOfCall(values), given).execute()
    return affected ?? 0
  }

  /** What it sends for that, where no argument is null. */
  textOf(kind: EntityStatement, range: Range = {}): string {
    return BUILDERS[kind](this.selection, slotsLike(NO_VALUES), range).getQueryAndParameters()[0]
  }

  /** Whether loading is one statement of ours and nothing else, at this moment. */
  selectsAlone(): boolean {
    return loadsPlainly(this.selection.dataSource, this.selection.metadata) && !this.#heard(LOADED)
  }

  /** Whether a page and its total are. */
  pagesAlone(): boolean {
    return this.selection.dialect.page !== undefined && this.selectsAlone()
  }

  /** Whether counting, or looking whether there is a row, is. */
  countsAlone(): boolean {
    return takesFixedStatements(this.selection.dataSource)
  }

  /** Whether deleting is one statement of ours and nothing else, at this moment. */
  deletesAlone(): boolean {
    return takesFixedStatements(this.selection.dataSource) && !this.#heard(REMOVED)
  }

  /** Whether updating is. */
  updatesAlone(): boolean {
    const { dataSource, metadata } = this.selection
    const { beforeUpdateListeners, afterUpdateListeners } = metadata
    const own = beforeUpdateListeners.length + afterUpdateListeners.length
    return own === 0 && takesFixedStatements(dataSource) && !this.#heard(UPDATED)
  }

  #heard(events: readonly EntityEvent[]): boolean {
    return isHeard(this.selection.dataSource, this.selection.metadata, events)
  }

  #send<R>({ plan, values }: Ready<R>): ReturnType<typeof sendStatement<R>> {
    return sendStatement(this.selection.dataSource, plan.statement, values)
  }
}

/** What an entity query can be asked for. */
export type EntityStatement = 'select' | 'count' | 'exists' | 'delete'

type Writer = (
  selection: EntitySelection,
  call: QueryParameters,
  range: Range,
) => { getQueryAndParameters(): [text: string, parameters: unknown[]] }

const BUILDERS = {
  select: selectBuilder,
  count: countBuilder,
  exists: existsBuilder,
  delete: deleteBuilder,
} as const satisfies Record<EntityStatement, Writer>

const NO_VALUES: CallValues = { named: {}, positional: [] }

const REMOVED = ['beforeRemove', 'afterRemove'] as const
const UPDATED = ['beforeUpdate', 'afterUpdate'] as const
const LOADED = ['afterLoad'] as const

/** The rows of a page. */
export type PageRange = Readonly<Record<'limit' | 'offset', number>>

export interface EntityPage {
  readonly entities: ObjectLiteral[]
  /** `undefined` where the entities tell it: the page is not full, and does not lie behind the end. */
  readonly total: number | undefined
}

function isEntity(placed: PlacedRow<object | undefined>): placed is PlacedRow<ObjectLiteral> {
  return placed.row !== undefined
}

/** Joined collections repeat rows, and their places with them; TypeORM makes one entity of them, where the first one was. */
function distinctPlaces(places: readonly (readonly unknown[])[]): readonly (readonly unknown[])[] {
  return [...new Map(places.map(keys => [JSON.stringify(keys), keys])).values()]
}

interface Ready<R> {
  readonly plan: StatementPlan<R>
  readonly values: unknown[]
}

function readied<R>(plan: StatementPlan<R> | undefined, values: CallValues): Ready<R> | undefined {
  const bound = plan?.bind(values)
  return plan && bound && { plan, values: bound }
}

/** Limit and offset stand behind the values of the call. */
function ranged<R>(ready: Ready<R> | undefined, ...range: readonly (number | undefined)[]): Ready<R> | undefined {
  ready?.values.push(...range)
  return ready
}

/** Whether TypeORM loads such entities by one statement: eager relations and relation ids may take more. */
export function loadsByOneSelect({ eagerRelations, relationIds }: EntityMetadata): boolean {
  return eagerRelations.length === 0 && relationIds.length === 0
}
