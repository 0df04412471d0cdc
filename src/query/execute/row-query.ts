import { after, type Prompt } from '../../core/prompt'
import type { FixedStatement } from '../../data-source/statements/fixed-statement'
import { sendStatement } from '../../data-source/statements/send-statement'
import { RowBatches } from '../../data-source/statements/stream-statement'
import { streamed, type StreamedStatement } from '../../data-source/statements/streamed-statement'
import type { EntitySelection, Range, SelectBuilder } from '../compile/entity-builder'
import { type CallValues, parametersOfCall, type QueryParameters } from '../compile/values'
import { BoundedMap } from '../plan/bounded-map'
import { takesFixedStatements } from '../plan/eligibility'
import { nullableArguments } from '../plan/entity-plans'
import { rangeText } from '../plan/range-text'
import { slotsLike } from '../plan/slot'
import { type StatementPlan, valueBinder } from '../plan/statement-plan'
import type { StreamCall } from './entity-batches'
import { RowStream } from './row-stream'

/** What a query for rows is made of. */
export interface RowQueryParts<R> extends Pick<EntitySelection, 'dataSource' | 'dialect' | 'predicate'> {
  /** The names of the columns, in their order. */
  readonly names: readonly string[]
  readonly reader: FixedStatement<R>['reader']
}

/** Builds the statement of a call. */
export type BuildRows = (call: QueryParameters) => SelectBuilder

/** The same, with the limit where that is given. */
export type BuildLimited = (call: QueryParameters, range: Range) => SelectBuilder

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
    const ready = kind === undefined ? undefined : this.#ready(kind, values, () => textOf(build(slotsLike(values))))
    return ready ? this.#send(ready) : this.#byBuilder(build(parametersOfCall(values)))
  }

  /** At most `limit` rows; it is a value of the statement, so that one text serves every limit. */
  limited(kind: string, build: BuildLimited, values: CallValues, limit: number): Prompt<R[]> {
    const ready = this.#ready(kind, values, () => this.#withLimit(textOf(build(slotsLike(values), {}))))
    ready?.values.push(limit)
    return ready ? this.#send(ready) : this.#byBuilder(build(parametersOfCall(values), { limit }))
  }

  /** The rows one by one; nothing is sent before the first is asked for. `kind`: as in {@link rows}. */
  stream(kind: string, build: BuildRows, values: CallValues, call: StreamCall): RowStream<R> {
    const { dataSource } = this.#parts
    const ready = this.#ready(kind, values, () => textOf(build(slotsLike(values))))
    const sent = ready
      ? { statement: streamed(ready.statement), values: ready.values }
      : this.#streamedByBuilder(build(parametersOfCall(values)))
    const { statement, values: bound } = sent
    return new RowStream(new RowBatches({ dataSource, statement, values: bound, ...call }))
  }

  #ready(kind: string, values: CallValues, text: () => SqlText): Ready<R> | undefined {
    if (!takesFixedStatements(this.#parts.dataSource)) return undefined
    const { statement, bind } = this.#plans.of(this.#key(kind, values), () => this.#plan(text()))
    const bound = bind(values)
    return bound && { statement, values: bound }
  }

  #plan([text, parameters]: SqlText): StatementPlan<R> {
    const { dataSource, names, reader } = this.#parts
    const statement = Object.freeze({ text, effect: 'read' as const, shares: true, columns: names, reader })
    return { statement, bind: valueBinder(dataSource, parameters) }
  }

  #withLimit([text, parameters]: SqlText): SqlText {
    return [text + rangeText(this.#parts.dialect, parameters.length, 'LIMIT'), parameters]
  }

  #send({ statement, values }: Ready<R>): Prompt<R[]> {
    return after(sendStatement(this.#parts.dataSource, statement, values), answer => answer.rows)
  }

  async #byBuilder(builder: SelectBuilder): Promise<R[]> {
    const records = await builder.getRawMany<DriverRecord>()
    return records.map(this.#recordReader())
  }

  #streamedByBuilder(builder: SelectBuilder): { statement: StreamedStatement<R>; values: readonly unknown[] } {
    const [text, values] = textOf(builder)
    return { statement: { text, fixed: undefined, ofRecord: this.#recordReader() }, values }
  }

  #recordReader(): (record: DriverRecord) => R {
    const { names, reader } = this.#parts
    const read = reader()
    return record => read(names.map(name => record[name]))
  }

  #key(kind: string, { positional }: CallValues): string {
    return [kind, ...this.#nullable.map(index => String(positional[index] === null))].join(' ')
  }
}

type DriverRecord = Readonly<Record<string, unknown>>
type SqlText = readonly [text: string, parameters: readonly unknown[]]

/** A statement that serves this call, and its values. */
interface Ready<R> {
  readonly statement: FixedStatement<R>
  readonly values: unknown[]
}

function textOf(builder: SelectBuilder): SqlText {
  return builder.getQueryAndParameters() as [string, unknown[]]
}

/** Beyond that many, the oldest text is forgotten. */
const TEXTS_PER_QUERY = 32
