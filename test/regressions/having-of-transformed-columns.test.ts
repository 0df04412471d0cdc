import { aggregates, CrudRepository, Repository, Sort } from 'ambit'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// The least and the greatest value of a column of numbers came through its transformer, and were compared past it: `top >= 2.5`
// asked for 2.5 of what is stored.

const euros = {
  to: (value: unknown) => (typeof value === 'number' ? String(Math.round(value * 100)) : value),
  from: (value: unknown) => (value === null ? null : Number(value) / 100),
}

@Entity('having_bid')
class Bid {
  @PrimaryGeneratedColumn() id!: number
  @Column() lot!: string
  @Column({ type: 'integer', transformer: euros, nullable: true }) amount!: number | null
}

@Repository(Bid)
class Bids extends CrudRepository<Bid> {}

const { min, max, sum } = aggregates

describe.each(ENGINES)('having on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Bid], components: [Bids] }))

  beforeEach(async () => {
    await running.app.get(Bids).insertAll([
      { lot: 'a', amount: 1.5 },
      { lot: 'a', amount: 2.5 },
      { lot: 'b', amount: 10 },
      { lot: 'c', amount: null },
    ])
  })

  it.each([
    ['top >= 2.5', ['a', 'b']],
    ['top > 2.5', ['b']],
    ['top = 10', ['b']],
    ['bottom in (1.5, 3)', ['a']],
    ['top between 2 and 9', ['a']],
    ['top is null', ['c']],
    ['total > 350', ['a', 'b']],
  ])('compares what a transformer makes with what it makes of the value: %s', async (having, expected) => {
    const rows = await running.app.get(Bids).aggregate({
      groupBy: ['lot'],
      values: { top: max<number>('amount'), bottom: min<number>('amount'), total: sum('amount') },
      having,
      sort: Sort.by('lot'),
    })
    expect(rows.map(({ lot }) => lot)).toEqual(expected)
  })
})
