import {
  bootstrap,
  CrudRepository,
  type Page,
  PageRequest,
  Query,
  Repository,
  type Slice,
  Sort,
  transactional,
} from 'ambit'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication, silentLogger } from '../support/engines'

@Entity('gadget')
class Gadget {
  @PrimaryGeneratedColumn()
  id!: number

  // Property and column differ, and the column is a word of SQL.
  @Column({ name: 'order', type: 'varchar' })
  label!: string

  @Column({ type: 'varchar', nullable: true })
  color!: string | null

  @Column({ default: true })
  active!: boolean

  @Column({ type: 'simple-json' })
  tags!: string[]
}

@Repository(Gadget)
class GadgetRepository extends CrudRepository<Gadget> {
  @Query({ where: 'label = :label', result: 'one' })
  declare findByLabel: (label: string) => Promise<Gadget | null>

  @Query({ where: 'label in :labels order by label' })
  declare findByLabels: (labels: readonly string[]) => Promise<Gadget[]>

  @Query({ where: 'id not in :ids order by id' })
  declare findOthers: (ids: readonly number[]) => Promise<Gadget[]>

  @Query.sql('UPDATE gadget SET active = :active WHERE color = :color', { result: 'affected' })
  declare setActive: (params: { active: boolean; color: string }) => Promise<number>

  @Query.sql('SELECT "order" AS label FROM gadget ORDER BY "order" DESC;', { result: 'page' })
  declare labels: (page: PageRequest) => Promise<Page<{ label: string }>>

  @Query.sql('SELECT "order" AS label FROM gadget ORDER BY id LIMIT 3 -- the first three', { result: 'page' })
  declare firstThree: (page: PageRequest) => Promise<Page<{ label: string }>>

  @Query({ where: 'active = true', result: 'page' })
  declare findActive: (page: PageRequest) => Promise<Page<Gadget>>

  @Query({ where: 'active = true', result: 'slice' })
  declare sliceActive: (page: PageRequest) => Promise<Slice<Gadget>>
}

const OPTIONS = { entities: [Gadget], components: [GadgetRepository] }

