import { transactional } from '../../src/tx'
import { TransactionAbortedError } from '../../src/tx/errors'
import { eachTest, gate, outcomeOf, rejection, settled } from './harness'

const t = eachTest()
const E = new Error('E')
const swallow = (): void => undefined

describe('signal', () => {
  const reason = new Error('the client went away')

  it('rolls back at the next statement, with the reason as the cause', async () => {
    const controller = new AbortController()
    const call = transactional({ signal: controller.signal, label: 'Report.build' }, async () => {
      await t.app.sql('insert a')
      controller.abort(reason)
      await t.app.sql('insert b')
    })
    const error = await rejection(call)
    expect(error).toBeInstanceOf(TransactionAbortedError)
    expect(error.cause).toBe(reason)
    expect(error.message).toContain('The transaction of Report.build was aborted by its signal. [AMBIT_TX_ABORTED]')
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'ROLLBACK'])
  })

  it('is checked before COMMIT', async () => {
    const controller = new AbortController()
    const call = transactional({ signal: controller.signal }, async () => {
      await t.app.sql('insert a')
      controller.abort(reason)
    })
    expect(await outcomeOf(call)).toBe('AMBIT_TX_ABORTED')
    expect(t.app.db.rows()).toEqual([])
  })

  it('waits for the running statement before it rolls back', async () => {
    const controller = new AbortController()
    const held = t.app.db.holdNext('insert slow')
    const call = outcomeOf(transactional({ signal: controller.signal }, () => t.app.sql('insert slow')))
    await held.reached
    controller.abort(reason)
    await settled()
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert slow'])
    held.release()
    expect(await call).toBe('AMBIT_TX_ABORTED')
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert slow', 'ROLLBACK'])
  })

  it('never hides the error that the body failed with', async () => {
    const controller = new AbortController()
    const call = transactional({ signal: controller.signal }, () => {
      controller.abort(reason)
      throw E
    })
    await expect(call).rejects.toBe(E)
  })

  it('that is aborted before the call sends nothing', async () => {
    const call = transactional({ signal: AbortSignal.abort(reason) }, () => t.app.sql('insert a'))
    expect(await outcomeOf(call)).toBe('AMBIT_TX_ABORTED')
    expect(t.app.db.log).toEqual([])
  })

  it('that is aborted before an eager call sends nothing either, and the body never runs', async () => {
    const body = jest.fn()
    const call = transactional({ signal: AbortSignal.abort(reason), begin: 'eager' }, body)
    expect(await outcomeOf(call)).toBe('AMBIT_TX_ABORTED')
    expect(body).not.toHaveBeenCalled()
    expect(t.app.db.log).toEqual([])
  })

  it('does not change what is committed when it comes during COMMIT', async () => {
    const controller = new AbortController()
    const held = t.app.db.holdNext('COMMIT')
    const call = outcomeOf(transactional({ signal: controller.signal }, () => t.app.sql('insert a')))
    await held.reached
    controller.abort(reason)
    held.release()
    expect(await call).toBe('ok')
    expect(t.app.db.rows()).toEqual(['a'])
  })

  it('of a participant dooms the transaction that it joined', async () => {
    const controller = new AbortController()
    const call = transactional({ label: 'outer' }, async () => {
      const inner = transactional({ signal: controller.signal, label: 'inner' }, async () => {
        controller.abort(reason)
        await t.app.sql('insert i')
      })
      expect(await rejection(inner)).toMatchObject({ code: 'AMBIT_TX_ABORTED', cause: reason })
    })
    expect(await rejection(call)).toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK', doomedBy: 'inner' })
  })

  it('of a NESTED block undoes only the block', async () => {
    const controller = new AbortController()
    await transactional({}, async () => {
      await t.app.sql('insert o')
      const block = transactional({ propagation: 'NESTED', signal: controller.signal }, async () => {
        await t.app.sql('insert n')
        controller.abort(reason)
      })
      expect(await outcomeOf(block)).toBe('AMBIT_TX_ABORTED')
    })
    expect(t.app.db.rows()).toEqual(['o'])
  })

  it('keeps no listener after the call, however it was used', async () => {
    const { signal } = new AbortController()
    const listening = { now: 0 }
    const add = jest.spyOn(signal, 'addEventListener').mockImplementation(() => void (listening.now += 1))
    const remove = jest.spyOn(signal, 'removeEventListener').mockImplementation(() => void (listening.now -= 1))
    await transactional({ signal }, () => transactional({ signal }, () => t.app.sql('insert a')))
    await transactional({}, () => transactional({ signal, propagation: 'NESTED' }, () => t.app.sql('insert b')))
    await transactional({ signal }, () => Promise.reject(E)).catch(swallow)
    expect(add).toHaveBeenCalled()
    expect(remove).toHaveBeenCalled()
    expect(listening.now).toBe(0)
  })

  it('and deadline end the wait of a NESTED block for its turn', async () => {
    const controller = new AbortController()
    const call = transactional({ signal: controller.signal }, async () => {
      const inside = gate()
      const go = gate()
      const first = transactional({ propagation: 'NESTED' }, async () => {
        inside.open()
        await go.opened
      })
      await inside.opened
      const second = outcomeOf(transactional({ propagation: 'NESTED' }, () => t.app.sql('insert n')))
      controller.abort(reason)
      expect(await second).toBe('AMBIT_TX_ABORTED')
      go.open()
      await first
    })
    expect(await outcomeOf(call)).toBe('AMBIT_TX_ABORTED')
  })
})
