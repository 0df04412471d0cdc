import type { ObjectLiteral } from 'typeorm'
import { after, type Prompt } from '../../core/prompt'
import { printQuery } from '../ast/print-query'
import type { EntitySelection } from '../compile/entity-builder'
import { reversed } from '../compile/order-key'
import { PredicateCompiler } from '../compile/predicate-compiler'
import type { CallValues, ValueReader } from '../compile/values'
import { cursorDigest } from '../cursor/cursor-digest'
import type { Cursors, CursorUse } from '../cursor/cursors'
import { Window } from '../paging/window'
import type { WindowRequest } from '../paging/window-request'
import { EntityQuery, type PlacedEntity } from './entity-query'

/** The windows of a query whose order is total: no two rows are level in it. */
export class WindowQuery {
  readonly #label: string
  readonly #cursors: Cursors
  readonly #keys: number
  /** The condition and the order as text, and the values in it: what a cursor is bound to. */
  readonly #text: string
  readonly #values: readonly ValueReader[]
  readonly #forwards: EntityQuery
  readonly #backwards: EntityQuery

  constructor(selection: EntitySelection, label: string, cursors: Cursors) {
    const { predicate, order } = selection
    this.#label = label
    this.#cursors = cursors
    this.#keys = order.length
    this.#text = printQuery(predicate, order)
    this.#values = boundValues(selection)
    this.#forwards = new EntityQuery(selection)
    this.#backwards = new EntityQuery({ ...selection, order: reversed(order) })
  }

  /** @throws InvalidCursorError `AMBIT_QUERY_INVALID_CURSOR`, before any SQL */
  find(values: CallValues, { from, size }: WindowRequest): Prompt<Window<ObjectLiteral>> {
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
    const subject = { label, text: this.#text, values: this.#values.map(read => read(values)) }
    return { label, digest: cursorDigest({ ...subject, scope: this.#cursors.scope }) }
  }
}

interface Facts {
  readonly hasNext: boolean
  readonly hasPrevious: boolean
  readonly cursorOf: (keys: readonly unknown[]) => string
}

function windowOf(rows: readonly PlacedEntity[], { hasNext, hasPrevious, cursorOf }: Facts): Window<ObjectLiteral> {
  const entities = rows.map(({ entity }) => entity)
  return new Window(entities, { hasNext, hasPrevious, cursorAt: at => cursorOf(rows[at]?.keys ?? []) })
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
