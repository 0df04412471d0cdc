import { Sort, type Window, WindowRequest } from 'ambit'
import fc from 'fast-check'
import { Column, Entity, ManyToOne, PrimaryColumn } from 'typeorm'
import type { EngineDatabase } from '../../support/engines'

// What random walks through windows have in common: rows, orders, and the model that a window is a piece of the whole order.

@Entity('shelf')
export class Shelf {
  @PrimaryColumn() id!: number
  @Column({ type: 'varchar', nullable: true }) name!: string | null
}

@Entity('item')
export class Item {
  @PrimaryColumn() id!: number
  @Column({ type: 'bigint', nullable: true }) big!: string | null
  @Column({ type: 'integer', nullable: true }) count!: number | null
  @Column({ type: 'varchar', nullable: true }) word!: string | null
  @Column() kind!: string
  @Column({ type: 'integer' }) rank!: number
  @Column({ nullable: true }) at!: Date
  @Column({ type: 'double precision', nullable: true }) real!: number | null
  @Column({ type: 'numeric', nullable: true }) exact!: string | null
  @Column({ type: 'boolean', nullable: true }) on!: boolean | null
  @ManyToOne(() => Shelf, { nullable: true }) shelf!: Shelf | null
}

/** As SQL writes them; with more digits than a Date or a number has. */
export const VALUES = {
  count: ['NULL', '-1', '0', '1'],
  big: ['NULL', '9007199254740992', '9007199254740993', '9007199254740994', '-9223372036854775808'],
  word: ['NULL', "''", "'a'", "'A'", "'b'", "'B'", "'it''s'", "'ä'"],
  kind: ["'x'", "'X'", "'y'"],
  rank: ['1', '2'],
  at: ['NULL', "'2026-01-01 00:00:00.000001'", "'2026-01-01 00:00:00.000002'", "'2026-01-01 00:00:00.000'"],
  real: ['NULL', '0.1', '0.30000000000000004', '0.3', '1e300', '-2.5e-10', '5e-324'],
  exact: ['NULL', '1.00000000000000000001', '1.00000000000000000002', '9007199254740993', '-3'],
  on: ['NULL', 'TRUE', 'FALSE'],
  shelfId: ['NULL', '1', '2', '3'],
} as const satisfies Record<string, readonly string[]>

export const KEYS = {
  id: 'item.id',
  count: 'item.count',
  big: 'item.big',
  word: 'item.word',
  kind: 'item.kind',
  rank: 'item.rank',
  at: 'item.at',
  real: 'item.real',
  exact: 'item.exact',
  on: 'item."on"',
  'shelf.name': 'shelf.name',
} as const
export type Key = keyof typeof KEYS

export interface Term {
  readonly key: Key
  readonly direction: 'ASC' | 'DESC'
  readonly nulls: 'FIRST' | 'LAST' | undefined
  readonly ignoreCase: boolean
}

export const row = fc.record(
  Object.fromEntries(Object.entries(VALUES).map(([name, values]) => [name, fc.constantFrom(...values)])),
) as fc.Arbitrary<Record<keyof typeof VALUES, string>>

/** A key may come again: it decides nothing then. */
export const terms = fc.array(
  fc.record({
    key: fc.constantFrom(...(Object.keys(KEYS) as Key[])),
    direction: fc.constantFrom('ASC' as const, 'DESC' as const),
    nulls: fc.constantFrom('FIRST' as const, 'LAST' as const, undefined),
    ignoreCase: fc.boolean(),
  }),
  { maxLength: 4 },
)

/** One step: from an end, or beside one of the rows that the last window showed. */
export const step = fc.record({
  move: fc.constantFrom('start', 'end', 'after', 'before', 'after', 'before'),
  pick: fc.nat(20),
})

export async function fill(db: EngineDatabase, rows: readonly Record<keyof typeof VALUES, string>[]): Promise<void> {
  await db.query('DELETE FROM item')
  await db.query('DELETE FROM shelf')
  await db.query("INSERT INTO shelf (id, name) VALUES (1, 'b'), (2, 'A'), (3, NULL)")
  if (rows.length === 0) return
  const names = Object.keys(VALUES) as (keyof typeof VALUES)[]
  const columns = names.map(name => `"${name}"`).join(', ')
  const values = rows.map((each, at) => `(${at}, ${names.map(name => each[name]).join(', ')})`)
  await db.query(`INSERT INTO item (id, ${columns}) VALUES ${values.join(', ')}`)
}

