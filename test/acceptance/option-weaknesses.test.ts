import {
  afterCommit,
  afterCompletion,
  afterRollback,
  beforeCommit,
  bootstrap,
  currentTransaction,
  dataSourceToken,
  entityManager,
  type ExecutionEvent,
  Service,
  Transactional,
  transactional,
} from 'ambit'
import { AmbitError, isAmbitError, TransactionTimedOutError } from '../../src/errors'
import { ENGINES, engineDatabase, runningApplication, silentLogger } from '../support/engines'
import { committed, Failure, Note, NOTES, seen, write } from './notes'

class Transient extends Failure {}

const events: ExecutionEvent[] = []

@Service()
class Orders {
  @Transactional({ rollbackFor: [Transient], noRollbackFor: [Failure] })
  async place(k: string, error: Error): Promise<void> {
    await write(k)
    throw error
  }

  @Transactional({ label: 'Shop.check' })
  async status(): Promise<unknown> {
    await seen()
    const status = currentTransaction()
    return status && { label: status.label, isNew: status.isNew, nested: status.isNested, readOnly: status.readOnly }
  }
}

describe.each(ENGINES)('weaknesses of other frameworks, options on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    ...NOTES,
    components: [...NOTES.components, Orders],
    listeners: [{ onEvent: event => void events.push(event) }],
  }))
  beforeEach(() => void events.splice(0))

  it('PS-W1 nothing of a failure is left for later: no promise of ours is rejected behind the caller’s back', async () => {
    const unhandled = jest.fn()
    process.on('unhandledRejection', unhandled)
    try {
      for (const k of ['a', 'b']) {
        await expect(transactional({}, () => fail(k))).rejects.toThrow(Failure)
        await transactional({}, async () => {
          await expect(transactional({ propagation: 'NESTED' }, () => fail(k))).rejects.toThrow(Failure)
        })
      }
      for (let tick = 0; tick < 3; tick++) await new Promise(resolve => setImmediate(resolve))
    } finally {
      process.off('unhandledRejection', unhandled)
    }
    expect(unhandled).not.toHaveBeenCalled()
    expect(await committed(db)).toEqual([])
  })

  it.each([
    ['noRollbackFor commits what the default would undo', new Failure(), 'COMMIT', ['a']],
    ['rollbackFor undoes what noRollbackFor would keep', new Transient(), 'ROLLBACK', []],
    ['what neither names is undone', new TypeError(), 'ROLLBACK', []],
  ] as const)('PS-W6 rules change the outcome: %s', async (_, error, end, rows) => {
    await expect(running.app.get(Orders).place('a', error)).rejects.toBe(error)
    expect(db.log.commands).toEqual(['BEGIN', 'INSERT note', end])
    expect(await committed(db)).toEqual(rows)
  })

  it('PS-W6 the rules of a participant count as well: its error does not doom the transaction', async () => {
    await transactional({}, async () => {
      await expect(running.app.get(Orders).place('a', new Failure())).rejects.toThrow(Failure)
      expect(currentTransaction()?.rollbackOnly).toBe(false)
    })
    expect(await committed(db)).toEqual(['a'])
  })

  it('PS-W7 a timeout bounds the transaction, and rolls it back', async () => {
    const outcome = transactional({ timeoutMs: 20, label: 'Shop.slow' }, async () => {
      await write('a')
      const deadline = performance.now() + 60
      while (performance.now() < deadline) await new Promise(resolve => setImmediate(resolve))
      await write('b')
    })
    await expect(outcome).rejects.toBeInstanceOf(TransactionTimedOutError)
    await expect(outcome).rejects.toThrow(/Shop\.slow/)
    expect(await committed(db)).toEqual([])
  })

  it('PS-W7 a label names the method, and the status tells what it runs in', async () => {
    const status = { label: 'Shop.check', isNew: true, nested: false, readOnly: false }
    expect(await running.app.get(Orders).status()).toEqual(status)
    expect(await transactional({}, () => running.app.get(Orders).status())).toEqual({ ...status, isNew: false })
    const nested = transactional({}, () =>
      transactional({ propagation: 'NESTED' }, () => running.app.get(Orders).status()),
    )
    expect(await nested).toEqual({ ...status, isNew: false, nested: true })
  })

  it('PS-W7 setRollbackOnly() undoes the work of a method that returns', async () => {
    const answer = await transactional({}, async () => {
      await write('a')
      currentTransaction()?.setRollbackOnly()
      return 7
    })
    expect([answer, await committed(db)]).toEqual([7, []])
    expect(db.log.commands).toEqual(['BEGIN', 'INSERT note', 'ROLLBACK'])
  })

  it('PS-W7 hooks run before and after the end, in order', async () => {
    const order: unknown[] = []
    const listen = (): void => {
      beforeCommit(async () => void order.push(['before', await committed(db)]))
      afterCommit(async () => void order.push(['commit', await committed(db)]))
      afterRollback(async () => void order.push(['rollback', await committed(db)]))
      afterCompletion(outcome => void order.push(outcome))
    }
    await transactional({}, async () => (listen(), write('a')))
    expect(order.splice(0)).toEqual([['before', []], ['commit', ['a']], 'committed'])
    await expect(transactional({}, async () => (listen(), fail('b')))).rejects.toThrow(Failure)
    expect(order).toEqual([['rollback', ['a']], 'rolled-back'])
  })

  it('PS-W7 every step is told to listeners: what metrics and logs are made of', async () => {
    await transactional({ label: 'Shop.order' }, () => write('a'))
    expect(events.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['boundary', 'statement', 'control', 'end', 'boundary-end']),
    )
    expect(events.find(({ kind }) => kind === 'boundary')).toMatchObject({ label: 'Shop.order', decision: 'began' })
    expect(events.find(({ kind }) => kind === 'end')).toMatchObject({ outcome: 'committed' })
  })

  it('PS-W7 errors have classes and codes', async () => {
    const error: unknown = await transactional({ propagation: 'MANDATORY' }, () => 1).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(AmbitError)
    expect(isAmbitError(error) && error.code).toBe('AMBIT_TX_MANDATORY')
  })

  it('PS-W11 isolation in a transaction that runs already is honoured or refused, never dropped', async () => {
    const body = jest.fn(() => write('inner'))
    await transactional({ isolation: 'REPEATABLE READ' }, async () => {
      await write('outer')
      const stronger = transactional({ isolation: 'SERIALIZABLE' }, body)
      await expect(stronger).rejects.toMatchObject({ code: 'AMBIT_TX_INCOMPATIBLE' })
      expect(body).not.toHaveBeenCalled()
      await transactional({ isolation: 'READ COMMITTED' }, body)
      await transactional({ isolation: 'REPEATABLE READ' }, () => write('equal'))
    })
    expect(await committed(db)).toEqual(['equal', 'inner', 'outer'])
  })
})

