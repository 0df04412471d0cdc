import {
  bootstrap,
  Component,
  CrudRepository,
  currentTransaction,
  dataSourceToken,
  Query,
  Repository,
  Service,
  transactional,
} from 'ambit'
import { ENGINES, engineDatabase, runningApplication, silentLogger } from '../support/engines'
import { poolOf } from '../data-source/harness'
import { Boundaries, Failure, Note, NoteRepository, NOTES, seen, write } from './notes'

describe('weaknesses of other frameworks, SQLite in memory', () => {
  it.each(['sqlite::memory:', 'sqlite://:memory:'])('PS-W23 %s starts, stores and reads', async url => {
    const app = await bootstrap({ database: { url, schema: 'create' }, ...NOTES, logger: silentLogger })
    await transactional({}, () => write('a'))
    expect(await transactional({ readOnly: true }, seen)).toEqual(['a'])
    await app.close()
  })

  it('PS-W23 a URL that names nothing, and a pool where there is none, are refused with the remedy', async () => {
    const start = (database: object) => bootstrap({ database, logger: silentLogger })
    await expect(start({ url: 'sqlite:' })).rejects.toThrow(/names no file[^]*sqlite::memory:/)
    await expect(start({ url: 'sqlite::memory:', poolSize: 5 })).rejects.toThrow(/'poolSize' means nothing/)
  })

  it('PS-W10 REQUIRES_NEW never commits what its outer has written: it is refused, and all goes back', async () => {
    const app = await bootstrap({
      database: { url: 'sqlite::memory:', schema: 'create' },
      ...NOTES,
      logger: silentLogger,
    })
    const inner = jest.fn(() => write('inner'))
    const outcome = transactional({}, async () => {
      await write('outer')
      const refusal = app.get(Boundaries).requiresNew(inner)
      await expect(refusal).rejects.toMatchObject({ code: 'AMBIT_SQLITE_NEW_AFTER_WRITE' })
      throw new Failure()
    })
    await expect(outcome).rejects.toThrow(Failure)
    expect(inner).not.toHaveBeenCalled()
    expect(await seen()).toEqual([])
    await app.close()
  })

  it('PS-W10 where the outer has only read, both are transactions of their own on the one connection', async () => {
    const app = await bootstrap({
      database: { url: 'sqlite::memory:', schema: 'create' },
      ...NOTES,
      logger: silentLogger,
    })
    const outcome = transactional({}, async () => {
      expect(await seen()).toEqual([])
      const outer = currentTransaction()?.id
      const inner = await app.get(Boundaries).requiresNew(async () => (await write('inner'), currentTransaction()?.id))
      expect(inner).not.toBe(outer)
      await write('outer')
      throw new Failure()
    })
    await expect(outcome).rejects.toThrow(Failure)
    expect(await seen()).toEqual(['inner'])
    await app.close()
  })
})

describe('weaknesses of other frameworks, settings of PostgreSQL', () => {
  const [postgres = ENGINES[0]] = ENGINES.filter(({ oneWriter }) => !oneWriter)
  if (postgres === undefined) throw new Error('there is no PostgreSQL to test on')
  const db = engineDatabase(postgres)

  it('PS-W23 pool size, waiting times, TLS and the driver’s own options can be set, and reach the driver', async () => {
    const app = await bootstrap({
      database: {
        url: db.url,
        poolSize: 3,
        connectTimeoutMs: 1_234,
        idleTimeoutMs: 2_345,
        typeorm: { extra: { maxUses: 50 } },
      },
      logger: silentLogger,
    })
    const dataSource = app.get(dataSourceToken('default'))
    await dataSource.query('SELECT 1')
    expect(poolOf(dataSource).options).toMatchObject({
      max: 3,
      connectionTimeoutMillis: 1_234,
      idleTimeoutMillis: 2_345,
      maxUses: 50,
    })
    await app.close()
  })

  it('PS-W23 TLS is asked for where it is set: a server without it is refused', async () => {
    const app = await bootstrap({ database: { url: db.url, typeorm: { ssl: true } }, logger: silentLogger })
    const outcome = app.get(dataSourceToken('default')).query('SELECT 1')
    await expect(outcome).rejects.toMatchObject({
      code: 'AMBIT_DATA_SOURCE_UNREACHABLE',
      message: expect.stringMatching(/SSL/),
    })
    await app.close()
  })
})

@Repository(Note)
class DerivedNotes extends CrudRepository<Note, string> {
  @Query()
  declare findByKInOrderByKAsc: (keys: readonly string[]) => Promise<Note[]>

  @Query()
  declare countByKNot: (k: string) => Promise<number>

  @Query()
  declare existsByK: (k: string) => Promise<boolean>

  @Query()
  declare deleteByK: (k: string) => Promise<number>
}

describe.each(ENGINES)('weaknesses of other frameworks, what is only in the documentation, on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ ...NOTES, components: [...NOTES.components, DerivedNotes] }))

  it('PS-W20 queries derived from the names of methods exist: findBy, countBy, existsBy, deleteBy', async () => {
    const notes = running.app.get(DerivedNotes)
    await notes.saveAll([{ k: 'a' }, { k: 'b' }, { k: 'c' }])
    expect(await notes.findByKInOrderByKAsc(['c', 'a', 'x'])).toEqual([{ k: 'a' }, { k: 'c' }])
    expect(await notes.countByKNot('a')).toBe(2)
    expect([await notes.existsByK('a'), await notes.existsByK('x')]).toEqual([true, false])
    expect([await notes.deleteByK('a'), await notes.deleteByK('a')]).toEqual([1, 0])
  })

  it('PS-W20 so does a base with create, read, update and delete', async () => {
    const notes = running.app.get(NoteRepository)
    await notes.insert({ k: 'a' })
    await notes.save({ k: 'b' })
    expect([await notes.count(), await notes.findById('a'), await notes.findById('x')]).toEqual([2, { k: 'a' }, null])
    await notes.deleteById('a')
    expect(await notes.findAll()).toEqual([{ k: 'b' }])
  })
})

@Component()
abstract class Base {}

@Service()
class First extends Base {}

@Service()
class Second extends Base {}

class Unmarked extends First {}

describe('weaknesses of other frameworks, a base class as a token', () => {
  const start = (components: (new () => object)[]) => bootstrap({ components, logger: silentLogger })

  it.each([[[First, Second]], [[Second, First]]])(
    'PS-W24 a base with two components is ambiguous, whatever their order: %p',
    async components => {
      const app = await start(components)
      expect(() => app.get(Base)).toThrow(
        expect.objectContaining({
          code: 'AMBIT_DI_AMBIGUOUS',
          message: expect.stringMatching(/First[^]*Second|Second[^]*First/),
        }),
      )
      expect(app.getAll(Base)).toHaveLength(2)
      await app.close()
    },
  )

  it('PS-W24 a subclass does not inherit the mark of its base', async () => {
    await expect(start([First, Unmarked])).rejects.toThrow(/Unmarked/)
  })
})
