import { CrudRepository, dataSourceToken, Query, Repository, Sort, type Window, WindowRequest } from 'ambit'
import fc from 'fast-check'
import { Column, Entity, type EntitySubscriberInterface, ManyToOne, PrimaryColumn } from 'typeorm'
import { type EngineDatabase, ENGINES, engineDatabase, runningApplication } from '../../support/engines'

// Random rows, orders and walks: what windows show is compared with the database's own ORDER BY, cut by hand.

@Entity('shelf')
class Shelf {
  @PrimaryColumn() id!: number
  @Column({ type: 'varchar', nullable: true }) name!: string | null
}

@Entity('item')
class Item {
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

@Repository(Item)
class Items extends CrudRepository<Item> {
  @Query({ where: 'rank >= :least', result: 'window' })
  declare from: (least: number, request: WindowRequest) => Promise<Window<Item>>

  @Query({ where: 'rank >= :least order by word desc, kind ignore case', result: 'window' })
  declare ordered: (least: number, request: WindowRequest) => Promise<Window<Item>>
}

/** What the query sorts by, in front of what the request says. */
const OWN_ORDER = {
  from: [],
  ordered: [
    { key: 'word', direction: 'DESC', nulls: undefined, ignoreCase: false },
    { key: 'kind', direction: 'ASC', nulls: undefined, ignoreCase: true },
  ],
} as const satisfies Record<string, readonly Term[]>
type Find = Items[keyof typeof OWN_ORDER]

/** As SQL writes them; with more digits than a Date or a number has. */
const VALUES = {
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

const KEYS = {
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
type Key = keyof typeof KEYS

interface Term {
  readonly key: Key
  readonly direction: 'ASC' | 'DESC'
  readonly nulls: 'FIRST' | 'LAST' | undefined
  readonly ignoreCase: boolean
}

const row = fc.record(
  Object.fromEntries(Object.entries(VALUES).map(([name, values]) => [name, fc.constantFrom(...values)])),
) as fc.Arbitrary<Record<keyof typeof VALUES, string>>

/** A key may come again: it decides nothing then. */
const terms = fc.array(
  fc.record({
    key: fc.constantFrom(...(Object.keys(KEYS) as Key[])),
    direction: fc.constantFrom('ASC' as const, 'DESC' as const),
    nulls: fc.constantFrom('FIRST' as const, 'LAST' as const, undefined),
    ignoreCase: fc.boolean(),
  }),
  { maxLength: 4 },
)

/** One step: from an end, or beside one of the rows that the last window showed. */
const step = fc.record({
  move: fc.constantFrom('start', 'end', 'after', 'before', 'after', 'before'),
  pick: fc.nat(20),
})

const walk = fc.record({
  rows: fc.array(row, { maxLength: 14 }),
  method: fc.constantFrom(...(Object.keys(OWN_ORDER) as (keyof typeof OWN_ORDER)[])),
  terms,
  size: fc.integer({ min: 1, max: 5 }),
  steps: fc.array(step, { minLength: 1, maxLength: 8 }),
})

const listener: EntitySubscriberInterface = { afterLoad: () => undefined }

describe.each(ENGINES)('walks through windows on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Item, Shelf], components: [Items] }))

  it.each([
    ['by statements of ours', 80],
    ['by TypeORM, where somebody listens', 40],
  ])(
    'show every row once, in the order of the database, from wherever they begin: %s',
    async (way, numRuns) => {
      const { subscribers } = running.app.get(dataSourceToken('default'))
      if (way.startsWith('by TypeORM')) subscribers.push(listener)
      try {
        await fc.assert(
          fc.asyncProperty(walk, async ({ rows, method, terms: chosen, size, steps }) => {
            await fill(db, rows)
            const expected = await ordered(db, [...OWN_ORDER[method], ...chosen])
            const sort = sortOf(chosen)
            const items = running.app.get(Items)
            const find: Find = (least, request) => items[method](least, request)
            expect(await forwards(find, size, sort)).toEqual(expected)
            expect(await backwards(find, size, sort)).toEqual(expected)
            await wander(find, { expected, size, sort, steps })
          }),
          { numRuns },
        )
      } finally {
        subscribers.splice(0)
      }
    },
    300_000,
  )
})

async function fill(db: EngineDatabase, rows: readonly Record<keyof typeof VALUES, string>[]): Promise<void> {
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
async function ordered(db: EngineDatabase, chosen: readonly Term[]): Promise<readonly number[]> {
  const keys = chosen.map(({ key, direction, nulls, ignoreCase }) => {
    const folded = ignoreCase && isText(key) ? `LOWER(${KEYS[key]})` : KEYS[key]
    return `${folded} ${direction} NULLS ${nulls ?? (direction === 'ASC' ? 'LAST' : 'FIRST')}`
  })
  const order = [...keys, 'item.id'].join(', ')
  const sql = `SELECT item.id AS id FROM item LEFT JOIN shelf ON shelf.id = item."shelfId" ORDER BY ${order}`
  return (await db.query<{ id: number }>(sql)).map(({ id }) => id)
}

function isText(key: Key): boolean {
  return key === 'word' || key === 'kind' || key === 'shelf.name'
}

function sortOf(chosen: readonly Term[]): Sort | undefined {
  if (chosen.length === 0) return undefined
  return new Sort(
    chosen.map(({ key, ...term }) => ({ ...term, path: key, ignoreCase: term.ignoreCase && isText(key) })),
  )
}

/** More rows than there ever are. */
const MOST = 50

const ids = (window: Window<Item>): number[] => window.content.map(({ id }) => id)

async function forwards(find: Find, size: number, sort: Sort | undefined): Promise<readonly number[]> {
  const seen: number[] = []
  let request = WindowRequest.first(size, sort)
  while (seen.length <= MOST) {
    const window = await find(1, request)
    seen.push(...ids(window))
    const { endCursor, hasNext } = window
    if (!hasNext || endCursor === undefined) return seen
    request = request.after(endCursor)
  }
  throw new Error('the walk goes round and round')
}

async function backwards(find: Find, size: number, sort: Sort | undefined): Promise<readonly number[]> {
  const seen: number[] = []
  let request = WindowRequest.last(size, sort)
  while (seen.length <= MOST) {
    const window = await find(1, request)
    seen.unshift(...ids(window))
    const { startCursor, hasPrevious } = window
    if (!hasPrevious || startCursor === undefined) return seen
    request = request.before(startCursor)
  }
  throw new Error('the walk goes round and round')
}

interface Wandering {
  readonly expected: readonly number[]
  readonly size: number
  readonly sort: Sort | undefined
  readonly steps: readonly { readonly move: string; readonly pick: number }[]
}

/** The model: the window is a piece of the whole order. */
async function wander(find: Find, { expected, size, sort, steps }: Wandering): Promise<void> {
  let at = 0
  let window = await find(1, WindowRequest.first(size, sort))
  for (const { move, pick } of steps) {
    const chosen = pick % Math.max(window.content.length, 1)
    const request = WindowRequest.first(size, sort)
    const beside = window.content.length === 0 ? undefined : window.cursorAt(chosen)
    const row = at + chosen
    if (move === 'end' || (beside === undefined && move !== 'start')) {
      at = Math.max(expected.length - size, 0)
      window = await find(1, WindowRequest.last(size, sort))
      expect(ids(window)).toEqual(expected.slice(at))
      expect([window.hasPrevious, window.hasNext]).toEqual([at > 0, false])
    } else if (move === 'start' || beside === undefined) {
      at = 0
      window = await find(1, request)
      expect(ids(window)).toEqual(expected.slice(0, size))
      expect([window.hasPrevious, window.hasNext]).toEqual([false, expected.length > size])
    } else if (move === 'after') {
      at = row + 1
      window = await find(1, request.after(beside))
      expect(ids(window)).toEqual(expected.slice(at, at + size))
      expect([window.hasPrevious, window.hasNext]).toEqual([true, expected.length > at + size])
    } else {
      at = Math.max(row - size, 0)
      window = await find(1, request.before(beside))
      expect(ids(window)).toEqual(expected.slice(at, row))
      expect([window.hasPrevious, window.hasNext]).toEqual([at > 0, true])
    }
  }
}
