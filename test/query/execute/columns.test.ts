import { CrudRepository, Query, Repository } from 'ambit'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'

type Level = 'low' | 'high'

interface Settings {
  readonly theme: string
  readonly size?: number
}

/** Stored in cents, used in euros. */
const euros = {
  to: (value: unknown) => (typeof value === 'number' ? Math.round(value * 100) : value),
  from: (value: unknown) => (typeof value === 'number' ? value / 100 : value),
}

@Entity('sample')
class Sample {
  @PrimaryGeneratedColumn('uuid')
  id!: string

  @Column()
  label!: string

  @Column({ type: 'simple-enum', enum: ['low', 'high'], default: 'low' })
  level!: Level

  @Column({ type: 'simple-json', nullable: true })
  settings!: Settings | null

  @Column({ type: 'simple-array', nullable: true })
  tags!: string[] | null

  @Column({ type: 'bigint', nullable: true })
  big!: string | number | null

  @Column({ type: 'integer', nullable: true, transformer: euros })
  price!: number | null

  @Column({ nullable: true })
  madeAt!: Date

  @Column({ type: 'date', nullable: true })
  day!: string | null

  @Column({ default: false })
  done!: boolean

  @Column({ type: 'decimal', precision: 12, scale: 2, nullable: true })
  amount!: string | number | null
}

type Find<A extends unknown[]> = (...args: A) => Promise<Sample[]>

@Repository(Sample)
class SampleRepository extends CrudRepository<Sample, string> {
  @Query({ where: 'level = :level order by label' })
  declare ofLevel: Find<[level: Level]>
  @Query({ where: 'level in :levels order by label' })
  declare ofLevels: Find<[levels: readonly Level[]]>
  @Query({ where: "level = 'high' and done = true order by label" })
  declare important: Find<[]>
  @Query({ where: 'settings = :settings order by label' })
  declare withSettings: Find<[settings: Settings | { settings: Settings }]>
  @Query({ where: 'settings in :list order by label' })
  declare withOneOfSettings: Find<[list: readonly Settings[]]>
  @Query({ where: 'tags = :tags order by label' })
  declare tagged: Find<[tags: readonly string[]]>
  @Query({ where: 'big = :big order by label' })
  declare bigIs: Find<[big: string | number | bigint]>
  @Query({ where: 'big > 9007199254740993 order by label' })
  declare beyond: Find<[]>
  @Query({ where: 'big in :bigs order by label' })
  declare bigIn: Find<[bigs: readonly (string | number)[]]>
  @Query({ where: 'price = :price order by label' })
  declare priced: Find<[price: number]>
  @Query({ where: 'price between :from and :to order by label', args: ['from', 'to'] })
  declare pricedBetween: Find<[from: number, to: number]>
  @Query({ where: 'price in :prices order by label' })
  declare pricedIn: Find<[prices: readonly number[]]>
  @Query({ where: 'price > 1.5 order by label' })
  declare expensive: Find<[]>
  @Query({ where: 'madeAt = :at order by label' })
  declare madeAtExactly: Find<[at: Date]>
  @Query({ where: 'madeAt in :times order by label' })
  declare madeIn: Find<[times: readonly Date[]]>
  @Query({ where: 'madeAt < :at order by label' })
  declare madeBefore: Find<[at: Date]>
  @Query({ where: 'day = :day order by label' })
  declare ofDay: Find<[day: string]>
  @Query({ where: 'day >= :day order by label' })
  declare fromDay: Find<[day: string]>
  @Query({ where: 'done in :states order by label' })
  declare inStates: Find<[states: readonly boolean[]]>
  @Query({ where: 'amount >= :amount order by label' })
  declare amountFrom: Find<[amount: number]>
  @Query({ where: 'id in :ids order by label' })
  declare withIds: Find<[ids: readonly string[]]>
  @Query()
  declare findByLevelAndDoneTrue: Find<[level: Level]>
  @Query()
  declare findByPriceIn: Find<[prices: readonly number[]]>
}

