import { conditionsOf } from '../ast/conditions'
import type { Predicate } from '../ast/predicate'
import {
  countBuilder,
  deleteBuilder,
  type EntitySelection,
  existsBuilder,
  selectBuilder,
  type SelectBuilder,
} from '../compile/entity-builder'
import { type PagePart, type PagePlace, TOTAL } from '../compile/page-statement'
import { type CallValues, parametersOfCall, type QueryParameters } from '../compile/values'
import { keyName, type MissingKeys, missingKeys, windowBuilder, windowKind } from '../compile/window-builder'
import { BoundedMap } from './bounded-map'
import { loadsPlainly, loadsRowByRow, takesFixedStatements } from './eligibility'
import { selectedColumns } from './selected-columns'
import { entityReaders } from './row-reader'
import { hydrationOf } from './hydration'
import { type PlacedRow, placedReaders } from './placed-rows'
import { markAt, rangeText } from './range-text'
import { Slot, slotsLike } from './slot'
import { type StatementPlan, valueBinder } from './statement-plan'

/**
 * The statements of one entity query, each made by the first call that needs it. TypeORM writes their text once, from the
 * same builder that serves calls without a plan, so the two cannot differ.
 */
export class EntityPlans {
  readonly #selection: EntitySelection
  /** The arguments whose being null changes the text. */
  readonly #nullable: readonly number[]
  readonly #plans = new BoundedMap<StatementPlan<unknown> | 'none', string | number>(TEXTS_PER_QUERY)

  constructor(selection: EntitySelection) {
    this.#selection = selection
    this.#nullable = nullableArguments(selection.predicate)
  }

  select(values: CallValues, limit: number | undefined): StatementPlan<object | undefined> | undefined {
    return this.#loads() ? this.#selectsUpTo(values, limit) : undefined
  }

  /** The same of a stream. */
  stream(values: CallValues, limit: number | undefined): StatementPlan<object | undefined> | undefined {
    return this.#loads(loadsRowByRow) ? this.#selectsUpTo(values, limit) : undefined
  }

