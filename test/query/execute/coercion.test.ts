import { CrudRepository, QueryParser, Repository, type Specification, where } from 'ambit'
import { QueryValueError } from 'ambit/errors'
import { Column, Entity, ManyToOne, PrimaryGeneratedColumn, VersionColumn } from 'typeorm'
import { DynamicQueries } from '../../../src/query/execute/dynamic-queries'
import { Sort } from '../../../src/query/paging/sort'
import { bindingOf } from '../../../src/repository/binding'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'

const same = { to: (value: unknown) => value, from: (value: unknown) => value }

@Entity('shelf')
class Shelf {
  @PrimaryGeneratedColumn() id!: number
}

/** One column of each kind that both databases have. */
@Entity('every_kind')
class EveryKind {
  @PrimaryGeneratedColumn('uuid') id!: string
  @Column({ type: 'varchar', nullable: true }) text!: string | null
  @Column({ type: 'smallint', nullable: true }) small!: number | null
  @Column({ type: 'int', nullable: true }) whole!: number | null
  @Column({ nullable: true }) plain!: number
  @Column({ type: 'bigint', nullable: true }) big!: string | number | null
  @Column({ type: 'decimal', precision: 20, scale: 4, nullable: true }) exact!: string | number | null
  @Column({ type: 'real', nullable: true }) single!: number | null
  @Column({ type: 'double precision', nullable: true }) double!: number | null
  @Column({ type: 'boolean', nullable: true }) truth!: boolean | null
  @Column({ nullable: true }) moment!: Date
  @Column({ type: 'date', nullable: true }) day!: string | null
  @Column({ type: 'time', nullable: true }) clock!: string | null
  @Column({ type: 'simple-enum', enum: ['low', 'high'], nullable: true }) level!: 'low' | 'high' | null
  @Column({ type: 'simple-json', nullable: true }) json!: object | null
  @Column({ type: 'simple-array', nullable: true }) tags!: string[] | null
  @Column({ type: 'int', nullable: true, transformer: same }) own!: number | null
  @VersionColumn() version!: number
  @ManyToOne(() => Shelf, { nullable: true }) shelf!: Shelf | null
}

@Repository(EveryKind)
class Kinds extends CrudRepository<EveryKind, string> {}

@Repository(Shelf)
class Shelves extends CrudRepository<Shelf> {}

const ID = '0f8fad5b-d9cb-469f-a165-70867728950e'

const ROW = {
  id: ID,
  text: '5',
  small: 1,
  whole: 2,
  plain: 3,
  big: '9007199254740993',
  exact: '1234567890.1234',
  single: 0.5,
  double: 0.1,
  truth: true,
  moment: new Date('2026-01-31T12:30:00.250Z'),
  day: '2026-01-31',
  clock: '12:30:00',
  level: 'high' as const,
  json: { a: 1 },
  tags: ['x', 'y'],
}

