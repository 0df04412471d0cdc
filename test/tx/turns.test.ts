import { beforeCommit, transactional } from '../../src/tx'
import { TurnTimeoutError } from '../../src/tx/errors'
import { Turn } from '../../src/tx/turn'
import { eachTest, gate, outcomeOf, rejection, settled } from './harness'

const swallow = (): void => undefined

describe('a turn', () => {
  it('is taken at once, without a promise, when it is free', () => {
    expect(new Turn().take('a', 10)).toBeUndefined()
  })

  it('is handed on in the order of the queue, and nobody barges in', async () => {
    const turn = new Turn()
    void turn.take('a', 1_000)
    const order: string[] = []
    const waiters = ['b', 'c', 'd'].map(async who => {
      await turn.take(who, 1_000)
      order.push(who)
    })
    const barging: (string | undefined)[] = []
    for (let n = 0; n < 3; n += 1) {
      turn.give()
      const late = turn.take(`late ${n}`, 1_000)
      barging.push(late === undefined ? 'passed' : 'waits')
      late?.catch(swallow)
      await settled()
    }
    await Promise.all(waiters)
    expect(order).toEqual(['b', 'c', 'd'])
    expect(barging).toEqual(['waits', 'waits', 'waits'])
    turn.close(() => new Error('over'))
  })

  it('is refused to all who wait and all who come once it is closed, and the holder keeps it', async () => {
    const turn = new Turn()
    void turn.take('a', 1_000)
    const waiting = rejection(turn.take('b', 1_000) ?? Promise.resolve())
    turn.close(() => new Error('over'))
    turn.close(() => new Error('again'))
    expect((await waiting).message).toBe('over')
    expect((await rejection(turn.take('c', 1_000) ?? Promise.resolve())).message).toBe('over')
    expect(turn.closed).toBe(true)
    turn.give()
  })

  it('is not waited for longer than the bound, and the queue goes on without the one who gave up', async () => {
    const turn = new Turn()
    void turn.take('a', 1_000)
    const error = await rejection(turn.take('b', 5) ?? Promise.resolve())
    expect(error).toMatchObject({ waiter: 'b', holder: 'a', waitedMs: 5 })
    const next = turn.take('c', 1_000)
    turn.give()
    await next
    turn.give()
    expect(turn.take('d', 1_000)).toBeUndefined()
  })
})