describe.each(ENGINES)('weaknesses of other frameworks, queries on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => OPTIONS)
  const gadgets = (): GadgetRepository => running.app.get(GadgetRepository)
  const given = async (...rows: Partial<Gadget>[]): Promise<void> => {
    await gadgets().saveAll(rows.map(row => ({ color: null, active: true, tags: [], ...row })))
    db.log.clear()
  }
  const labels = (rows: readonly { label: string }[]): string[] => rows.map(({ label }) => label)

  it('PS-W15 a query answers entities: properties, booleans and JSON as they were stored', async () => {
    await given({ label: 'lamp', color: 'red', tags: ['a', "b'c"], active: false })
    const lamp = await gadgets().findByLabel('lamp')
    expect(lamp).toBeInstanceOf(Gadget)
    expect({ ...lamp }).toEqual({
      id: expect.any(Number),
      label: 'lamp',
      color: 'red',
      active: false,
      tags: ['a', "b'c"],
    })
  })

  it('PS-W16 a query that writes answers how many rows it wrote, in a read-write transaction', async () => {
    await given({ label: 'a', color: 'red' }, { label: 'b', color: 'red' }, { label: 'c' })
    expect(await gadgets().setActive({ active: false, color: 'red' })).toBe(2)
    expect(await gadgets().setActive({ active: false, color: 'blue' })).toBe(0)
    expect(labels(await gadgets().findAll(Sort.by('label')))).toEqual(['a', 'b', 'c'])
    expect(labels((await gadgets().findActive(PageRequest.of(0, 9))).content)).toEqual(['c'])
  })

  it('PS-W17 lists of any length bind as one parameter', async () => {
    await given({ label: 'a' }, { label: 'b' }, { label: 'c' })
    expect(labels(await gadgets().findByLabels([]))).toEqual([])
    expect(labels(await gadgets().findByLabels(['c', 'a', 'nothing']))).toEqual(['a', 'c'])
    const many = Array.from({ length: 10_000 }, (_, index) => `label ${index}`)
    expect(labels(await gadgets().findByLabels([...many, 'b']))).toEqual(['b'])
    expect(labels(await gadgets().findOthers([]))).toEqual(['a', 'b', 'c'])
    expect(new Set(db.log.texts.filter(text => /"order" (IN|= ANY)/.test(text))).size).toBe(1)
  })

  it('PS-W17 a trailing semicolon, an order and a comment do not break a page, and its count leaves the range out', async () => {
    await given(...['a', 'b', 'c', 'd'].map(label => ({ label })))
    const page = await gadgets().labels(PageRequest.of(1, 2))
    expect({ ...page, content: labels(page.content) }).toEqual({ content: ['b', 'a'], total: 4, page: 1, size: 2 })
  })

  it('PS-W17 an own LIMIT of the text is not sent twice', async () => {
    await given(...['a', 'b', 'c', 'd'].map(label => ({ label })))
    const page = await gadgets().firstThree(PageRequest.of(1, 2))
    expect({ ...page, content: labels(page.content) }).toEqual({ content: ['c'], total: 3, page: 1, size: 2 })
  })

  it('PS-W17 a slice knows whether more follows without counting', async () => {
    await given(...['a', 'b', 'c'].map(label => ({ label })))
    expect(await gadgets().sliceActive(PageRequest.of(0, 2, 'label'))).toMatchObject({ hasNext: true })
    expect(await gadgets().sliceActive(PageRequest.of(1, 2, 'label'))).toMatchObject({ hasNext: false })
    expect(db.log.commands).not.toContain('COUNT gadget')
  })

  it('PS-W17 more than one row for one is an error, and only two are read', async () => {
    await given({ label: 'a' }, { label: 'a' }, { label: 'a' })
    await expect(gadgets().findByLabel('a')).rejects.toMatchObject({
      code: 'AMBIT_QUERY_RESULT_SIZE',
      expected: 1,
      actual: 2,
    })
    expect(db.log.texts.find(text => text.startsWith('SELECT'))).toMatch(/LIMIT 2\b/)
  })

  it('PS-W18 a sort names properties, and columns are quoted', async () => {
    await given({ label: 'b' }, { label: 'a' }, { label: 'C' })
    expect(labels(await gadgets().findAll(Sort.by('label').ignoreCase()))).toEqual(['a', 'b', 'C'])
    expect(labels(await gadgets().findAll(Sort.by('label')))).toEqual(['C', 'a', 'b'])
    await expect(gadgets().findAll(Sort.by('order'))).rejects.toMatchObject({ code: 'AMBIT_QUERY_UNKNOWN_PROPERTY' })
  })

  it('PS-W18 missing values go where they are told', async () => {
    await given({ label: 'a', color: 'red' }, { label: 'b' }, { label: 'c', color: 'blue' })
    expect(labels(await gadgets().findAll(Sort.by('color').nullsFirst()))).toEqual(['b', 'c', 'a'])
    expect(labels(await gadgets().findAll(Sort.by('color').nullsLast()))).toEqual(['c', 'a', 'b'])
    expect(labels(await gadgets().findAll(Sort.by('color').desc().nullsLast()))).toEqual(['a', 'c', 'b'])
  })

  it('PS-W18 rows that compare equal do not change places between pages', async () => {
    await given(...Array.from({ length: 30 }, (_, index) => ({ label: `g${index + 10}`, color: 'same' })))
    const found: string[] = []
    for (let page = 0; page < 10; page++) {
      found.push(...labels((await gadgets().findActive(PageRequest.of(page, 3, 'color'))).content))
    }
    expect(new Set(found).size).toBe(30)
  })

  it('PS-W19 a negative page, an empty one and an endless one cannot be asked for', () => {
    const code = 'AMBIT_QUERY_INVALID_PAGE'
    for (const [page, size] of [
      [-1, 10],
      [0, 0],
      [0, -5],
      [0, 1_001],
      [0.5, 10],
      [0, NaN],
    ] as const) {
      expect(() => PageRequest.of(page, size)).toThrow(expect.objectContaining({ code }))
    }
    expect(PageRequest.of(0, 5_000, undefined, { maxSize: 5_000 }).size).toBe(5_000)
  })

  it('PS-W25 wrong queries are found at the start, all of them in one error, and nothing is sent', async () => {
    @Repository(Gadget)
    class Wrong extends CrudRepository<Gadget> {
      @Query.unchecked({ where: 'colour = :colour' })
      declare misspelt: (colour: string) => Promise<Gadget[]>

      @Query.unchecked()
      declare findByLable: (label: string) => Promise<Gadget[]>

      @Query.unchecked({ where: 'label = :label', args: ['name'] })
      declare unbound: (name: string) => Promise<Gadget[]>

      @Query.sql('SELECT 1; SELECT 2')
      declare two: () => Promise<unknown[]>

      @Query({ where: 'label = ' })
      declare cut: () => Promise<unknown[]>
    }
    const start = bootstrap({ database: db.settings, entities: [Gadget], components: [Wrong], logger: silentLogger })
    const error = await start.then(
      Promise.reject,
      (caught: unknown) => caught as Error & { code: string; problems: { code: string }[] },
    )
    expect(error.code).toBe('AMBIT_BOOTSTRAP_INVALID')
    expect(error.problems.map(({ code }) => code)).toEqual([
      'AMBIT_QUERY_SYNTAX',
      'AMBIT_QUERY_UNKNOWN_PROPERTY',
      'AMBIT_QUERY_UNKNOWN_PROPERTY',
      'AMBIT_QUERY_SQL_STATEMENTS',
      'AMBIT_QUERY_PARAMETER_UNKNOWN',
    ])
    for (const member of ['misspelt', 'findByLable', 'unbound', 'two'])
      expect(error.message).toContain(`Wrong.${member}`)
    expect(db.log.commands).toEqual([])
  })

  it('PS-W15 the same inside a transaction', async () => {
    await transactional({}, async () => {
      await gadgets().save({ label: 'lamp', color: null, active: true, tags: ['x'] })
      expect(await gadgets().findByLabel('lamp')).toMatchObject({ tags: ['x'], active: true, color: null })
    })
  })
})
