import { after, type Prompt } from '../../core/prompt'
import type { OrderTerm } from '../ast/order-term'
import { printQuery } from '../ast/print-query'
import { type EntitySelection, orderKeys } from '../compile/entity-builder'
import { reversed } from '../compile/order-key'
import { PredicateCompiler } from '../compile/predicate-compiler'
import { PropertyReferences } from '../compile/property-references'
import type { CallValues, ValueReader } from '../compile/values'
import { cursorDigest } from '../cursor/cursor-digest'
import type { Cursors, CursorUse } from '../cursor/cursors'
import { CursorKeyError } from '../errors'
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
  /** By each key of the order, its property where no row lacks it, as the entity says. */
  readonly #keys: readonly (string | undefined)[]
  /** The condition and the order as text, and the values in it: what a cursor is bound to. */
  readonly #text: string
  readonly #values: readonly ValueReader[]
  readonly #forwards: PlacingQuery<R>
  readonly #backwards: PlacingQuery<R>

  constructor(query: PlacingQuery<R>, { label, cursors, distinctBy }: CursorParts) {
    const { predicate, order } = query.selection
    this.#label = label
    this.#cursors = cursors
    this.#keys = keysNeverMissing(query.selection)
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
        cursorOf: keys => this.#seal(keys, use),
      })
    })
  }

  #placed(values: CallValues, from: WindowRequest['from'], use: CursorUse): CallValues {
    if (typeof from === 'string') return values
    const cursor = 'after' in from ? from.after : from.before
    return { ...values, cursor: this.#cursors.open(cursor, use, this.#keys.length) }
  }

  /** A place that lacks a key which rows are told apart by would not be found again. */
  #seal(keys: readonly unknown[], use: CursorUse): string {
    const missing = this.#keys.find((property, at) => property !== undefined && keys[at] === null)
    if (missing !== undefined) throw keyMissing(missing, use.label)
    return this.#cursors.seal(keys, use)
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

function keysNeverMissing(selection: EntitySelection): readonly (string | undefined)[] {
  const keys = orderKeys(selection, new PropertyReferences(selection.metadata, ''))
  return keys.map(({ path, nulls }) => (nulls === undefined ? path : undefined))
}

function keyMissing(property: string, label: string): CursorKeyError {
  const what = `A row has no '${property}', which its entity says is never missing, and a window would lose such rows.`
  const next =
    'Say so in its @Column({ nullable: true }), or leave such rows out; a @PrimaryColumn() must have a value in each row, also of a view.'
  return new CursorKeyError(what, label, next)
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
