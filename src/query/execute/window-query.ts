import { after, type Prompt } from '../../core/prompt'
import type { OrderTerm } from '../ast/order-term'
import { printQuery } from '../ast/print-query'
import type { EntitySelection } from '../compile/entity-builder'
import { reversed } from '../compile/order-key'
import { PredicateCompiler } from '../compile/predicate-compiler'
import type { CallValues, ValueReader } from '../compile/values'
import { cursorDigest } from '../cursor/cursor-digest'
import type { Cursors, CursorUse } from '../cursor/cursors'
import { Window } from '../paging/window'
import type { WindowRequest } from '../paging/window-request'
import type { PlacedRow } from '../plan/placed-rows'

/** A query whose rows can be told by their places in its order. */
export interface PlacingQuery<R> {
  readonly selection: EntitySelection
  /** The same query in another order. */
  ordered(order: readonly OrderTerm[]): PlacingQuery<R>
  /** The rows behind the place that the values name, each with its own place. */
  window(values: CallValues, limit: number): Prompt<readonly PlacedRow<R>[]>
}

/** What cursors are made with, and bound to beside the query's condition, order and values. */
export interface CursorParts {
  readonly label: string
  readonly cursors: Cursors
  /** The properties by which rows are one, where equal rows come once. */
  readonly distinctBy?: readonly string[] | undefined
}

/** The windows of a query whose order is total: no two rows are level in it. */
export class WindowQuery<R> {
  readonly #label: string
  readonly #cursors: Cursors
  readonly #keys: number
  /** The condition and the order as text, and the values in it: what a cursor is bound to. */
  readonly #text: string
  readonly #values: readonly ValueReader[]
  readonly #forwards: PlacingQuery<R>
  readonly #backwards: PlacingQuery<R>

  constructor(query: PlacingQuery<R>, { label, cursors, distinctBy }: CursorParts) {
    const { predicate, order } = query.selection
    this.#label = label
    this.#cursors = cursors
    this.#keys = order.length
    this.#text = printQuery(predicate, order) + (distinctBy ? ` distinct by ${JSON.stringify(distinctBy)}` : '')
    this.#values = boundValues(query.selection)
    this.#forwards = query
    this.#backwards = query.ordered(reversed(order))
  }

  /** @throws InvalidCursorError `AMBIT_QUERY_INVALID_CURSOR`, before any SQL */
  find(values: CallValues, { from, size }: WindowRequest): Prompt<Window<R>> {
    const use = this.#use(values)
    const place = this.#placed(values, from, use)
    const backwards = isBackwards(from)
    // One more than wanted shows whether there are more.
    const found = (backwards ? this.#backwards : this.#forwards).window(place, size + 1)
    return after(found, rows => {
      const content = rows.slice(0, size)
      const ahead = rows.length > size
      const behind = place.cursor !== undefined
      return windowOf(backwards ? content.reverse() : content, {
        hasNext: backwards ? behind : ahead,
        hasPrevious: backwards ? ahead : behind,
        cursorOf: keys => this.#cursors.seal(keys, use),
      })
    })
  }

  #placed(values: CallValues, from: WindowRequest['from'], use: CursorUse): CallValues {
    if (typeof from === 'string') return values
    const cursor = 'after' in from ? from.after : from.before
    return { ...values, cursor: this.#cursors.open(cursor, use, this.#keys) }
  }

  /** Made at once: arguments may have changed, and the caller be another, when a cursor is asked for. */
  #use(values: CallValues): CursorUse {
    const label = this.#label
    const bound = this.#values.map(read => read(values))
    return { label, digest: cursorDigest({ label, text: this.#text, values: bound, scope: this.#cursors.scope }) }
  }
}

interface Facts {
  readonly hasNext: boolean
  readonly hasPrevious: boolean
  readonly cursorOf: (keys: readonly unknown[]) => string
}

function windowOf<R>(rows: readonly PlacedRow<R>[], { hasNext, hasPrevious, cursorOf }: Facts): Window<R> {
  const content = rows.map(({ row }) => row)
  return new Window(content, { hasNext, hasPrevious, cursorAt: at => cursorOf(rows[at]?.keys ?? []) })
}

function isBackwards(from: WindowRequest['from']): boolean {
  return typeof from === 'string' ? from === 'end' : 'before' in from
}

/** The values that a predicate compares with, in the form in which they are bound. */
function boundValues(selection: EntitySelection): readonly ValueReader[] {
  const readers: ValueReader[] = []
  if (selection.predicate === undefined) return readers
  const collect = (read: ValueReader): void => void readers.push(read)
  const call = { isNull: () => false, parameter: collect, key: () => undefined }
  PredicateCompiler.of(selection, '', call).compile(selection.predicate)
  return readers
}
