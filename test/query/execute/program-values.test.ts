import {
  applySpecification,
  CrudRepository,
  dataSourceToken,
  QueryParser,
  Repository,
  type Specification,
  where,
} from 'ambit'
import { QueryValueError } from 'ambit/errors'
import fc from 'fast-check'
import { Column, Entity, PrimaryColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'

/** Whole cents, with which nothing but a bigint can be multiplied. */
const cents = {
  to: (value?: bigint | null) => (value === null || value === undefined ? null : (value * 100n).toString()),
  from: (value: string | number | null) => (value === null ? null : BigInt(value) / 100n),
}

@Entity('bill')
class Bill {
  @PrimaryColumn({ type: 'integer' }) id!: number
  @Column({ type: 'bigint', nullable: true, transformer: cents }) total!: bigint | null
  @Column({ type: 'bigint', nullable: true }) big!: string | null
  @Column({ type: 'numeric', precision: 40, nullable: true }) exact!: string | null
  @Column({ type: 'double precision', nullable: true }) double!: number | null
}

@Repository(Bill)
class Bills extends CrudRepository<Bill> {}

/** Where SQLite's own reading of digits would be that of an integer: whole numbers beyond 2⁵³, up to and over 2⁶³. */
const large = fc
  .tuple(fc.boolean(), fc.double({ min: 2 ** 53, max: 2 ** 70, noNaN: true }))
  .map(([negative, value]) => {
    return Math.round(negative ? -value : value)
  })

describe.each(ENGINES)('values of the program on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Bill], components: [Bills] }))
  const bills = (): Bills => running.app.get(Bills)
  const applied = (specification: Specification<Bill>) =>
    running.app.run(() => {
      const builder = running.app.get(dataSourceToken('default')).getRepository(Bill).createQueryBuilder('b')
      return applySpecification(builder, specification).orderBy('b.id').getMany()
    })
  /** The same rows, wherever the specification is used. */
  const found = async (specification: Specification<Bill>): Promise<readonly number[]> => {
    const ids = (await bills().findMany(specification)).map(({ id }) => id).sort((a, b) => a - b)
    expect((await applied(specification)).map(({ id }) => id)).toEqual(ids)
    return ids
  }

  it('bring bigints to transformers as bigints, small and large', async () => {
    await bills().saveAll([
      { id: 1, total: 5n, big: '5' },
      { id: 2, total: 2n ** 55n, big: '9007199254740993', exact: '9007199254740993' },
    ])
    expect(await found(where<Bill>().eq('total', 5n))).toEqual([1])
    expect(await found(where<Bill>().in('total', [5n, 2n ** 55n]))).toEqual([1, 2])
    expect(await found(where<Bill>().gt('total', 5n))).toEqual([2])
    expect(await found(where<Bill>().between('total', 1n, 6n))).toEqual([1])
    expect(await found(where<Bill>().eq('big', '5'))).toEqual([1])
    const digits = 9007199254740993n as unknown as string
    expect(await found(where<Bill>().eq('big', digits).eq('exact', digits))).toEqual([2])
    expect(await found(where<Bill>().in('big', [5n as unknown as string, digits]))).toEqual([1, 2])
  })

  it('that a transformer fails on are told with their property, before any SQL', async () => {
    const expected = { code: 'AMBIT_QUERY_VALUE', property: 'total', cause: expect.any(Error) as Error }
    for (const text of ["total = 'x'", "total in ('x', 'y')", "total between 'x' and 'y'", 'total = 1.5']) {
      const filter = QueryParser.parse<Bill>(text, { allow: '*' })
      const error: unknown = await bills()
        .findMany(filter)
        .catch((each: unknown) => each)
      expect(error).toBeInstanceOf(QueryValueError)
      expect(error).toMatchObject(expected)
      expect(() => applied(filter)).toThrow(expect.objectContaining(expected) as Error)
    }
    expect(db.log.texts.filter(text => text.includes('bill'))).toEqual([])
  })

  it('are found in a list exactly where they are equal', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.oneof(large, fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true })), {
          minLength: 1,
          maxLength: 20,
          // Zero has one value and two signs.
          selector: value => value + 0,
        }),
        fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { minLength: 1, maxLength: 20 }),
        async (doubles, bigs) => {
          await db.query('DELETE FROM bill')
          await bills().saveAll(doubles.map((double, id) => ({ id, double })))
          await bills().saveAll(bigs.map((big, at) => ({ id: 100 + at, big: String(big) })))
          expect(await bills().count(where<Bill>().in('double', doubles))).toBe(doubles.length)
          expect(await bills().count(where<Bill>().notIn('double', doubles))).toBe(0)
          for (const form of [bigs.map(String), bigs as unknown as string[]]) {
            expect(await bills().count(where<Bill>().in('big', form))).toBe(bigs.length)
            expect(await bills().count(where<Bill>().notIn('big', form))).toBe(0)
          }
          const one = bigs[0] ?? 0n
          const neighbours = [one - 1n, one + 1n].filter(each => each >= -(2n ** 63n) && each < 2n ** 63n)
          const others = neighbours.filter(each => !bigs.includes(each)).map(String)
          expect(await bills().count(where<Bill>().in('big', others))).toBe(0)
        },
      ),
      { numRuns: 25 },
    )
  }, 120_000)

  it('keep a row with a large whole float from being deleted', async () => {
    const kept = 1234567890123456800
    await bills().saveAll([
      { id: 1, double: kept },
      { id: 2, double: 1 },
      { id: 3, double: 7 },
    ])
    expect(await bills().deleteMany(where<Bill>().notIn('double', [kept, 1]))).toBe(1)
    expect(await found(where<Bill>().in('double', [kept, -(2 ** 53), 1e21]))).toEqual([1])
  })
})
