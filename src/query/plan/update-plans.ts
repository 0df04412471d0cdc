import type { DataSource, ObjectLiteral } from 'typeorm'
import type { FixedStatement } from '../../data-source/statements/fixed-statement'
import { type EntitySelection, updateBuilder } from '../compile/entity-builder'
import type { ColumnMetadata } from '../compile/metadata-types'
import type { CallValues } from '../compile/values'
import { BoundedMap } from './bounded-map'
import { driverForm, INEXPRESSIBLE } from './driver-values'
import { areTheSame, markValues } from './given-values'
import { slotsLike } from './slot'
import { type ValueBinder, valueBinder } from './statement-plan'

/** What an UPDATE sets. */
export interface UpdateSet {
  /** What is set, as TypeORM takes it. */
  readonly given: ObjectLiteral
  readonly columns: readonly ColumnMetadata[]
  /** The value of each column, as it stores it; a function stands for SQL. */
  readonly stored: readonly unknown[]
}

/** An UPDATE, ready to be sent. */
export interface ReadyUpdate {
  readonly statement: FixedStatement<never>
  readonly values: readonly unknown[]
}

/** The UPDATE statements of one selection, each made by the first call that sets those columns. */
export class UpdatePlans {
  readonly #selection: EntitySelection
  readonly #plans = new BoundedMap<UpdatePlan | 'none'>(SHAPES_PER_SELECTION)

  constructor(selection: EntitySelection) {
    this.#selection = selection
  }

  /** `undefined` for what only TypeORM can write: SQL among the values, or a value that its driver would spell. */
  ready(values: CallValues, set: UpdateSet): ReadyUpdate | undefined {
    const bound = boundValues(this.#selection.dataSource, set)
    if (bound === undefined) return undefined
    const shape = JSON.stringify(set.columns.map(({ propertyPath }) => propertyPath))
    const plan = this.#plans.of(shape, () => this.#plan(values, set, bound) ?? 'none')
    if (plan === 'none') return undefined
    const condition = plan.bind(values)
    return condition && { statement: plan.statement, values: [...bound, ...condition] }
  }

  #plan(values: CallValues, set: UpdateSet, bound: readonly unknown[]): UpdatePlan | undefined {
    const { dataSource } = this.#selection
    const builder = updateBuilder(this.#selection, slotsLike(values), set.given)
    markValues(builder)
    const [text, parameters] = builder.getQueryAndParameters() as [string, readonly unknown[]]
    const marked = parameters.slice(0, bound.length)
    if (!areTheSame(dataSource, set.columns, marked, { bound })) return undefined
    const statement = Object.freeze({ text, effect: 'write', columns: [], reader: () => noRows } as const)
    return { statement, bind: valueBinder(dataSource, parameters.slice(bound.length)) }
  }
}

interface UpdatePlan {
  readonly statement: FixedStatement<never>
  /** For the condition's values, which follow those that are set. */
  readonly bind: ValueBinder
}

/** Shapes differ by the columns that are set. */
const SHAPES_PER_SELECTION = 32

function boundValues({ driver }: DataSource, { columns, stored }: UpdateSet): unknown[] | undefined {
  const bound: unknown[] = []
  for (const [index, column] of columns.entries()) {
    const value = driverForm(driver, column)(stored[index])
    if (value === INEXPRESSIBLE) return undefined
    bound.push(value)
  }
  return bound
}

function noRows(): never {
  throw new TypeError('an UPDATE without RETURNING answers no rows')
}