describe.each(ENGINES)('values of run-time queries on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [EveryKind, Shelf], components: [Kinds, Shelves] }))
  const prepare = (specification: Specification<EveryKind>, order?: Sort) =>
    DynamicQueries.of(bindingOf(running.app.get(Kinds)).context).prepare(
      { specification, order: order?.terms },
      'Kinds.findMany',
    )
  const count = (specification: Specification<EveryKind>): Promise<number> =>
    Promise.resolve(running.app.run(() => prepare(specification).count()))
  const filter = (text: string): Specification<EveryKind> => QueryParser.parse<EveryKind>(text, { allow: '*' })
  const refusal = (specification: Specification<EveryKind>, order?: Sort): QueryValueError => {
    try {
      prepare(specification, order)
    } catch (error) {
      expect(error).toBeInstanceOf(QueryValueError)
      return error as QueryValueError
    }
    throw new Error('was accepted')
  }

  beforeEach(async () => {
    await running.app.get(Kinds).save({ ...ROW })
    db.log.clear()
  })

  it.each([
    "text = '5'",
    'small = 1',
    "small = '1'",
    'whole = 2.0',
    'whole = 20e-1',
    'plain = 3',
    'big = 9007199254740993',
    "big = '9007199254740993'",
    'big in (1, 9007199254740993)',
    'big > 9007199254740992 and big < 9007199254740994',
    'exact = 1234567890.1234',
    "exact = '1234567890.1234'",
    'exact in (1, 1234567890.1234)',
    'single = 0.5',
    "double = '0.1'",
    'double < 1e300',
    'truth = true',
    "truth = 'YES'",
    "truth = 'true'",
    'truth = 1',
    "truth <> '0'",
    'truth is true',
    'truth in (1, false)',
    "moment = '2026-01-31T12:30:00.250Z'",
    "moment = '2026-01-31T13:30:00.250+01:00'",
    "moment > '2026-01-31' and moment < '2026-01-31 12:31'",
    "moment between '2026-01-31T12:30Z' and '2026-02-01'",
    "moment in ('2026-01-31T12:30:00.250Z', '2026-01-01')",
    "day = '2026-01-31'",
    "day > '2026-01-30'",
    "clock = '12:30:00'",
    "level = 'high'",
    "level in ('low', 'high')",
    `id = '${ID}'`,
    `id in ('${ID}')`,
    'json is not null',
    'own is null',
    'shelf is null and shelf.id is null',
    'version = 1',
  ])('Q7, Q16, S3: %s finds the row', async text => {
    expect(await count(filter(text))).toBe(1)
  })

  it.each([
    ['small', '40000', engine.oneWriter ? undefined : 'a whole number from -32768 to 32767'],
    ['whole', '3000000000', engine.oneWriter ? undefined : 'a whole number from -2147483648 to 2147483647'],
    ['whole', '3.7', 'a whole number from'],
    ['whole', "'3.7'", 'a whole number from'],
    ['whole', "''", 'a whole number from'],
    ['whole', "'0x10'", 'a whole number from'],
    ['whole', "' 1'", 'a whole number from'],
    ['whole', "'banana'", 'a whole number from'],
    ['whole', 'true', 'a whole number from'],
    ['plain', "'NaN'", 'a whole number from'],
    ['big', '9223372036854775808', 'a whole number from -9223372036854775808 to 9223372036854775807'],
    ['big', '1.5', 'a whole number from'],
    ['exact', "'1,5'", 'a number'],
    ['exact', "'NaN'", 'a number'],
    ['exact', "'1e999999999'", 'a number'],
    ['double', "'Infinity'", 'a number'],
    ['double', '1e400', 'a number'],
    ['double', '1e-400', 'a number'],
    ['single', '1e39', engine.oneWriter ? undefined : 'a number of single precision'],
    ['truth', "'banana'", 'true or false'],
    ['truth', '2', 'true or false'],
    ['truth', "'[]'", 'true or false'],
    ['moment', "'yesterday'", 'a moment of ISO 8601'],
    ['moment', "'2026-02-30'", 'a moment of ISO 8601'],
    ['moment', "'2026-01-31T25:00:00Z'", 'a moment of ISO 8601'],
    ['moment', "'2026-01-31T12:30:00.1234567Z'", 'a moment of ISO 8601'],
    ['moment', "'31.01.2026'", 'a moment of ISO 8601'],
    ['moment', '1767225600', 'a moment of ISO 8601'],
    ['day', "'2026-02-30'", 'a day'],
    ['day', "'2026-1-1'", 'a day'],
    ['clock', "'24:00:01'", 'a time of day'],
    ['level', "'medium'", "one of 'low', 'high'"],
    ['id', "'banana'", 'a UUID'],
    ['json', "'{}'", 'no text'],
    ['tags', "'x,y'", 'an array of the program'],
    ['text', '5', 'text'],
    ['text', 'true', 'text'],
    ['text', "'a\\0b'", 'text'],
    ['text', "'\\ud800'", 'text'],
    ['shelf', "'banana'", 'a whole number from'],
    ['shelf.id', '1.5', 'a whole number from'],
  ])('Q19: %s = %s is refused before any SQL, without the value', async (property, value, expected) => {
    if (expected === undefined) {
      expect(await count(filter(`${property} = ${value}`))).toBe(0)
      return
    }
    for (const text of [
      `${property} = ${value}`,
      `${property} in (${value})`,
      `not (truth = true or ${property} <> ${value})`,
    ]) {
      const error = refusal(filter(text))
      expect(error.code).toBe('AMBIT_QUERY_VALUE')
      expect(error).toMatchObject({ property, expected: expect.stringContaining(expected) as string })
      expect(error.message).toContain(`'${property}' of EveryKind takes ${expected}`)
      expect(error.message).not.toMatch(/banana|yesterday|medium|3\.7/)
    }
    expect(db.log.texts).toEqual([])
  })

  it.each([
    ["whole like '1%'", 'text'],
    ["id contains 'f'", 'text'],
    ["moment starts with '2026'", 'text'],
    ["level ends with 'h'", 'text'],
    ['whole = 2 ignore case', 'text'],
    ["id in ('x') ignore case", 'text'],
    ['whole is true', 'true or false'],
    ['text is false', 'true or false'],
    ["text like 'x\\\\'", 'a pattern that does not end in a lone backslash'],
  ])('refuses %s, for it needs %s', (text, expected) => {
    expect(refusal(filter(text)).expected).toBe(expected)
  })

  it('takes a pattern that ends in an escaped backslash', async () => {
    expect(await count(filter("text like '%\\\\\\\\'"))).toBe(0)
  })

  it('refuses a sort by what has no order, or no case', () => {
    expect(refusal({ predicate: undefined }, Sort.by('json')).property).toBe('json')
    expect(refusal({ predicate: undefined }, Sort.by('whole').ignoreCase()).expected).toBe('text')
  })

  it('Q18: reads values in specifications, and under every connective', async () => {
    const moment = ROW.moment
    expect(await count(where<EveryKind>().eq('moment', moment).eq('big', 9007199254740993n))).toBe(1)
    expect(
      await count(
        where<EveryKind>()
          .in('moment', [moment, new Date(0)])
          .eq('double', 0.1),
      ),
    ).toBe(1)
    expect(await count(where<EveryKind>().lt('double', 1e300).gt('double', -1e300).isTrue('truth'))).toBe(1)
    expect(await count(where<EveryKind>().eq('text', '6').or().eq('moment', moment).not())).toBe(0)
    expect(refusal(where<EveryKind>().eq('whole', 2 ** 60)).property).toBe('whole')
    expect(refusal(where<EveryKind>().eq('json', 'x')).property).toBe('json')
  })

  it('compares a relation with an id or an entity, and not with an entity that has no id', async () => {
    const shelf = await running.app.get(Shelves).save({})
    await running.app.get(Kinds).orm.save({ ...ROW, shelf })
    expect(await count(where<EveryKind>().eq('shelf', shelf))).toBe(1)
    expect(await count(where<EveryKind>().in('shelf', [shelf.id, 99]))).toBe(1)
    expect(await count(filter('shelf <> 99'))).toBe(1)
    expect(refusal(where<EveryKind>().eq('shelf', {})).property).toBe('shelf')
  })
})