/** The order as somebody would write it by hand. */
export function orderBy(chosen: readonly Term[]): string {
  const keys = chosen.map(({ key, direction, nulls, ignoreCase }) => {
    const folded = ignoreCase && isText(key) ? `LOWER(${KEYS[key]})` : KEYS[key]
    return `${folded} ${direction} NULLS ${nulls ?? (direction === 'ASC' ? 'LAST' : 'FIRST')}`
  })
  return keys.join(', ')
}

/** The keys of all items in that order, and in that of the key where they are level. */
export async function orderedIds(db: EngineDatabase, chosen: readonly Term[]): Promise<readonly number[]> {
  const order = [...chosen, { key: 'id', direction: 'ASC', nulls: undefined, ignoreCase: false } as const]
  const found = await db.query<{ id: number }>(`SELECT item.id AS id ${FROM} ORDER BY ${orderBy(order)}`)
  return found.map(({ id }) => id)
}

/** All items, with their shelves. */
export const FROM = 'FROM item LEFT JOIN shelf ON shelf.id = item."shelfId"'

function isText(key: Key): boolean {
  return key === 'word' || key === 'kind' || key === 'shelf.name'
}

export function sortOf(chosen: readonly Term[]): Sort | undefined {
  if (chosen.length === 0) return undefined
  return new Sort(
    chosen.map(({ key, ...term }) => ({ ...term, path: key, ignoreCase: term.ignoreCase && isText(key) })),
  )
}

/** Asks for a window; whatever its rows are is compared. */
export type Find<R> = (request: WindowRequest) => Promise<Window<R>>

export interface Walk<R> {
  readonly find: Find<R>
  /** All rows in their order. */
  readonly expected: readonly R[]
  readonly size: number
  readonly sort: Sort | undefined
  readonly steps: readonly { readonly move: string; readonly pick: number }[]
}

/** From the start to the end, back again, and here and there: every row is shown once, and in its place. */
export async function walkThrough<R>(walk: Walk<R>): Promise<void> {
  expect(await forwards(walk)).toEqual(walk.expected)
  expect(await backwards(walk)).toEqual(walk.expected)
  await wander(walk)
}

/** More rows than there ever are. */
const MOST = 50

async function forwards<R>({ find, size, sort }: Walk<R>): Promise<readonly R[]> {
  const seen: R[] = []
  let request = WindowRequest.first(size, sort)
  while (seen.length <= MOST) {
    const window = await find(request)
    seen.push(...window.content)
    const { endCursor, hasNext } = window
    if (!hasNext || endCursor === undefined) return seen
    request = request.after(endCursor)
  }
  throw new Error('the walk goes round and round')
}

async function backwards<R>({ find, size, sort }: Walk<R>): Promise<readonly R[]> {
  const seen: R[] = []
  let request = WindowRequest.last(size, sort)
  while (seen.length <= MOST) {
    const window = await find(request)
    seen.unshift(...window.content)
    const { startCursor, hasPrevious } = window
    if (!hasPrevious || startCursor === undefined) return seen
    request = request.before(startCursor)
  }
  throw new Error('the walk goes round and round')
}

/** The model: the window is a piece of the whole order. */
async function wander<R>({ find, expected, size, sort, steps }: Walk<R>): Promise<void> {
  let at = 0
  let window = await find(WindowRequest.first(size, sort))
  for (const { move, pick } of steps) {
    const chosen = pick % Math.max(window.content.length, 1)
    const request = WindowRequest.first(size, sort)
    const beside = window.content.length === 0 ? undefined : window.cursorAt(chosen)
    const row = at + chosen
    if (move === 'end' || (beside === undefined && move !== 'start')) {
      at = Math.max(expected.length - size, 0)
      window = await find(WindowRequest.last(size, sort))
      expect(window.content).toEqual(expected.slice(at))
      expect([window.hasPrevious, window.hasNext]).toEqual([at > 0, false])
    } else if (move === 'start' || beside === undefined) {
      at = 0
      window = await find(request)
      expect(window.content).toEqual(expected.slice(0, size))
      expect([window.hasPrevious, window.hasNext]).toEqual([false, expected.length > size])
    } else if (move === 'after') {
      at = row + 1
      window = await find(request.after(beside))
      expect(window.content).toEqual(expected.slice(at, at + size))
      expect([window.hasPrevious, window.hasNext]).toEqual([true, expected.length > at + size])
    } else {
      at = Math.max(row - size, 0)
      window = await find(request.before(beside))
      expect(window.content).toEqual(expected.slice(at, row))
      expect([window.hasPrevious, window.hasNext]).toEqual([at > 0, true])
    }
  }
}
