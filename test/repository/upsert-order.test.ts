import { CrudRepository, Repository, transactional } from 'ambit'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'
import { gate } from '../support/gate'
import { until } from '../support/until'

// Two upserts of the same rows in opposite orders locked them in these orders, and waited for each other for ever.

@Entity('stock')
class Stock {
  @PrimaryGeneratedColumn()
  id!: number

  @Column({ unique: true })
  article!: string

  @Column('int')
  amount!: number
}

@Repository(Stock)
class Stocks extends CrudRepository<Stock> {}

const ARTICLES = Array.from({ length: 30 }, (_, at) => `article ${String(at).padStart(2, '0')}`)

describe.each(ENGINES)('upserts of many rows on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Stock], components: [Stocks] }))
  const stocks = (): Stocks => running.app.get(Stocks)
  const counted = (amount: number): { article: string; amount: number }[] =>
    ARTICLES.map(article => ({ article, amount }))

  it('in opposite orders wait for each other in turn', async () => {
    await stocks().insertAll(counted(0))
    const [held, go] = [gate(), gate()]
    const between = transactional({}, async () => {
      await stocks().orm.query(`UPDATE stock SET amount = 7 WHERE article = 'article 14'`)
      held.open()
      await go.opened
    })
    await held.opened
    const racing = Promise.all([
      stocks().upsertAll(counted(1), ['article']),
      stocks().upsertAll(counted(2).toReversed(), ['article']),
    ])
    await until('both wait', async () => (await waiting()) === 2)
    go.open()
    await between
    const [first, second] = await racing
    expect(first.map(({ article }) => article)).toEqual(ARTICLES)
    expect(second.map(({ article }) => article)).toEqual(ARTICLES.toReversed())
    expect(second.map(({ id }) => id)).toEqual(first.map(({ id }) => id).toReversed())
    const amounts = await db.query<{ amount: number }>('SELECT DISTINCT amount FROM stock')
    expect(amounts).toHaveLength(1)
    expect([1, 2]).toContain(amounts[0]?.amount)
  })

  async function waiting(): Promise<number> {
    if (engine.oneWriter) return (await db.leftovers(running.app, 'default')).waiting
    const sql = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return (await db.query(sql)).length
  }
})