describe.each(ENGINES)('weaknesses of other frameworks, a transaction that cannot begin on $name', engine => {
  const db = engineDatabase(engine)

  it('PS-W11 a failing connect leaks nothing: no frame, no connection, and the next one works', async () => {
    const app = await bootstrap({ database: db.settings, ...NOTES, logger: silentLogger })
    const { driver } = app.get(dataSourceToken('default')) as unknown as { driver: Connecting }
    const stock = driver.obtainMasterConnection
    if (!engine.oneWriter) driver.obtainMasterConnection = () => Promise.reject(new Error('no route'))
    const failing = transactional({ isolation: 'SERIALIZABLE' }, async () => {
      if (engine.oneWriter) await entityManager().query('SELECT * FROM missing')
      await write('a')
    })
    await expect(failing).rejects.toThrow(/no route|missing/)
    expect(currentTransaction()).toBeUndefined()
    expect(await db.leftovers(app, 'default')).toEqual({ checkedOut: 0, waiting: 0, openTransactions: 0 })
    driver.obtainMasterConnection = stock
    await transactional({ isolation: 'SERIALIZABLE' }, () => entityManager().insert(Note, { k: 'b' }))
    expect(await committed(db)).toEqual(['b'])
    await app.close()
  })
})

interface Connecting {
  obtainMasterConnection: () => Promise<unknown>
}

async function fail(k: string): Promise<never> {
  await write(k)
  throw new Failure()
}
