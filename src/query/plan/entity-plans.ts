import { conditionsOf } from '../ast/conditions'
import type { Predicate } from '../ast/predicate'
import {
  countBuilder,
  deleteBuilder,
  type EntitySelection,
  existsBuilder,
  selectBuilder,
} from '../compile/entity-builder'
import type { CallValues } from '../compile/values'
import { BoundedMap } from './bounded-map'
import { loadsPlainly, takesFixedStatements } from './eligibility'
import { selectedColumns } from './selected-columns'
import { entityReaders } from './row-reader'
import { hydrationOf } from './hydration'
import { slotsLike } from './slot'
import { type StatementPlan, valueBinder } from './statement-plan'

/**
 * The statements of one entity query, each made by the first call that needs it. TypeORM writes their text once, from the
 * same builder that serves calls without a plan, so the two cannot differ.
 */
export class EntityPlans {
  readonly #selection: EntitySelection
  /** The arguments whose being null changes the text. */
  readonly #nullable: readonly number[]
  readonly #plans = new BoundedMap<StatementPlan<unknown> | 'none'>(TEXTS_PER_QUERY)

  constructor(selection: EntitySelection) {
    this.#selection = selection
    this.#nullable = nullableArguments(selection.predicate)
  }

  select(values: CallValues, limit: number | undefined): StatementPlan<object | undefined> | undefined {
    const { dataSource, metadata } = this.#selection
    if (!loadsPlainly(dataSource, metadata)) return undefined
    return this.#plan(`select ${limit ?? ''}`, values, () => this.#selectPlan(values, limit))
  }

  count(values: CallValues): StatementPlan<number> | undefined {
    return this.#plan('count', values, () => {
      const builder = countBuilder(this.#selection, slotsLike(values))
      return this.#planOf(builder.getQueryAndParameters(), ['n'], () => numberReader)
    })
  }

  exists(values: CallValues): StatementPlan<true> | undefined {
    return this.#plan('exists', values, () => {
      const builder = existsBuilder(this.#selection, slotsLike(values))
      return this.#planOf(builder.getQueryAndParameters(), ['one'], () => () => true)
    })
  }

  remove(values: CallValues): StatementPlan<never> | undefined {
    return this.#plan('delete', values, () => {
      const builder = deleteBuilder(this.#selection, slotsLike(values))
      return this.#planOf<never>(builder.getQueryAndParameters(), [], () => noRows, 'write')
    })
  }

  #selectPlan(values: CallValues, limit: number | undefined): StatementPlan<object | undefined> | undefined {
    const { dataSource, metadata } = this.#selection
    const [text, parameters] = selectBuilder(this.#selection, slotsLike(values), { limit }).getQueryAndParameters()
    const columns = metadata.columns.filter(column => column.isSelect)
    const selected = selectedColumns(dataSource, columns, text)
    if (selected === undefined) return undefined
    const reader = entityReaders(hydrationOf(dataSource, metadata, columns))
    return this.#planOf([text, parameters as unknown[]], selected.names, reader)
  }

  #planOf<R>(
    [text, parameters]: readonly [string, readonly unknown[]],
    columns: readonly string[],
    reader: StatementPlan<R>['statement']['reader'],
    effect: 'read' | 'write' = 'read',
  ): StatementPlan<R> {
    const bind = valueBinder(this.#selection.dataSource, parameters)
    const statement = Object.freeze({ text, effect, shares: effect === 'read', columns, reader })
    return Object.freeze({ statement, bind })
  }

  #plan<R>(kind: string, values: CallValues, make: () => StatementPlan<R> | undefined): StatementPlan<R> | undefined {
    if (!takesFixedStatements(this.#selection.dataSource)) return undefined
    const plan = this.#plans.of(this.#key(kind, values), () => make() ?? 'none')
    // A key names the kind, and each kind is made by one method.
    return plan === 'none' ? undefined : (plan as StatementPlan<R>)
  }

  #key(kind: string, { positional }: CallValues): string {
    let key = kind
    for (const index of this.#nullable) key += positional[index] === null ? ' null' : ' value'
    return key
  }
}

/** Beyond that many, the oldest text is forgotten: a query with so many nullable arguments is rarely called in all ways. */
const TEXTS_PER_QUERY = 32

/** Derived names read `null` for "equals" and "is not" as a test for null. */
function nullableArguments(predicate: Predicate | undefined): readonly number[] {
  if (predicate === undefined) return []
  const indexes = conditionsOf(predicate).flatMap(condition => {
    if (condition.kind !== 'comparison' || condition.value.kind !== 'argument') return []
    return condition.operator === 'eq' || condition.operator === 'ne' ? [condition.value.index] : []
  })
  return [...new Set(indexes)]
}

function numberReader([count]: readonly unknown[]): number {
  return Number(count ?? 0)
}

function noRows(): never {
  throw new TypeError('a DELETE without RETURNING answers no rows')
}
