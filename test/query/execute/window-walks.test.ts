import { CrudRepository, dataSourceToken, Query, Repository, type Window, type WindowRequest } from 'ambit'
import fc from 'fast-check'
import type { EntitySubscriberInterface } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'
import { fill, Item, orderedIds, row, Shelf, sortOf, step, type Term, terms, walkThrough } from './walks'

// Random rows, orders and walks: what windows show is compared with the database's own ORDER BY, cut by hand.

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
            const expected = await orderedIds(db, [...OWN_ORDER[method], ...chosen])
            const items = running.app.get(Items)
            const find = async (request: WindowRequest): Promise<Window<number>> =>
              (await items[method](1, request)).map(({ id }) => id)
            await walkThrough({ find, expected, size, sort: sortOf(chosen), steps })
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
