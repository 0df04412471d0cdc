import { currentTransaction, transactional } from '../../src/tx'
import { eachTest, gate, outcomeOf, rejection, settled } from './harness'

const t = eachTest({ dataSources: ['default', 'other'] })
const swallow = (): void => undefined

describe('frames under Promise.all', () => {
  it('J2 G-07 keep two REQUIRES_NEW apart from each other and from the outer one, across awaits', async () => {
    await transactional({}, async () => {
      const outer = currentTransaction()?.id
      const branch = (row: string): Promise<unknown[]> =>
        transactional({ propagation: 'REQUIRES_NEW' }, async () => {
          const seen: unknown[] = [currentTransaction()?.id]
          for (let step = 0; step < 3; step += 1) {
            await t.app.sql(`insert ${row}${step}`)
            await settled()
            seen.push(currentTransaction()?.id)
          }
          return seen
        })
      const [a, b] = await Promise.all([branch('a'), branch('b')])
      expect(new Set(a).size).toBe(1)
      expect(new Set(b).size).toBe(1)
      expect(new Set([outer, a[0], b[0]]).size).toBe(3)
      expect(currentTransaction()?.id).toBe(outer)
    })
    const connectionsOf = (row: string): number =>
      new Set(t.app.db.log.filter(line => line.includes(`insert ${row}`)).map(line => line.split(' ')[0])).size
    expect([connectionsOf('a'), connectionsOf('b')]).toEqual([1, 1])
  })

  it('J2 lose only the rows of the branch that failed', async () => {
    await transactional({}, async () => {
      const good = transactional({ propagation: 'REQUIRES_NEW' }, async () => {
        await t.app.sql('insert b1')
        await settled()
        await t.app.sql('insert b2')
      })
      const bad = transactional({ propagation: 'REQUIRES_NEW' }, async () => {
        await t.app.sql('insert a1')
        throw new Error('E')
      })
      await Promise.allSettled([good, bad])
    })
    expect(t.app.db.rows()).toEqual(['b1', 'b2'])
  })

  it.each(['REQUIRES_NEW', 'NOT_SUPPORTED'] as const)(
    'G-06 keep a plain sibling of a %s in the outer transaction',
    async propagation => {
      const call = transactional({}, async () => {
        const inside = gate()
        const go = gate()
        const suspended = transactional({ propagation }, async () => {
          inside.open()
          await go.opened
        })
        await inside.opened
        await t.app.sql('insert sibling')
        go.open()
        await suspended
        throw new Error('E')
      })
      expect(await outcomeOf(call)).toBe('E')
      expect(t.app.db.rows()).toEqual([])
    },
  )

  it('hold for many independent callers at once', async () => {
    const callers = Array.from({ length: 30 }, (_, n) =>
      transactional({}, async () => {
        const id = currentTransaction()?.id
        await t.app.sql(`insert r${n}`)
        await settled()
        expect(currentTransaction()?.id).toBe(id)
        if (n % 3 === 0) throw new Error('E')
      }),
    )
    const outcomes = await Promise.all(callers.map(outcomeOf))
    expect(outcomes.filter(one => one === 'ok')).toHaveLength(20)
    expect(t.app.db.rows()).toHaveLength(20)
  })
})

describe('two data sources', () => {
  it('G-08 PS-W3 never mix: each call goes to the transaction of its own', async () => {
    await transactional({}, async () => {
      const mine = currentTransaction()?.id
      await transactional({ dataSource: 'other' }, async () => {
        expect(currentTransaction()?.id).toBe(mine)
        expect(currentTransaction('other')?.id).toMatch(/^other#/)
        await t.app.sql('insert a')
        await t.app.sql('insert b', 'other')
        await transactional({ propagation: 'MANDATORY' }, () => t.app.sql('insert c'))
      })
      expect(currentTransaction('other')).toBeUndefined()
    })
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'insert c', 'COMMIT'])
    expect(t.app.fake('other').commands()).toEqual(['BEGIN', 'insert b', 'COMMIT'])
  })

  it('fail apart: a participant of one does not doom the other', async () => {
    await transactional({}, async () => {
      await t.app.sql('insert a')
      const inner = transactional({ dataSource: 'other' }, async () => {
        await t.app.sql('insert b', 'other')
        throw new Error('E')
      })
      await inner.catch(swallow)
      expect(currentTransaction()?.rollbackOnly).toBe(false)
    })
    expect([t.app.db.rows(), t.app.fake('other').rows()]).toEqual([['a'], []])
  })

  it.each(['NEVER', 'NOT_SUPPORTED', 'SUPPORTS'] as const)(
    '%s on one does not see the transaction of the other',
    async propagation => {
      await transactional({}, () =>
        transactional({ propagation, dataSource: 'other' }, async () => {
          expect(currentTransaction('other')).toBeUndefined()
          await t.app.sql('insert b', 'other')
          await t.app.sql('insert a')
        }),
      )
      expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'COMMIT'])
      expect(t.app.fake('other').commands()).toEqual(['insert b'])
    },
  )

  it('MANDATORY on one is not satisfied by the transaction of the other', async () => {
    const call = transactional({}, () =>
      transactional({ propagation: 'MANDATORY', dataSource: 'other' }, () => undefined),
    )
    expect(await rejection(call)).toMatchObject({
      code: 'AMBIT_TX_MANDATORY',
      message: expect.stringContaining("needs an active transaction on 'other'") as unknown,
    })
  })

  it('nest, the inner one joined again through the outer one', async () => {
    await transactional({}, () =>
      transactional({ dataSource: 'other' }, () =>
        transactional({ propagation: 'NESTED' }, () =>
          transactional({ dataSource: 'other' }, async () => {
            await t.app.sql('insert a')
            await t.app.sql('insert b', 'other')
          }),
        ),
      ),
    )
    expect(t.app.db.commands()).toEqual(['BEGIN', 'SAVEPOINT ambit_1', 'insert a', 'RELEASE ambit_1', 'COMMIT'])
    expect(t.app.fake('other').commands()).toEqual(['BEGIN', 'insert b', 'COMMIT'])
  })
})

describe('suspended transactions', () => {
  it('are told to the resource by the one that runs beside them, also from behind an empty frame', async () => {
    await transactional({}, async () => {
      await transactional({ propagation: 'REQUIRES_NEW' }, () => undefined)
      await transactional({ propagation: 'NOT_SUPPORTED' }, () => transactional({}, () => undefined))
    })
    const outers = t.app.db.requests.map(request => request.outer)
    expect(outers[0]).toBeUndefined()
    expect(outers[1]).toBeDefined()
    expect(outers[2]).toBe(outers[1])
  })

  it('are not told of when they have ended', async () => {
    let late: Promise<unknown> | undefined
    const go = gate()
    await transactional({}, () => {
      late = go.opened.then(() => transactional({ propagation: 'REQUIRES_NEW' }, () => undefined))
    })
    go.open()
    await late
    expect(t.app.db.requests[1]?.outer).toBeUndefined()
  })
})
