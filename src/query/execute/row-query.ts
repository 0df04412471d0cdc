import type { DataSource } from 'typeorm'
import { after, type Prompt } from '../../core/prompt'
import type { FixedStatement } from '../../data-source/statements/fixed-statement'
import { sendStatement } from '../../data-source/statements/send-statement'
import type { Predicate } from '../ast/predicate'
import type { SelectBuilder } from '../compile/entity-builder'
import { type CallValues, parametersOfCall, type QueryParameters } from '../compile/values'
import { BoundedMap } from '../plan/bounded-map'
import { takesFixedStatements } from '../plan/eligibility'
import { nullableArguments } from '../plan/entity-plans'
import { slotsLike } from '../plan/slot'
import { type StatementPlan, valueBinder } from '../plan/statement-plan'

/** What a query for rows is made of. */
export interface RowQueryParts<R> {
  readonly dataSource: DataSource
  readonly predicate: Predicate | undefined
  /** The names of the columns, in their order. */
  readonly names: readonly string[]
  readonly reader: FixedStatement<R>['reader']
}

/** Builds the statement of a call. */
export type BuildRows = (call: QueryParameters) => SelectBuilder

/** A query for rows that are no entities, ready for calls: a fixed statement where that is possible. */
export class RowQuery<R> {
  readonly #parts: RowQueryParts<R>
  readonly #nullable: readonly number[]
  readonly #plans = new BoundedMap<StatementPlan<R>>(TEXTS_PER_QUERY)

  constructor(parts: RowQueryParts<R>) {
    this.#parts = parts
    this.#nullable = nullableArguments(parts.predicate)
  }

  /** `kind` tells texts apart; without one the text is made for this call only. */
  rows(kind: string | undefined, build: BuildRows, values: CallValues): Prompt<R[]> {
    const { dataSource } = this.#parts
    if (kind !== undefined && takesFixedStatements(dataSource)) {
      const plan = this.#plans.of(this.#key(kind, values), () => this.#plan(build, values))
      const bound = plan.bind(values)
      if (bound) return after(sendStatement(dataSource, plan.statement, bound), answer => answer.rows)
    }
    return this.#byBuilder(build(parametersOfCall(values)))
  }

  #plan(build: BuildRows, values: CallValues): StatementPlan<R> {
    const { dataSource, names, reader } = this.#parts
    const [text, parameters] = build(slotsLike(values)).getQueryAndParameters()
    const statement = Object.freeze({ text, effect: 'read' as const, shares: true, columns: names, reader })
    return { statement, bind: valueBinder(dataSource, parameters as unknown[]) }
  }

  async #byBuilder(builder: SelectBuilder): Promise<R[]> {
    const { names, reader } = this.#parts
    const read = reader()
    const records = await builder.getRawMany<Record<string, unknown>>()
    return records.map(record => read(names.map(name => record[name])))
  }

  #key(kind: string, { positional }: CallValues): string {
    return [kind, ...this.#nullable.map(index => String(positional[index] === null))].join(' ')
  }
}

/** Beyond that many, the oldest text is forgotten. */
const TEXTS_PER_QUERY = 32
