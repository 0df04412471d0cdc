import { entityManager, Service, Transactional, transactional } from 'ambit'
import { ENGINES } from '../../support/engines'
import { committed, Failure, Note, NoteRepository, seen, write } from '../notes'
import { control, failureOf, gate, repeated, stageOn } from '../stage'

@Service()
class Users {
  constructor(private readonly notes: NoteRepository) {}

  @Transactional({ isolation: 'SERIALIZABLE' })
  async createSerializable(k: string, meanwhile: () => Promise<void>): Promise<string | undefined> {
    await this.notes.insert({ k })
    await meanwhile()
    return (await this.notes.findById(k))?.k
  }
}

describe.each(ENGINES)('the adapters of nestjs-cls, on $name', engine => {
  const stage = stageOn(engine, { components: [Users] })
  const { db } = stage
  /** What a connection that is in no transaction finds. */
  const outside = async (k: string): Promise<Note | null> =>
    transactional({ propagation: 'NOT_SUPPORTED' }, () => stage.dataSource.getRepository(Note).findOneBy({ k }))

  it('NC-35 TypeORM without a transaction stores at once', async () => {
    await stage.dataSource.getRepository(Note).save({ k: 'a' })
    expect(await committed(db)).toEqual(['a'])
  })

  repeated(stage, 'NC-35 TypeORM: a nested part that fails is rolled back alone', async () => {
    const failure = new Failure()
    await stage.in.required(async () => {
      await entityManager().save(Note, { k: 'outer' })
      const nested = stage.in.nested(async () => {
        await entityManager().save(Note, { k: 'nested' })
        throw failure
      })
      await expect(nested).rejects.toBe(failure)
    })
    expect(await committed(db)).toEqual(['outer'])
    expect(control(stage)).toEqual(['c1 BEGIN', 'c1 SAVEPOINT', 'c1 ROLLBACK TO', 'c1 RELEASE', 'c1 COMMIT'])
  })

  it('NC-35 TypeORM: by default what was stored inside is found inside, and afterwards', async () => {
    const found = await stage.in.required(async () => {
      await stage.dataSource.getRepository(Note).save({ k: 'a' })
      return stage.dataSource.getRepository(Note).findOneBy({ k: 'a' })
    })
    expect(found).toEqual({ k: 'a' })
    expect(await committed(db)).toEqual(['a'])
  })

  it('NC-35 TypeORM SERIALIZABLE by decorator: a read beside it finds nothing meanwhile', async () => {
    const told: unknown[] = []
    const meanwhile = async (): Promise<void> => void told.push(await outside('a'), await committed(db))
    expect(await stage.app.get(Users).createSerializable('a', meanwhile)).toBe('a')
    expect(told).toEqual([null, []])
    expect(await committed(db)).toEqual(['a'])
    if (!engine.oneWriter) expect(db.log.texts[0]).toBe('BEGIN ISOLATION LEVEL SERIALIZABLE')
  })

  it('NC-35 TypeORM SERIALIZABLE by function: the same', async () => {
    await transactional({ isolation: 'SERIALIZABLE' }, async () => {
      await write('a')
      expect(await outside('a')).toBeNull()
      expect(await seen()).toEqual(['a'])
    })
    expect(await committed(db)).toEqual(['a'])
  })

  repeated(stage, 'NC-35 TypeORM: what fails is rolled back', async () => {
    const failure = new Failure()
    const outcome = stage.in.required(async () => {
      await stage.dataSource.getRepository(Note).save({ k: 'a' })
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await committed(db)).toEqual([])
  })

  repeated(stage, 'NC-36 read-only by decorator: a write is refused, and all is rolled back', async () => {
    const outcome = stage.in.reading(async () => {
      await seen()
      await stage.notes.insert({ k: 'a' })
    })
    await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_DATABASE_READ_ONLY' })
    expect(control(stage)).toEqual(['c1 BEGIN', 'c1 ROLLBACK'])
    expect(await committed(db)).toEqual([])
  })

  repeated(stage, 'NC-36 read-only by function: the same', async () => {
    const outcome = transactional({ readOnly: true }, () => stage.notes.insert({ k: 'a' }))
    await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_DATABASE_READ_ONLY' })
    expect(await committed(db)).toEqual([])
  })

  /** Counts the rows and stores that number: two of them can only have run one behind the other. */
  const countAndStore = async (name: string, both: () => Promise<void>, retry: number): Promise<void> => {
    let attempt = 0
    await transactional({ isolation: 'SERIALIZABLE', retry }, async () => {
      const rows = await stage.notes.findAll()
      if ((attempt += 1) === 1) await both()
      await stage.notes.insert({ k: `${name} saw ${rows.length}` })
    })
  }

  /** Resolves for both callers when both have come. On SQLite the second one comes behind the first. */
  const meeting = (): (() => Promise<void>) => {
    const { opened, open } = gate()
    let here = 0
    return async () => {
      if ((here += 1) === 2 || engine.oneWriter) open()
      return opened
    }
  }

  repeated(stage, 'NC-36 an anomaly of two serializable transactions fails one of them', async () => {
    const both = meeting()
    const results = await Promise.allSettled([countAndStore('a', both, 0), countAndStore('b', both, 0)])
    const failed = results.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
    if (engine.oneWriter) {
      // One writer: they ran one behind the other, and there was no anomaly.
      expect(failed).toEqual([])
      expect(await committed(db)).toEqual(['a saw 0', 'b saw 1'])
      return
    }
    expect(failed).toHaveLength(1)
    expect(failed[0]?.reason).toMatchObject({ code: 'AMBIT_DATABASE_SERIALIZATION' })
    expect(await committed(db)).toHaveLength(1)
    expect(control(stage).filter(command => /COMMIT|ROLLBACK/.test(command))).toHaveLength(2)
  })

  repeated(stage, 'NC-36 with retry both are stored, as if one behind the other', async () => {
    const both = meeting()
    await Promise.all([countAndStore('a', both, 3), countAndStore('b', both, 3)])
    const rows = (await committed(db)).map(row => row.slice(2))
    expect(rows.toSorted()).toEqual(['saw 0', 'saw 1'])
  })

  it('NC-36 the error of the database names what happened, without a value', async () => {
    const error = await failureOf(stage.in.reading(() => stage.notes.insert({ k: 'a-secret-value' })))
    expect(JSON.stringify({ ...error })).not.toContain('a-secret-value')
    expect(error.message).not.toContain('a-secret-value')
  })
})
