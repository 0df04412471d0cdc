import type { EntityMetadata, ObjectLiteral } from 'typeorm'
import { sendStatement } from '../../data-source/statements/send-statement'
import {
  countBuilder,
  deleteBuilder,
  type EntitySelection,
  existsBuilder,
  type Range,
  selectBuilder,
} from '../compile/entity-builder'
import { type CallValues, parametersOfCall } from '../compile/values'
import { type EntityEvent, isHeard, takesFixedStatements } from '../plan/eligibility'
import { distinctEntities } from '../plan/distinct-entities'
import { EntityPlans } from '../plan/entity-plans'
import type { StatementPlan } from '../plan/statement-plan'

/** A query over entities, ready for calls. Runs as a fixed statement where that is the same as TypeORM's own way. */
export class EntityQuery {
  readonly selection: EntitySelection
  readonly #plans: EntityPlans

  constructor(selection: EntitySelection) {
    this.selection = selection
    this.#plans = new EntityPlans(selection)
  }

  /** The entities. */
  async select(values: CallValues, range: Range): Promise<ObjectLiteral[]> {
    const { metadata } = this.selection
    if (range.offset === undefined && !this.#heard(['afterLoad'])) {
      const ready = readied(this.#plans.select(values, range.limit), values)
      if (ready) return distinctEntities(metadata, (await this.#send(ready)).rows)
    }
    return selectBuilder(this.selection, parametersOfCall(values), range).getMany()
  }

  /** How many rows there are. */
  async count(values: CallValues): Promise<number> {
    const ready = readied(this.#plans.count(values), values)
    if (ready) return (await this.#send(ready)).rows[0] ?? 0
    const row = await countBuilder(this.selection, parametersOfCall(values)).getRawOne<{ n: number | string }>()
    return Number(row?.n ?? 0)
  }

  /** Whether there is a row. */
  async exists(values: CallValues): Promise<boolean> {
    const ready = readied(this.#plans.exists(values), values)
    if (ready) return (await this.#send(ready)).rows.length > 0
    const rows = await existsBuilder(this.selection, parametersOfCall(values)).getRawMany()
    return rows.length > 0
  }

  /** Deletes in one statement; answers how many rows went. */
  async delete(values: CallValues): Promise<number> {
    const ready = this.deletesAlone() ? readied(this.#plans.remove(values), values) : undefined
    if (ready) return (await this.#send(ready)).affected
    const { affected } = await deleteBuilder(this.selection, parametersOfCall(values)).execute()
    return affected ?? 0
  }

  /** Whether deleting is one statement of ours and nothing else, at this moment. */
  deletesAlone(): boolean {
    return takesFixedStatements(this.selection.dataSource) && !this.#heard(['beforeRemove', 'afterRemove'])
  }

  #heard(events: readonly EntityEvent[]): boolean {
    return isHeard(this.selection.dataSource, this.selection.metadata, events)
  }

  #send<R>({ plan, values }: Ready<R>): ReturnType<typeof sendStatement<R>> {
    return sendStatement(this.selection.dataSource, plan.statement, values)
  }
}

interface Ready<R> {
  readonly plan: StatementPlan<R>
  readonly values: unknown[]
}

function readied<R>(plan: StatementPlan<R> | undefined, values: CallValues): Ready<R> | undefined {
  const bound = plan?.bind(values)
  return plan && bound && { plan, values: bound }
}

/** Whether TypeORM loads such entities by one statement: eager relations and relation ids may take more. */
export function loadsByOneSelect({ eagerRelations, relationIds }: EntityMetadata): boolean {
  return eagerRelations.length === 0 && relationIds.length === 0
}
