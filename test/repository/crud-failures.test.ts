import { inspect } from 'node:util'
import { transactional } from 'ambit'
import { DatabaseError, ForeignKeyViolationError, IntegrityViolationError, UniqueViolationError } from 'ambit/errors'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'
import { LIBRARY, type LoanId, LoanRepository, PublisherRepository, Volume, VolumeRepository } from './library'

const SECRET = 'top-secret-value'

describe.each(ENGINES)('CrudRepository where things go wrong, on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => LIBRARY)
  const publishers = (): PublisherRepository => running.app.get(PublisherRepository)
  const volumes = (): VolumeRepository => running.app.get(VolumeRepository)
  const loans = (): LoanRepository => running.app.get(LoanRepository)
  const rejection = async (promise: Promise<unknown>): Promise<Error> =>
    promise.then(
      value => Promise.reject(new Error(`no rejection but ${String(value)}`)),
      (error: unknown) => error as Error,
    )

  const METHODS = {
    findById: id => volumes().findById(id),
    getById: id => volumes().getById(id),
    findAllById: id => volumes().findAllById([id]),
    exists: id => volumes().exists(id),
    update: id => volumes().update(id, { title: 'all of them?' }),
    deleteById: id => volumes().deleteById(id),
    delete: id => volumes().delete(Object.assign(new Volume(), { id, title: 'x' })),
    deleteAll: id => volumes().deleteAll([Object.assign(new Volume(), { id, title: 'x' })]),
  } as const satisfies Record<string, (id: never) => Promise<unknown>>

  it.each(Object.entries(METHODS))(
    'R2: %s without an identifier is an error before any SQL, never "all rows"',
    async (name, call) => {
      await volumes().saveAll([{ title: 'a' }, { title: 'b' }])
      db.log.clear()
      for (const missing of [null, undefined]) {
        await expect(call(missing as never)).rejects.toMatchObject({
          code: 'AMBIT_REPOSITORY_NO_ID',
          message: expect.stringContaining(`VolumeRepository.${name}`),
        })
      }
      expect(db.log.commands).toEqual([])
      expect(await volumes().count()).toBe(2)
    },
  )

  it('R6 one entity without a key among others: an error before any SQL, and none is deleted', async () => {
    const stored = await volumes().saveAll([{ title: 'a' }, { title: 'b' }])
    db.log.clear()
    const deleting = volumes().deleteAll([...stored, Object.assign(new Volume(), { title: 'never saved' })])
    await expect(deleting).rejects.toMatchObject({
      code: 'AMBIT_REPOSITORY_NO_ID',
      message: expect.stringContaining('VolumeRepository.deleteAll'),
    })
    expect(db.log.commands).toEqual([])
    expect(await volumes().count()).toBe(2)
  })

  it('R6 many that fail on the way are deleted not at all', async () => {
    const [free, held] = await publishers().saveAll([{ name: 'free' }, { name: 'held' }])
    await volumes().save({ title: 'a', publisher: held ?? null })
    await expect(publishers().deleteAll([free, held].flatMap(each => each ?? []))).rejects.toBeInstanceOf(
      ForeignKeyViolationError,
    )
    expect(await publishers().count()).toBe(2)
  })

  it.each([
    ['half of it', { reader: 1 }],
    ['a part that is null', { reader: 1, volume: null }],
    ['no object', 7],
    ['an empty object', {}],
  ])('a composite key must be whole: %s', async (_, id) => {
    await loans().insert({ reader: 1, volume: 'v', day: 'monday' })
    db.log.clear()
    const key = id as unknown as LoanId
    const calls = [
      () => loans().findById(key),
      () => loans().update(key, { day: 'x' }),
      () => loans().deleteById(key),
      () => loans().findAllById([key]),
    ]
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({
        code: 'AMBIT_REPOSITORY_NO_ID',
        message: expect.stringContaining('reader, volume'),
      })
    }
    expect(db.log.commands).toEqual([])
  })

  it('update with nothing to set is an error before any SQL', async () => {
    for (const changes of [{}, { title: undefined as never }]) {
      await expect(volumes().update('x', changes)).rejects.toMatchObject({ code: 'AMBIT_REPOSITORY_EMPTY_UPDATE' })
    }
    expect(db.log.commands).toEqual([])
  })

  it.each([[{ page: 0, size: 10 }], ['title'], [{}], [7]])(
    'findAll(%j) is refused, instead of answering all',
    async request => {
      await expect(volumes().findAll(request as never)).rejects.toMatchObject({ code: 'AMBIT_QUERY_INVALID_SORT' })
      expect(db.log.commands).toEqual([])
    },
  )

  it('a unique violation is one error class on every database, with the driver error as its cause', async () => {
    await publishers().insert({ name: SECRET })
    const error = await rejection(publishers().insert({ name: SECRET }))
    expect(error).toBeInstanceOf(UniqueViolationError)
    expect(error).toMatchObject({
      code: 'AMBIT_DATABASE_UNIQUE',
      databaseCode: engine.oneWriter ? 'SQLITE_CONSTRAINT_UNIQUE' : '23505',
    })
    expect(error.message).toContain('PublisherRepository.insert')
    expect(error.cause).toMatchObject({ name: 'QueryFailedError' })
  })

  it('no value is in the message, nor in what a logger prints of the error and its causes', async () => {
    await publishers().insert({ name: SECRET })
    for (const call of [
      () => publishers().insert({ name: SECRET }),
      () => publishers().save({ name: SECRET }),
      () => transactional({}, () => publishers().manager.insert('Publisher', { name: SECRET })),
    ]) {
      const error = await rejection(call())
      expect(error.message).not.toContain(SECRET)
      expect(inspect(error, { depth: 10 })).not.toContain(SECRET)
      expect(JSON.stringify(allEnumerable(error))).not.toContain(SECRET)
    }
  })

  it('the facts that a program needs are fields', async () => {
    await loans().insert({ reader: 1, volume: 'v', day: 'monday' })
    const error = await rejection(loans().insert({ reader: 2, volume: 'v', day: 'monday' }))
    expect(error).toBeInstanceOf(DatabaseError)
    if (!engine.oneWriter) expect(error).toMatchObject({ constraint: 'one_loan_per_day', table: 'loan' })
    expect(await rejection(loans().insert({ reader: 1, volume: 'v', day: 'sunday' }))).toBeInstanceOf(
      UniqueViolationError,
    )
  })

  it('a foreign key and a missing value have classes of their own', async () => {
    expect(await rejection(volumes().save({ title: 'x', publisher: { id: 99 } }))).toBeInstanceOf(
      ForeignKeyViolationError,
    )
    expect(await rejection(volumes().insert({}))).toBeInstanceOf(IntegrityViolationError)
    const house = await publishers().save({ name: 'h', volumes: [{ title: 'x' }] })
    expect(await rejection(publishers().deleteById(house.id))).toBeInstanceOf(ForeignKeyViolationError)
  })

  it('a failure that the database answered dooms the transaction around it, a missing row does not', async () => {
    await publishers().insert({ name: 'taken' })
    await transactional({}, async () => {
      await rejection(publishers().getById(4711))
      await rejection(volumes().findById(null as never))
      await publishers().insert({ name: 'kept' })
    })
    const doomed = transactional({}, async () => {
      await publishers().insert({ name: 'lost' })
      await rejection(publishers().insert({ name: 'taken' }))
    })
    await expect(doomed).rejects.toMatchObject({
      code: 'AMBIT_TX_UNEXPECTED_ROLLBACK',
      doomedBy: 'PublisherRepository.insert',
    })
    expect((await publishers().findAll()).map(({ name }) => name).sort()).toEqual(['kept', 'taken'])
  })
})

/** Own enumerable fields of an error and of everything it holds. */
function allEnumerable(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > 6) return value
  const own = Object.entries(value).map(([key, each]) => [key, allEnumerable(each, depth + 1)])
  return Object.fromEntries([...own, ['cause', allEnumerable((value as { cause?: unknown }).cause, depth + 1)]])
}
