import { CrudRepository, dataSourceToken, Repository, type WindowRequest } from 'ambit'
import fc from 'fast-check'
import { type EngineDatabase, ENGINES, engineDatabase, runningApplication } from '../../support/engines'
import { fill, FROM, Item, type Key, KEYS, orderBy, orderedIds, row, Shelf, sortOf, step } from './walks'
import { type Term, terms, walkThrough } from './walks'

// As the walks through windows of entities, but of rows that hold some properties, and may be distinct.

@Repository(Item)
class Items extends CrudRepository<Item> {}

const walk = fc.record({
  rows: fc.array(row, { maxLength: 14 }),
  paths: fc.subarray(Object.keys(KEYS) as Key[], { minLength: 1, maxLength: 4 }),
  distinct: fc.boolean(),
  terms,
  size: fc.integer({ min: 1, max: 5 }),
  steps: fc.array(step, { minLength: 1, maxLength: 8 }),
})

type Values = Readonly<Record<string, unknown>>

describe.each(ENGINES)('walks through windows of projections on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Item, Shelf], components: [Items] }))

  it.each([
    ['by statements of ours', undefined, 80],
    ['by TypeORM, where the data source does more', { alwaysEnabled: true }, 40],
  ])(
    'show every row once, in the order of the database, from wherever they begin: %s',
    async (_, cache, numRuns) => {
      const { options } = running.app.get(dataSourceToken('default'))
      Object.assign(options, { cache })
      try {
        await fc.assert(
          fc.asyncProperty(walk, async ({ rows, paths, distinct, terms: any, size, steps }) => {
            await fill(db, rows)
            // Distinct rows can only be sorted by what they hold.
            const chosen = distinct ? any.filter(({ key }) => paths.includes(key)) : any
            const items = running.app.get(Items)
            const select = Object.fromEntries(paths.map(path => [`its ${path}`, path]))
            const ids = distinct ? await orderedGroups(db, chosen, paths) : await orderedIds(db, chosen)
            const values = await valuesById(items, select)
            const expected = ids.map(id => values.get(id))
            const find = (request: WindowRequest) => items.selectWindow(select, undefined, request, { distinct })
            await walkThrough<Values | undefined>({ find, expected, size, sort: sortOf(chosen), steps })
          }),
          { numRuns },
        )
      } finally {
        Object.assign(options, { cache: undefined })
      }
    },
    300_000,
  )
})

/** Of rows that are equal one, in the order of what they hold. */
async function orderedGroups(
  db: EngineDatabase,
  chosen: readonly Term[],
  paths: readonly Key[],
): Promise<readonly number[]> {
  const all = paths.map(key => ({ key, direction: 'ASC', nulls: undefined, ignoreCase: false }) as const)
  const groups = paths.map(key => KEYS[key]).join(', ')
  const sql = `SELECT MIN(item.id) AS id ${FROM} GROUP BY ${groups} ORDER BY ${orderBy([...chosen, ...all])}`
  return (await db.query<{ id: number }>(sql)).map(({ id }) => id)
}

async function valuesById(items: Items, select: Readonly<Record<string, Key>>): Promise<ReadonlyMap<number, Values>> {
  const all: readonly Values[] = await items.select({ ...select, id: 'id' })
  return new Map(all.map(({ id, ...values }) => [id as number, values]))
}
