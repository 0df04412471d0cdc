import { afterCommit, transactional } from '../../src/tx'
import { eachTest, outcomeOf } from './harness'

const DATA_SOURCES = ['default', 'other']

/** Writes to `default` and, inside the same piece of work, to `other`. */
const inner = (sql: (text: string, dataSource?: string) => Promise<unknown>, row = 'b'): Promise<unknown> =>
  transactional({ dataSource: 'other', label: 'Log.add' }, () => sql(`insert ${row}`, 'other'))

describe('writes to two data sources in one piece of work', () => {
  describe('by default', () => {
    const t = eachTest({ dataSources: DATA_SOURCES })

    it('are logged, once for each method, and go on', async () => {
      for (const row of ['1', '2', '3']) {
        await transactional({ label: 'Orders.place' }, async () => {
          await t.app.sql(`insert a${row}`)
          await inner((text, name) => t.app.sql(text, name), `b${row}`)
        })
      }
      expect(t.app.fake('other').rows()).toEqual(['b1', 'b2', 'b3'])
      expect(t.app.warnings).toEqual([
        [
          "Log.add writes to the data source 'other' in one piece of work with writes to 'default'; the transactions commit one after the other, not as one. [AMBIT_TX_CROSS_WRITES]",
          '  where: Log.add',
          "  next:  Write to the other one in afterCommit(…), or say that it stands alone (propagation 'REQUIRES_NEW'), or give bootstrap({ crossDataSourceWrites: 'allow' }).",
        ].join('\n'),
      ])
    })

    it('are noticed when the inner one comes first, and it is stored already', async () => {
      await transactional({ label: 'Orders.place' }, async () => {
        await inner((text, name) => t.app.sql(text, name))
        await t.app.sql('insert a')
      })
      expect(t.app.warnings).toEqual([expect.stringContaining("Orders.place writes to the data source 'default'")])
    })

    it('are noticed in a participant, a savepoint and a repository call', async () => {
      await transactional({}, async () => {
        await t.app.sql('insert a')
        await transactional({ propagation: 'NESTED' }, () =>
          t.app.implicit('Logs.insert', () => t.app.sql('insert b', 'other'), { dataSource: 'other' }),
        )
      })
      expect(t.app.warnings).toEqual([expect.stringContaining("Logs.insert writes to the data source 'other'")])
    })

    it.each([
      ['reads beside writes', async () => void (await t.app.sql('select', 'other'))],
      [
        'one that stands alone',
        () => transactional({ dataSource: 'other', propagation: 'REQUIRES_NEW' }, () => t.app.sql('insert b', 'other')),
      ],
      ['one in afterCommit', () => afterCommit(() => inner((text, name) => t.app.sql(text, name)))],
      ['one on the same data source', () => transactional({}, () => t.app.sql('insert b'))],
    ])('are not: %s', async (_, other) => {
      await transactional({}, async () => {
        await t.app.sql('insert a')
        await transactional({ dataSource: 'other' }, other)
      })
      expect(t.app.warnings).toEqual([])
    })

    it('are not two pieces of work, one after the other or side by side', async () => {
      const each = (row: string, dataSource: string): Promise<unknown> =>
        transactional({ dataSource }, () => t.app.sql(`insert ${row}`, dataSource))
      await each('x', 'default')
      await each('x', 'other')
      await Promise.all([each('y', 'default'), each('y', 'other')])
      expect(t.app.warnings).toEqual([])
    })

    it('are remembered up to a bound: names that are made with each call must not pile up', async () => {
      const place = (call: number): Promise<unknown> =>
        transactional({ label: `order ${call}` }, async () => {
          await inner((text, name) => t.app.sql(text, name), `b${call}`)
          await t.app.sql(`insert a${call}`)
        })
      for (let call = 0; call <= 1_000; call += 1) await place(call)
      expect(t.app.warnings).toHaveLength(1_001)
      await transactional({ label: 'order 0' }, async () => {
        await inner((text, name) => t.app.sql(text, name), 'again')
        await t.app.sql('insert again')
      })
      expect(t.app.warnings).toHaveLength(1_002)
    })

    it('are not where the inner one was rolled back before the outer one wrote', async () => {
      await transactional({}, async () => {
        const failing = transactional({ dataSource: 'other' }, async () => {
          await t.app.sql('insert b', 'other')
          throw new Error('E')
        })
        expect(await outcomeOf(failing)).toBe('E')
        await t.app.sql('insert a')
      })
      expect(t.app.warnings).toEqual([])
    })
  })

  describe("with 'refuse'", () => {
    const t = eachTest({ dataSources: DATA_SOURCES, crossDataSourceWrites: 'refuse' })

    it('fail before the second one is sent, and both transactions roll back', async () => {
      const call = transactional({}, async () => {
        await t.app.sql('insert a')
        await inner((text, name) => t.app.sql(text, name))
      })
      expect(await outcomeOf(call)).toBe('AMBIT_TX_CROSS_WRITES')
      expect([t.app.db.rows(), t.app.fake('other').rows()]).toEqual([[], []])
      expect(t.app.fake('other').log.join()).not.toContain('insert')
    })

    it('fail also where the outer one writes second; what the inner one stored stays', async () => {
      const call = transactional({}, async () => {
        await inner((text, name) => t.app.sql(text, name))
        await t.app.sql('insert a')
      })
      expect(await outcomeOf(call)).toBe('AMBIT_TX_CROSS_WRITES')
      expect([t.app.db.rows(), t.app.fake('other').rows()]).toEqual([[], ['b']])
    })
  })

  describe("with 'allow'", () => {
    const t = eachTest({ dataSources: DATA_SOURCES, crossDataSourceWrites: 'allow' })

    it('go without a word', async () => {
      await transactional({}, async () => {
        await t.app.sql('insert a')
        await inner((text, name) => t.app.sql(text, name))
      })
      expect(t.app.warnings).toEqual([])
    })
  })
})
