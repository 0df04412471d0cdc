import { Page, PageRequest, Sort, transactional } from 'ambit'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'
import { LIBRARY, Loan, LoanRepository, Publisher, PublisherRepository, Volume, VolumeRepository } from './library'

const NOWHERE = '0b9e3f0e-6b0f-4b0a-9d7a-0c5a1f2b3c4d'

describe.each(ENGINES)('CrudRepository on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => LIBRARY)
  const publishers = (): PublisherRepository => running.app.get(PublisherRepository)
  const volumes = (): VolumeRepository => running.app.get(VolumeRepository)
  const loans = (): LoanRepository => running.app.get(LoanRepository)
  const titles = (rows: readonly Volume[]): string[] => rows.map(({ title }) => title).sort()

  it('R1, O1: save inserts what is new, and answers the entity with its generated values', async () => {
    const saved = await volumes().save({ title: 'Emma' })
    expect(saved).toBeInstanceOf(Volume)
    expect(saved).toMatchObject({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), title: 'Emma', copies: 1, version: 1 })
    expect(db.log.commands).toEqual([
      'BEGIN',
      'INSERT volume',
      ...(engine.oneWriter ? ['SELECT volume'] : []),
      'COMMIT',
    ])
    expect(await db.query('SELECT title, copies FROM volume')).toEqual([{ title: 'Emma', copies: 1 }])
  })

  it('R1, O1: save updates what is stored, only where it differs, and cascades', async () => {
    const emma = await volumes().save({ title: 'Emma' })
    emma.title = 'Persuasion'
    expect(await volumes().save(emma)).toBe(emma)
    expect(emma.version).toBe(2)
    db.log.clear()
    await volumes().save(emma)
    expect(db.log.commands.filter(command => /UPDATE|INSERT/.test(command))).toEqual([])
    const house = await publishers().save({ name: 'Egerton', volumes: [{ title: 'A' }, { title: 'B' }] })
    expect(house.volumes.map(({ id }) => id)).toEqual([expect.any(String), expect.any(String)])
    expect(await volumes().count()).toBe(3)
  })

  it('saveAll saves all in one transaction, or none; an empty list sends nothing', async () => {
    expect(titles(await volumes().saveAll([{ title: 'a' }, { title: 'b' }]))).toEqual(['a', 'b'])
    expect(db.log.commands.filter(command => command === 'BEGIN')).toHaveLength(1)
    db.log.clear()
    expect(await volumes().saveAll([])).toEqual([])
    expect(db.log.commands).toEqual([])
    await publishers().insert({ name: 'taken' })
    await expect(publishers().saveAll([{ name: 'free' }, { name: 'taken' }])).rejects.toThrow()
    expect(await publishers().count()).toBe(1)
  })

  it('insert does not look first, and fills generated values in', async () => {
    const made = await publishers().insert({ name: 'Murray' })
    expect(made).toBeInstanceOf(Publisher)
    expect(made).toMatchObject({ id: expect.any(Number), name: 'Murray' })
    expect(db.log.commands[1]).toBe('INSERT publisher')
    expect(db.log.commands.filter(command => command === 'SELECT publisher')).toEqual([])
  })

  it('R1, O1: findById and getById find one row, null or an error without it', async () => {
    const { id } = await volumes().save({ title: 'Emma' })
    expect(await volumes().findById(id)).toMatchObject({ title: 'Emma' })
    expect(await volumes().getById(id)).toMatchObject({ title: 'Emma' })
    expect(await volumes().findById(NOWHERE)).toBeNull()
    await expect(volumes().getById(NOWHERE)).rejects.toMatchObject({
      code: 'AMBIT_REPOSITORY_NOT_FOUND',
      entity: 'Volume',
      message: expect.stringContaining('VolumeRepository.getById'),
    })
  })

  it('R3, O1: findAll answers all rows, sorted or in pages', async () => {
    await volumes().saveAll([{ title: 'b' }, { title: 'a' }, { title: 'c' }])
    expect(titles(await volumes().findAll())).toEqual(['a', 'b', 'c'])
    expect((await volumes().findAll(Sort.by<Volume>('title').desc())).map(({ title }) => title)).toEqual([
      'c',
      'b',
      'a',
    ])
    const page = await volumes().findAll(PageRequest.of<Volume>(0, 2, 'title'))
    expect(page).toBeInstanceOf(Page)
    expect([titles(page.content), page.total]).toEqual([['a', 'b'], 3])
  })

  it('findAllById leaves missing rows out, takes any number, and sends nothing for none', async () => {
    const saved = await volumes().saveAll([{ title: 'a' }, { title: 'b' }, { title: 'c' }])
    const ids = saved.map(({ id }) => id)
    expect(titles(await volumes().findAllById([...ids.slice(0, 2), NOWHERE]))).toEqual(['a', 'b'])
    expect(titles(await volumes().findAllById([ids[0] ?? '', ids[0] ?? '']))).toEqual(['a'])
    const many = Array.from({ length: 5_000 }, (_, index) => `${NOWHERE.slice(0, -4)}${1_000 + index}`)
    expect(titles(await volumes().findAllById([...many, ...ids]))).toEqual(['a', 'b', 'c'])
    db.log.clear()
    expect(await volumes().findAllById([])).toEqual([])
    expect(db.log.commands).toEqual([])
  })

  it('S6, R3: exists and count load no row', async () => {
    const { id } = await volumes().save({ title: 'Emma' })
    db.log.clear()
    expect([await volumes().exists(id), await volumes().exists(NOWHERE)]).toEqual([true, false])
    for (const text of db.log.texts) expect(text).toMatch(/^SELECT 1 [^,]* LIMIT \d+$/)
    expect([await volumes().count(), await loans().count()]).toEqual([1, 0])
  })

  it('update sets some properties in one statement, and says whether there was a row', async () => {
    const { id } = await volumes().save({ title: 'Emma', note: 'old' })
    db.log.clear()
    expect(await volumes().update(id, { note: null, copies: 2 })).toBe(true)
    expect(db.log.commands).toEqual(['BEGIN', 'UPDATE volume', 'COMMIT'])
    expect(await volumes().getById(id)).toMatchObject({ title: 'Emma', note: null, copies: 2 })
    expect(await volumes().update(id, { title: 'Sense', note: undefined as never })).toBe(true)
    expect(await volumes().update(NOWHERE, { title: 'x' })).toBe(false)
  })

  it('upsert inserts, or updates the row with the same values, in one statement', async () => {
    await loans().upsert({ reader: 1, volume: 'v', day: 'monday' }, ['reader', 'volume'])
    await loans().upsert({ reader: 1, volume: 'v', day: 'tuesday' }, ['reader', 'volume'])
    expect(await loans().findAll()).toEqual([{ reader: 1, volume: 'v', day: 'tuesday' }])
    expect(db.log.commands.filter(command => command === 'INSERT loan')).toHaveLength(2)
  })

  it('R2, O1: delete removes an entity, and nothing where there is no such row', async () => {
    const emma = await volumes().save({ title: 'Emma' })
    await volumes().delete(emma)
    expect(await volumes().count()).toBe(0)
    await expect(volumes().delete(Object.assign(new Volume(), { id: NOWHERE }))).resolves.toBeUndefined()
  })

  it('deleteById removes by identifier in one statement, and says whether there was a row', async () => {
    const { id } = await volumes().save({ title: 'Emma' })
    db.log.clear()
    expect(await volumes().deleteById(id)).toBe(true)
    expect(db.log.commands).toEqual(['BEGIN', 'DELETE volume', 'COMMIT'])
    expect(await volumes().deleteById(id)).toBe(false)
  })

  it('R1 a plain object that is saved stays as it was; an entity gets its key, and is updated the next time', async () => {
    const given = { title: 'Emma' }
    const saved = await volumes().save(given)
    expect([given, saved === given]).toEqual([{ title: 'Emma' }, false])
    const own = Object.assign(new Volume(), given)
    expect(await volumes().save(own)).toBe(own)
    expect(own.id).toEqual(expect.any(String))
    await volumes().save(Object.assign(own, { title: 'Persuasion' }))
    expect(titles(await volumes().findAll())).toEqual(['Emma', 'Persuasion'])
  })

  it('R6 deleteAll removes those entities, and sends nothing for none', async () => {
    const saved = await volumes().saveAll([{ title: 'a' }, { title: 'b' }, { title: 'c' }])
    await volumes().deleteAll(saved.slice(0, 2))
    expect(titles(await volumes().findAll())).toEqual(['c'])
    db.log.clear()
    await volumes().deleteAll([])
    expect(db.log.commands).toEqual([])
  })

  it('composite keys are objects: deleted many at once, too', async () => {
    const id = { reader: 1, volume: 'v' }
    await loans().insert({ ...id, day: 'monday' })
    await loans().insert({ reader: 2, volume: 'v', day: 'sunday' })
    expect(await loans().findById(id)).toEqual({ ...id, day: 'monday' })
    expect(await loans().getById(id)).toBeInstanceOf(Loan)
    expect(await loans().exists({ reader: 3, volume: 'v' })).toBe(false)
    expect(await loans().findAllById([id, { reader: 9, volume: 'v' }])).toHaveLength(1)
    expect(await loans().update(id, { day: 'friday' })).toBe(true)
    expect(await loans().deleteById(id)).toBe(true)
    expect(await loans().findAll()).toEqual([{ reader: 2, volume: 'v', day: 'sunday' }])
    await loans().insert({ reader: 2, volume: 'w', day: 'monday' })
    await loans().deleteAll(await loans().findAll())
    expect(await loans().count()).toBe(0)
  })

  it('R8, O4: reads are read-only transactions of their own, writes read-write ones; all join', async () => {
    await volumes().findMany(undefined, { relations: ['publisher'] })
    const [read] = db.log.texts
    db.log.clear()
    await publishers().insert({ name: 'x' })
    const reading = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'
    if (!engine.oneWriter) expect([read, db.log.texts[0]]).toEqual([reading, 'BEGIN'])
    db.log.clear()
    await transactional({}, async () => {
      await volumes().findAll()
      await publishers().insert({ name: 'y' })
      await publishers().count()
    })
    expect(db.log.commands.filter(command => command === 'BEGIN' || command === 'COMMIT')).toEqual(['BEGIN', 'COMMIT'])
  })

  it('orm and manager are TypeORM, and ambient', async () => {
    await transactional({}, async () => {
      await volumes().orm.insert({ title: 'orm' })
      await volumes().manager.insert(Publisher, { name: 'manager' })
      expect(await db.query('SELECT title FROM volume')).toEqual([])
    })
    expect(await volumes().orm.createQueryBuilder('v').where('v.title = :title', { title: 'orm' }).getCount()).toBe(1)
    expect(db.log.commands.filter(command => command === 'BEGIN')).toHaveLength(1)
  })
})