describe('parallel statements of one transaction', () => {
  const t = eachTest()

  it('G-03 go out one at a time, in the order they were asked for', async () => {
    await transactional({}, () => Promise.all(['a', 'b', 'c', 'd'].map(row => t.app.sql(`insert ${row}`))))
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'insert b', 'insert c', 'insert d', 'COMMIT'])
  })

  it('go on after a refused one where the database allows it', async () => {
    const call = transactional({}, async () => {
      t.app.db.failNext('insert a')
      const seen = await Promise.all(['a', 'b'].map(row => outcomeOf(t.app.sql(`insert ${row}`))))
      expect(seen).toEqual(['XX000', '25P02'])
    })
    expect(await outcomeOf(call)).toBe('AMBIT_TX_UNEXPECTED_ROLLBACK')
  })

  it('waits at the end for a statement that nobody awaited', async () => {
    await transactional({}, () => {
      void t.app.sql('insert floating')
    })
    expect(t.app.db.rows()).toEqual(['floating'])
  })

  it('reports the floating statement that COMMIT cut off while it waited: nobody else would see it', async () => {
    const held = t.app.db.holdNext('insert hooked')
    let waiting: Promise<string> | undefined
    await transactional({ label: 'outer' }, () => {
      beforeCommit(async () => {
        void t.app.sql('insert hooked')
        await held.reached
      })
      const sibling = async (): Promise<string> => {
        await held.reached
        const outcome = outcomeOf(t.app.sql('insert floating'))
        held.release()
        return outcome
      }
      waiting = sibling()
    })
    expect(await waiting).toBe('AMBIT_TX_ENDED')
    expect(t.app.reports).toMatchObject([{ code: 'AMBIT_TX_ENDED', method: 'outer' }])
    expect(t.app.db.rows()).toEqual(['hooked'])
  })

  it('reports the floating statement that the end of a NESTED block cut off', async () => {
    const held = t.app.db.holdNext('insert slow')
    const ended = gate()
    let floating: Promise<string> | undefined
    await transactional({}, async () => {
      const block = transactional({ propagation: 'NESTED', label: 'block' }, async () => {
        void t.app.sql('insert slow')
        await held.reached
        floating = ended.opened.then(() => outcomeOf(t.app.sql('insert floating')))
      })
      await held.reached
      await settled()
      ended.open()
      await settled()
      held.release()
      await block
    })
    expect(await floating).toBe('AMBIT_TX_ENDED')
    expect(t.app.reports).toMatchObject([{ code: 'AMBIT_TX_ENDED', method: 'block' }])
    expect(t.app.db.rows()).toEqual(['slow'])
  })

  it('does not wait for a turn to end a transaction that is doomed already', async () => {
    const inside = gate()
    const go = gate()
    let block: Promise<unknown> | undefined
    const call = transactional({ label: 'outer' }, async () => {
      block = transactional({ propagation: 'NESTED' }, async () => {
        inside.open()
        await go.opened
      }).catch(swallow)
      await inside.opened
      await transactional({ label: 'inner' }, () => Promise.reject(new Error('E'))).catch(swallow)
    })
    expect(await rejection(call)).toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK', doomedBy: 'inner' })
    go.open()
    await block
  })

  it('G-03 sends nothing of a sibling behind the ROLLBACK', async () => {
    const held = t.app.db.holdNext('insert running')
    const siblings: Promise<string>[] = []
    const call = transactional({}, async () => {
      siblings.push(outcomeOf(t.app.sql('insert running')), outcomeOf(t.app.sql('insert waiting')))
      await held.reached
      throw new Error('E')
    })
    const outcome = outcomeOf(call)
    await settled()
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert running'])
    held.release()
    expect(await outcome).toBe('E')
    expect(await Promise.all(siblings)).toEqual(['ok', 'AMBIT_TX_ENDED'])
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert running', 'ROLLBACK'])
  })

  it('never lets a NESTED block start behind the end, whatever the microtask it gets its turn in', async () => {
    for (let ticks = 0; ticks < 40; ticks += 1) {
      const held = t.app.db.holdNext('insert running')
      const fail = gate()
      let block: Promise<unknown> = Promise.resolve()
      const call = transactional({}, async () => {
        const running = t.app.sql('insert running').catch(swallow)
        await held.reached
        block = transactional({ propagation: 'NESTED' }, () => t.app.sql('insert zombie')).catch(swallow)
        void running
        await fail.opened
        throw new Error('E')
      }).catch(swallow)
      await settled()
      held.release()
      void afterTicks(ticks, fail.open)
      await call
      await block
      expect(t.app.db.violations).toEqual([])
      expect(t.app.db.rows()).toEqual([])
    }
  })
})