  #selectsUpTo(values: CallValues, limit: number | undefined): StatementPlan<object | undefined> | undefined {
    return this.#plan(limit ?? 'select', values, () => this.#selectPlan(slotsLike(values), limit))
  }

  /** The entities of a range, whose limit and offset come behind the values. */
  range(values: CallValues): StatementPlan<object | undefined> | undefined {
    return this.#loads() ? this.#plan('range', values, () => this.#rangePlan(values)) : undefined
  }

  /** The same with the total of all ranges, where the database gives both at once. */
  page(values: CallValues): StatementPlan<PageRow> | undefined {
    const { page } = this.#selection.dialect
    if (page === undefined || !this.#loads()) return undefined
    return this.#plan('page', values, () => this.#pagePlan(values, page))
  }

  /** The entities behind the place that the values name, each with its own; the limit comes behind the values. */
  window(values: CallValues): StatementPlan<PlacedRow<object | undefined>> | undefined {
    if (!this.#loads()) return undefined
    const isNull = missingKeys(values)
    return this.#plan(windowKind(isNull), values, () => this.#windowPlan(values, isNull))
  }

  /** A select of one stream, its values in the form that TypeORM gives them: for those that no other call can share. */
  selectOnce(values: CallValues, limit: number | undefined): StatementPlan<object | undefined> | undefined {
    return this.#loads(loadsRowByRow) ? this.#selectPlan(parametersOfCall(values), limit) : undefined
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

  #loads(way = loadsPlainly): boolean {
    return way(this.#selection.dataSource, this.#selection.metadata)
  }

  #selectPlan(call: QueryParameters, limit: number | undefined): StatementPlan<object | undefined> | undefined {
    const selected = this.#selected(selectBuilder(this.#selection, call, { limit }))
    return selected && this.#planOf([selected.text, selected.parameters], selected.names, selected.reader)
  }

  #rangePlan(values: CallValues): StatementPlan<object | undefined> | undefined {
    const { dialect } = this.#selection
    const selected = this.#selected(selectBuilder(this.#selection, slotsLike(values), {}))
    if (selected === undefined) return undefined
    const { text, parameters, names, reader } = selected
    return this.#planOf([text + rangeText(dialect, parameters.length, 'LIMIT', 'OFFSET'), parameters], names, reader)
  }

  #pagePlan(values: CallValues, page: readonly PagePart[]): StatementPlan<PageRow> | undefined {
    const { dialect } = this.#selection
    const selected = this.#selected(selectBuilder(this.#selection, slotsLike(values), {}))
    const [count, counted] = countBuilder(this.#selection, slotsLike(values)).getQueryAndParameters()
    if (selected === undefined || !areAlike(selected.parameters, counted as unknown[])) return undefined
    const { text, parameters, names, reader } = selected
    const places: Readonly<Record<PagePlace, string>> = {
      rows: text + rangeText(dialect, parameters.length, 'LIMIT', 'OFFSET'),
      limit: markAt(dialect, parameters.length + 1),
      offset: markAt(dialect, parameters.length + 2),
      count,
    }
    const sql = page.map(part => (typeof part === 'string' ? places[part] : part.sql)).join('')
    return this.#planOf([sql, parameters], [...names, TOTAL], pageReaders(reader, names.length))
  }

  #windowPlan(
    values: CallValues,
    isNull: MissingKeys | undefined,
  ): StatementPlan<PlacedRow<object | undefined>> | undefined {
    const { dialect, order } = this.#selection
    const selected = this.#selected(windowBuilder(this.#selection, slotsLike(values), isNull, {}))
    if (selected === undefined) return undefined
    const { text, parameters, names, reader } = selected
    const keys = order.map((_, at) => names.indexOf(keyName(at)))
    return this.#planOf(
      [text + rangeText(dialect, parameters.length, 'LIMIT'), parameters],
      names,
      placedReaders(reader, keys),
    )
  }

  /** `undefined` where the rows of such a text are TypeORM's to read. */
  #selected(builder: SelectBuilder): Selected | undefined {
    const { dataSource, metadata } = this.#selection
    const [text, parameters] = builder.getQueryAndParameters()
    const columns = metadata.columns.filter(column => column.isSelect)
    const selected = selectedColumns(dataSource, columns, text)
    if (selected === undefined) return undefined
    const reader = entityReaders(hydrationOf(dataSource, metadata, columns))
    return { text, parameters: parameters as unknown[], names: selected.names, reader }
  }

  #planOf<R>(
    [text, parameters]: readonly [string, readonly unknown[]],
    columns: readonly string[],
    reader: StatementPlan<R>['statement']['reader'],
    effect: 'read' | 'write' = 'read',
  ): StatementPlan<R> {
    const bind = valueBinder(this.#selection.dataSource, parameters)
    const shares = effect === 'read' && this.#selection.lock === undefined
    const statement = Object.freeze({ text, effect, shares, columns, reader })
    return Object.freeze({ statement, bind })
  }

  #plan<R>(kind: Kind, values: CallValues, make: () => StatementPlan<R> | undefined): StatementPlan<R> | undefined {
    if (!takesFixedStatements(this.#selection.dataSource)) return undefined
    const plan = this.#plans.of(this.#key(kind, values), () => make() ?? 'none')
    // A key names the kind, and each kind is made by one method.
    return plan === 'none' ? undefined : (plan as StatementPlan<R>)
  }

  /** Most queries have one text of a kind: then the kind itself is enough, and no text has to be made to find it. */
  #key(kind: Kind, { positional }: CallValues): string | number {
    if (this.#nullable.length === 0) return kind
    let key = String(kind)
    for (const index of this.#nullable) key += positional[index] === null ? ' null' : ' value'
    return key
  }
}

/** An entity of a page, and the total where the rows do not tell it. */
export interface PageRow {
  readonly entity: object | undefined
  readonly total: number | undefined
}

/** A select that TypeORM has written, and how its rows are read. */
interface Selected {
  readonly text: string
  readonly parameters: readonly unknown[]
  readonly names: readonly string[]
  readonly reader: EntityReaders
}

type EntityReaders = StatementPlan<object | undefined>['statement']['reader']

function pageReaders(reader: EntityReaders, total: number): StatementPlan<PageRow>['statement']['reader'] {
  return parsers => {
    const read = reader(parsers)
    return cells => ({ entity: read(cells), total: cells[total] === null ? undefined : Number(cells[total]) })
  }
}

/** Whether two texts take the same values in the same places, so that one can stand inside the other. */
function areAlike(parameters: readonly unknown[], others: readonly unknown[]): boolean {
  return (
    parameters.length === others.length &&
    parameters.every((each, at) => {
      const other = others[at]
      return each instanceof Slot && other instanceof Slot ? each.column === other.column : each === other
    })
  )
}

/** What a statement does: a number is the limit of a select. */
type Kind = 'select' | 'range' | 'page' | ReturnType<typeof windowKind> | 'count' | 'exists' | 'delete' | number

/** Beyond that many, the oldest text is forgotten: a query with so many nullable arguments is rarely called in all ways. */
const TEXTS_PER_QUERY = 32

/** Derived names read `null` for "equals" and "is not" as a test for null. */
export function nullableArguments(predicate: Predicate | undefined): readonly number[] {
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