describe.each(ENGINES)('values bound as their column stores them on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Sample], components: [SampleRepository] }))
  const samples = (): SampleRepository => running.app.get(SampleRepository)
  const given = async (...rows: Partial<Sample>[]): Promise<Sample[]> => samples().saveAll(rows)
  const labels = async (rows: Promise<Sample[]>): Promise<string> => (await rows).map(({ label }) => label).join('')

  it('enums', async () => {
    await given({ label: 'a', level: 'high' }, { label: 'b' }, { label: 'c', level: 'high', done: true })
    expect(await labels(samples().ofLevel('high'))).toBe('ac')
    expect(await labels(samples().ofLevels(['low']))).toBe('b')
    expect(await labels(samples().ofLevels(['low', 'high']))).toBe('abc')
    expect(await labels(samples().important())).toBe('c')
    expect(await labels(samples().findByLevelAndDoneTrue('high'))).toBe('c')
  })

  it('JSON: the object itself is the value, by position or in a params object', async () => {
    await given(
      { label: 'a', settings: { theme: 'dark' } },
      { label: 'b', settings: { theme: 'light', size: 2 } },
      { label: 'c' },
    )
    expect(await labels(samples().withSettings({ theme: 'dark' }))).toBe('a')
    expect(await labels(samples().withSettings({ settings: { theme: 'light', size: 2 } }))).toBe('b')
    expect(await labels(samples().withOneOfSettings([{ theme: 'dark' }, { theme: 'light', size: 2 }]))).toBe('ab')
    const [found] = await samples().withSettings({ theme: 'dark' })
    expect(found?.settings).toEqual({ theme: 'dark' })
  })

  it('lists in a column', async () => {
    await given({ label: 'a', tags: ['x', 'y'] }, { label: 'b', tags: ['x'] })
    expect(await labels(samples().tagged(['x', 'y']))).toBe('a')
    expect((await samples().tagged(['x']))[0]?.tags).toEqual(['x'])
  })

  it('large integers', async () => {
    await given({ label: 'a', big: '9007199254740992' }, { label: 'b', big: 12 })
    expect(await labels(samples().bigIs('9007199254740992'))).toBe('a')
    expect(await labels(samples().bigIs(12))).toBe('b')
    expect(await labels(samples().bigIn(['12', 13]))).toBe('b')
    expect(await labels(samples().bigIn([12]))).toBe('b')
  })

  it('large integers beyond what a JavaScript number holds', async () => {
    await db.query(`INSERT INTO sample (id, label, big, level) VALUES ('${UUID}', 'a', 9007199254740995, 'low')`)
    expect(await labels(samples().bigIs('9007199254740995'))).toBe('a')
    expect(await labels(samples().bigIs(9007199254740995n))).toBe('a')
    expect(await labels(samples().bigIs('9007199254740994'))).toBe('')
    expect(await labels(samples().beyond())).toBe('a')
    expect(await labels(samples().bigIn(['9007199254740995']))).toBe('a')
  })

  it('what a transformer stores', async () => {
    await given({ label: 'a', price: 1.25 }, { label: 'b', price: 2 }, { label: 'c', price: null })
    expect(await db.query('SELECT price FROM sample WHERE price IS NOT NULL ORDER BY price')).toEqual([
      { price: 125 },
      { price: 200 },
    ])
    expect(await labels(samples().priced(1.25))).toBe('a')
    expect(await labels(samples().pricedBetween(1, 1.5))).toBe('a')
    expect(await labels(samples().pricedIn([2, 3]))).toBe('b')
    expect(await labels(samples().findByPriceIn([1.25, 2]))).toBe('ab')
    expect(await labels(samples().expensive())).toBe('b')
    expect((await samples().priced(2))[0]?.price).toBe(2)
  })

  it('instants and days', async () => {
    const noon = new Date('2026-03-01T12:00:00.123Z')
    await given(
      { label: 'a', madeAt: noon, day: '2026-03-01' },
      { label: 'b', madeAt: new Date(noon.getTime() + 1), day: '2026-03-02' },
    )
    expect(await labels(samples().madeAtExactly(noon))).toBe('a')
    expect(await labels(samples().madeIn([noon]))).toBe('a')
    expect(await labels(samples().madeBefore(new Date(noon.getTime() + 1)))).toBe('a')
    expect(await labels(samples().ofDay('2026-03-02'))).toBe('b')
    expect(await labels(samples().fromDay('2026-03-01'))).toBe('ab')
    expect((await samples().madeAtExactly(noon))[0]).toMatchObject({ madeAt: noon, day: '2026-03-01' })
  })

  it('booleans, decimals and identifiers in lists', async () => {
    const [a, b] = await given({ label: 'a', done: true, amount: 10.5 }, { label: 'b', amount: 9 })
    expect(await labels(samples().inStates([true]))).toBe('a')
    expect(await labels(samples().inStates([true, false]))).toBe('ab')
    expect(await labels(samples().inStates([]))).toBe('')
    expect(await labels(samples().amountFrom(10))).toBe('a')
    expect(await labels(samples().withIds([a?.id ?? '', b?.id ?? '']))).toBe('ab')
    expect(await labels(samples().findAllById([b?.id ?? '', UUID]))).toBe('b')
  })
})

const UUID = '0b9e3f0e-6b0f-4b0a-9d7a-0c5a1f2b3c4d'