describe('waits for a turn that last too long', () => {
  const t = eachTest({ waitTimeoutMs: 30 })

  it('fail after the bound with the waiter and the holder, and the transaction is still usable', async () => {
    const held = t.app.db.holdNext('insert slow')
    await transactional({ label: 'outer' }, async () => {
      const slow = transactional({ label: 'Slow.save' }, () => t.app.sql('insert slow'))
      await held.reached
      const error = await rejection(t.app.sql('insert fast'))
      expect(error).toBeInstanceOf(TurnTimeoutError)
      expect(error).toMatchObject({
        waiter: 'outer',
        wanted: 'insert fast',
        holder: 'Slow.save',
        runs: 'insert slow',
        waitedMs: 30,
      })
      expect(error.message).toBe(
        [
          "outer waited 30 ms for its turn on the transaction's connection, which Slow.save holds, running 'insert slow'. It wanted to run 'insert fast'. [AMBIT_TX_TURN_TIMEOUT]",
          '  where: outer',
          '  next:  Look what keeps the statement that runs (a lock?), or raise waitTimeoutMs if it is just slow.',
        ].join('\n'),
      )
      held.release()
      await slow
      await t.app.sql('insert later')
    })
    expect(t.app.db.rows()).toEqual(['later', 'slow'])
  })

  it('does not doom by an implicit read that only waited in vain for its turn: nothing was refused', async () => {
    const held = t.app.db.holdNext('insert slow')
    await transactional({ label: 'outer' }, async () => {
      const slow = t.app.sql('insert slow')
      await held.reached
      expect(await outcomeOf(t.app.implicit('Users.find', () => t.app.sql('select')))).toBe('AMBIT_TX_TURN_TIMEOUT')
      held.release()
      await slow
    })
    expect(t.app.db.rows()).toEqual(['slow'])
  })

  it('breaks the deadlock of a NESTED block that awaits a sibling (a DataLoader batch) by the bound', async () => {
    const call = transactional({ label: 'Page.load' }, async () => {
      const started = gate()
      const asked = gate()
      let batch: Promise<unknown> = Promise.resolve()
      const block = transactional({ propagation: 'NESTED', label: 'Widget.load' }, async () => {
        started.open()
        await asked.opened
        await batch
      })
      await started.opened
      batch = transactional({ label: 'Loader.batch' }, () => t.app.sql('select'))
      // Awaited before its bound can be over, however slow the machine is: a rejection is never without a handler.
      asked.open()
      await block
    })
    const error = await rejection(call)
    expect(error).toMatchObject({
      code: 'AMBIT_TX_TURN_TIMEOUT',
      waiter: 'Loader.batch',
      wanted: 'select',
      holder: 'Widget.load',
      runs: undefined,
    })
    expect(error.message).toContain('which Widget.load holds, running nothing.')
    expect(error.message).toContain('Look for a NESTED block that awaits a promise of a sibling')
    expect(t.app.db.rows()).toEqual([])
  })

  it('name the statement inside the NESTED block that holds the turn', async () => {
    const held = t.app.db.holdNext('insert slow')
    await transactional({ label: 'outer' }, async () => {
      const block = transactional({ propagation: 'NESTED', label: 'Import.run' }, () =>
        transactional({ label: 'Rows.insert' }, () => t.app.sql('insert slow')),
      )
      await held.reached
      const statement = rejection(t.app.sql('insert fast'))
      const nested = rejection(transactional({ propagation: 'NESTED', label: 'Other.run' }, () => t.app.sql('insert')))
      expect(await statement).toMatchObject({ waiter: 'outer', holder: 'Import.run', runs: 'insert slow' })
      expect(await nested).toMatchObject({ waiter: 'Other.run', wanted: undefined, holder: 'Import.run' })
      held.release()
      await block
    })
  })

  it.each(['RELEASE', 'ROLLBACK TO'])('name the %s that ends a NESTED block', async command => {
    const held = t.app.db.holdNext(`${command} ambit_1`)
    await transactional({ label: 'outer' }, async () => {
      const block = transactional({ propagation: 'NESTED', label: 'Import.run' }, async () => {
        await t.app.sql('insert inner')
        if (command.startsWith('ROLLBACK')) throw new Error('undo')
      }).catch(swallow)
      await held.reached
      expect(await rejection(t.app.sql('insert fast'))).toMatchObject({ runs: `${command} SAVEPOINT ambit_1` })
      held.release()
      await block
    })
  })

  it('name the beforeCommit hook that runs meanwhile', async () => {
    const hooked = gate()
    let floating: Promise<unknown> | undefined
    await transactional({ label: 'outer' }, () => {
      floating = hooked.opened.then(() => rejection(t.app.sql('insert floating')))
      beforeCommit(async () => {
        hooked.open()
        await floating
      })
    })
    expect(await floating).toMatchObject({ holder: 'the end of outer', runs: 'the beforeCommit hook of outer' })
  })

  it('show statements shortened, and no value that is written into them', async () => {
    const slow = `select f('hunter2', 4711) /* a
      comment */ as ${'x'.repeat(300)}`
    const held = t.app.db.holdNext(slow)
    await transactional({ label: 'outer' }, async () => {
      const running = t.app.sql(slow)
      await held.reached
      const error = await rejection(t.app.sql("select 'hunter2', 4711, $1 from t"))
      expect(error.message).not.toMatch(/hunter2|4711/)
      expect(error).toMatchObject({
        wanted: 'select ?, ?, $1 from t',
        runs: expect.stringMatching(/^select f\(\?, \?\) as x{50,}…$/),
      })
      held.release()
      await running
    })
  })
})

async function afterTicks(ticks: number, then: () => void): Promise<void> {
  for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve()
  then()
}
