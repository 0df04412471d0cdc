import { Sort } from 'ambit'
import fc from 'fast-check'
import { InsertQueryBuilder, type ObjectLiteral, SelectQueryBuilder } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'
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

describe.each(ENGINES)('M18 entities of fixed statements on $name', engine => {
  const entities = randomEntities(engine.name, ENTITIES, SEED)
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
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
        for (const entity of all.slice(0, 2)) expectEqual(await found.findById(entity['id'] as number), entity)
        expectEqual(withoutMade(ours), withoutMade(theirs))
        const after = (await stock.find({ order: { id: 'ASC' }, withDeleted: true })).slice(before.length)
        expectEqual(withoutMade(after), withoutMade(before))
      }),
      { numRuns: ROUNDS, seed: SEED },
    )
  }

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
    expect([selects.mock.calls.length, inserts.mock.calls.length]).toEqual([0, 0])
  })
})
