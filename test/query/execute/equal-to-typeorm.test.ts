import { Sort } from 'ambit'
import fc from 'fast-check'
import { InsertQueryBuilder, type ObjectLiteral, SelectQueryBuilder } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'
import { PIPELINE } from '../../data-source/postgres/tiers'
import { type RandomEntity, randomEntities } from './random-entities'

const SEED = 20_261_121
const ENTITIES = 16
const ROUNDS = 3

/** Keys in their order, at every depth. */
function shapeOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date || Buffer.isBuffer(value))
    return typeof value
  if (Array.isArray(value)) return value.map(shapeOf)
  return Object.entries(value).map(([key, each]) => [key, shapeOf(each)])
}

function expectEqual(actual: unknown, expected: unknown): void {
  expect(actual).toStrictEqual(expected)
  expect(shapeOf(actual)).toEqual(shapeOf(expected))
}

async function streamed(rows: AsyncIterable<ObjectLiteral>): Promise<ObjectLiteral[]> {
  const found: ObjectLiteral[] = []
  for await (const row of rows) found.push(row)
  return found
}

/** What the database has made for both, at different times, told by its kind. */
function withoutMade(value: unknown, key?: string): unknown {
  if (key === 'id') return 'made number'
  if (typeof value === 'string') return UUID.test(value) ? 'uuid' : value
  if (value instanceof Date) return Math.abs(value.getTime() - Date.now()) < 600_000 ? 'made date' : value
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value
  if (Array.isArray(value)) return value.map(each => withoutMade(each))
  const copy = Object.create(Object.getPrototypeOf(value) as object) as ObjectLiteral
  for (const [name, each] of Object.entries(value)) copy[name] = withoutMade(each, name)
  return copy
}

const UUID = /^[0-9a-f-]{36}$/

const PLACES = [
  ...ENGINES.map(engine => ({ engine, place: engine.name, settings: {} })),
  ...ENGINES.filter(({ oneWriter }) => !oneWriter).map(engine => ({
    engine,
    place: `${engine.name}, the plain tier`,
    settings: { typeorm: PIPELINE.typeorm },
  })),
]

describe.each(PLACES)('M18 entities of fixed statements on $place', ({ engine, settings }) => {
  const entities = randomEntities(engine.name, ENTITIES, SEED)
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    database: { ...db.settings, ...settings },
    entities: entities.map(({ schema }) => schema) as never[],
    components: entities.map(({ repository }) => repository),
  }))

  afterEach(() => jest.restoreAllMocks())

  /** What TypeORM has been asked to build and run. */
  const typeOrm = (): { selects: jest.SpyInstance; inserts: jest.SpyInstance } => ({
    selects: jest.spyOn(SelectQueryBuilder.prototype, 'getRawAndEntities'),
    inserts: jest.spyOn(InsertQueryBuilder.prototype, 'execute'),
  })

  const check = async ({ repository, rows }: RandomEntity): Promise<void> => {
    const found = running.app.get(repository)
    const stock = found.orm
    await fc.assert(
      fc.asyncProperty(fc.array(rows, { minLength: 1, maxLength: 5 }), async given => {
        await stock.createQueryBuilder().delete().execute()
        const theirs: ObjectLiteral[] = []
        const ours: ObjectLiteral[] = []
        for (const row of given) {
          const entity = stock.create(row)
          await stock.insert(entity)
          theirs.push(entity)
        }
        const before = await stock.find({ order: { id: 'ASC' }, withDeleted: true })
        for (const row of given) ours.push(await found.insert(row))
        const all = await stock.find({ order: { id: 'ASC' } })
        expectEqual(await found.findAll(Sort.by('id')), all)
        expectEqual(await streamed(found.stream(undefined, { sort: Sort.by('id'), fetchSize: 2 })), all)
        for (const entity of all.slice(0, 2)) expectEqual(await found.findById(entity['id'] as number), entity)
        expectEqual(withoutMade(ours), withoutMade(theirs))
        const after = (await stock.find({ order: { id: 'ASC' }, withDeleted: true })).slice(before.length)
        expectEqual(withoutMade(after), withoutMade(before))
      }),
      { numRuns: ROUNDS, seed: SEED },
    )
  }

  const checkMany = async ({ repository, rows }: RandomEntity): Promise<void> => {
    const found = running.app.get(repository)
    const stock = found.orm
    const stored = (): Promise<ObjectLiteral[]> => stock.find({ order: { id: 'ASC' }, withDeleted: true })
    await fc.assert(
      fc.asyncProperty(fc.array(rows, { minLength: 2, maxLength: 6 }), fc.boolean(), async (given, saved) => {
        await stock.createQueryBuilder().delete().execute()
        const theirs = given.map(row => stock.create(row))
        if (saved) await stock.save(theirs)
        else for (const entity of theirs) await stock.insert(entity)
        const before = await stored()
        const mine = given.map(row => stock.create(row))
        const ours = saved ? await found.saveAll(mine) : await found.insertAll(mine)
        ours.forEach((entity, at) => expect(entity).toBe(mine[at]))
        // What save() fills in stands in another order.
        expect(withoutMade(ours)).toStrictEqual(withoutMade(theirs))
        const after = (await stored()).slice(before.length)
        const byId = new Map(after.map(entity => [entity['id'], entity]))
        expectEqual(withoutMade(ours.map(({ id }) => byId.get(id))), withoutMade(before))
      }),
      { numRuns: ROUNDS, seed: SEED },
    )
  }

  it.each(entities.map((entity, index) => [index, entity] as const))(
    'entity %i is inserted and saved in numbers as TypeORM would',
    async (_, entity) => checkMany(entity),
  )

  it.each(entities.map((entity, index) => [index, entity] as const))(
    'entity %i is read and inserted as TypeORM would',
    async (_, entity) => check(entity),
  )

  it('M18 builds nothing with TypeORM once the statements are made', async () => {
    const { repository, rows } = entities[0] as RandomEntity
    const found = running.app.get(repository)
    const [row = {}] = fc.sample(rows, { numRuns: 1, seed: SEED })
    const { id } = await found.insert(row)
    await found.findById(id as number)
    const { selects, inserts } = typeOrm()
    await found.insert(row)
    expect(await found.findById(id as number)).not.toBeNull()
    expect(await found.findAll()).not.toHaveLength(0)
    await found.insertAll([{ ...row }, { ...row }])
    await found.saveAll([{ ...row }, { ...row }])
    expect([selects.mock.calls.length, inserts.mock.calls.length]).toEqual([0, 0])
  })
})
