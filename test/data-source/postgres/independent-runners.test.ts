import { transactional } from 'ambit'
import { postgresWorld, rejection, Undo } from '../harness'

// A query runner made by hand, and what it leaves on the only connection of the pool: nothing of that is the next user's.

const postgres = postgresWorld({ settings: { poolSize: 1 } })

const query = (sql: string): Promise<unknown> => postgres.world.dataSource.query(sql)

interface Runner {
  startTransaction(): Promise<void>
  query(text: string): Promise<unknown>
}

describe.each([
  ['outside every scope', <T>(work: () => Promise<T>): Promise<T> => work()],
  [
    'in NOT_SUPPORTED',
    <T>(work: () => Promise<T>): Promise<T> => transactional({ propagation: 'NOT_SUPPORTED' }, work),
  ],
])('a transaction that is open when its query runner is released, %s,', (_where, where) => {
  it.each([
    ['by startTransaction()', (runner: Runner) => runner.startTransaction()],
    ['by BEGIN as text', (runner: Runner) => runner.query('/* ours */ begin')],
    ['by a statement behind another', (runner: Runner) => runner.query('SELECT 1; BEGIN')],
  ])('is rolled back: %s', async (_name, begin) => {
    await where(async () => {
      const runner = postgres.world.dataSource.createQueryRunner()
      await begin(runner)
      await runner.query(`INSERT INTO note (k) VALUES ('stranger')`)
      await runner.release()
      await postgres.world.write('outside')
    })
    expect(await postgres.world.rows()).toEqual(['outside'])
    const error = await rejection(
      transactional({}, async () => {
        await postgres.world.write('undone')
        throw new Undo()
      }),
    )
    expect(error).toBeInstanceOf(Undo)
    expect(await postgres.world.rows()).toEqual(['outside'])
    await transactional({}, () => postgres.world.write('later'))
    expect(await postgres.world.rows()).toEqual(['later', 'outside'])
  })

  it('is rolled back also where a statement has failed in it', async () => {
    await where(async () => {
      const runner = postgres.world.dataSource.createQueryRunner()
      await rejection(runner.query('BEGIN; SELECT 1 / 0'))
      await runner.release()
      await postgres.world.write('outside')
    })
    expect(await postgres.world.rows()).toEqual(['outside'])
  })

  it.each([
    ['no transaction', () => Promise.resolve()],
    [
      'commitTransaction()',
      async (runner: { startTransaction(): Promise<void>; commitTransaction(): Promise<void> }) => {
        await runner.startTransaction()
        await runner.commitTransaction()
      },
    ],
    [
      'COMMIT as text',
      async (runner: Runner) => {
        await runner.query('BEGIN')
        await runner.query('COMMIT')
      },
    ],
    ['a refused statement', (runner: Runner) => rejection(runner.query('SELECT 1 / 0'))],
  ])('is none after %s: the connection is kept', async (_name, work) => {
    const before = await postgres.world.place()
    await where(async () => {
      const runner = postgres.world.dataSource.createQueryRunner()
      await work(runner)
      await runner.release()
    })
    expect((await postgres.world.place()).pid).toBe(before.pid)
    expect(await query('SELECT 1 AS n')).toEqual([{ n: 1 }])
  })
})
