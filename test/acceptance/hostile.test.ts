import { setTimeout as after } from 'node:timers/promises'
import {
  afterCommit,
  afterCompletion,
  afterRollback,
  beforeCommit,
  bootstrap,
  currentTransaction,
  dataSourceToken,
  detached,
  Service,
  Transactional,
  transactional,
} from 'ambit'
import type { DataSource } from 'typeorm'
import { engineDatabase, ENGINES, runningApplication, silentLogger } from '../support/engines'
import { NOTES } from './notes'

// Combinations that nobody writes on purpose, on a pool of one: each must end, tell the truth, and leave nothing behind.

@Service()
class Rows {
  @Transactional({ propagation: 'NESTED' })
  async *nested(write: (k: string) => Promise<unknown>): AsyncGenerator<number> {
    await write('in the generator')
    yield 1
    yield 2
  }
}

describe.each(ENGINES)('on a pool of one, on $name', engine => {
  const database = engineDatabase(engine)
  const running = runningApplication(database, () => ({
    ...NOTES,
    components: [...NOTES.components, Rows],
    database: { ...database.settings, ...(engine.oneWriter ? {} : { poolSize: 1 }) },
    waitTimeoutMs: 2_000,
  }))
  const write = (k: string): Promise<unknown> => {
    const dataSource: DataSource = running.app.get(dataSourceToken('default'))
    return dataSource.query(`INSERT INTO note (k) VALUES ('${k}')`)
  }
  const stored = async (): Promise<unknown[]> =>
    (await database.query<{ k: string }>('SELECT k FROM note ORDER BY k')).map(({ k: word }) => word)
  const fate = async (call: Promise<unknown>): Promise<string> => {
    try {
      await call
      return 'ok'
    } catch (error) {
      const { code, message } = error as { code?: string; message: string }
      return code ?? message
    }
  }
  const codes = (): unknown[] => running.reports.splice(0).map(error => (error as { code?: unknown }).code)

  it.each(['sync', 'async'] as const)(
    'hooks that throw in every phase (%s): each is told, none changes the outcome',
    async kind => {
      const boom = (name: string) => (): unknown => {
        if (kind === 'sync') throw new Error(name)
        return Promise.reject(new Error(name))
      }
      const call = transactional({}, async () => {
        await write('a')
        afterCommit(boom('1'))
        afterCompletion(boom('2'))
        afterCommit(() => write('b'))
      })
      expect(await fate(call)).toBe('ok')
      expect(codes()).toEqual(['AMBIT_TX_AFTER_COMMIT', 'AMBIT_TX_AFTER_COMMIT'])
      const undone = transactional({}, async () => {
        await write('c')
        beforeCommit(boom('before'))
        afterRollback(boom('3'))
        afterCompletion(boom('4'))
      })
      expect(await fate(undone)).toBe('before')
      expect(codes()).toEqual(['AMBIT_TX_AFTER_COMMIT', 'AMBIT_TX_AFTER_COMMIT'])
      expect(await stored()).toEqual(['a', 'b'])
    },
  )

  it('a beforeCommit hook that begins a transaction of its own on the same data source fails in time, and rolls back', async () => {
    const call = transactional({}, async () => {
      await write('a')
      beforeCommit(() => transactional({ propagation: 'REQUIRES_NEW' }, () => write('b')))
    })
    expect(await fate(call)).toMatch(/^AMBIT_(DATA_SOURCE_POOL_STARVATION|SQLITE_NEW_AFTER_WRITE)$/)
    expect(await stored()).toEqual([])
  })

  it('hooks after the end begin transactions of their own, inside each other, and finish before the caller goes on', async () => {
    await transactional({}, async () => {
      await write('a')
      afterCommit(() =>
        transactional({ propagation: 'REQUIRES_NEW' }, async () => {
          await write('b')
          afterCommit(() => transactional({}, () => write('c')))
        }),
      )
    })
    expect(await stored()).toEqual(['a', 'b', 'c'])
  })

  it('a generator that is left early inside a NESTED block undoes its part only', async () => {
    await transactional({}, async () => {
      await write('before')
      await transactional({ propagation: 'NESTED' }, async () => {
        await write('block')
        for await (const one of running.app.get(Rows).nested(write)) if (one === 1) break
        await write('block goes on')
      })
      await write('after')
    })
    expect(await stored()).toEqual(['after', 'before', 'block', 'block goes on'])
  })

  it('a generator that nobody finishes does not hold its transaction for ever, nor can it be read on', async () => {
    let rows: AsyncGenerator<number> | undefined
    const call = transactional({ label: 'Rows.read' }, async () => {
      rows = running.app.get(Rows).nested(write)
      await rows.next()
    })
    await expect(call).rejects.toMatchObject({
      code: 'AMBIT_TX_TURN_TIMEOUT',
      waiter: 'the end of Rows.read',
      holder: 'Rows.nested',
      runs: undefined,
    })
    expect(await stored()).toEqual([])
    expect(await rows?.return(undefined)).toEqual({ done: true, value: undefined })
    expect(await stored()).toEqual([])
  })

  it('setRollbackOnly() in beforeCommit rolls back, and nobody is told of a commit', async () => {
    const told: string[] = []
    const call = transactional({}, async () => {
      await write('a')
      afterCommit(() => told.push('commit'))
      afterRollback(() => told.push('rollback'))
      beforeCommit(() => currentTransaction()?.setRollbackOnly())
    })
    expect(await fate(call)).toBe('AMBIT_TX_UNEXPECTED_ROLLBACK')
    expect(told).toEqual(['rollback'])
    expect(await stored()).toEqual([])
  })

  it('a signal that is aborted in a hook, or while COMMIT is under way, tells the truth', async () => {
    for (const abortIn of ['beforeCommit', 'afterCommit'] as const) {
      const controller = new AbortController()
      const call = transactional({ signal: controller.signal }, async () => {
        await write(abortIn)
        if (abortIn === 'beforeCommit') beforeCommit(() => controller.abort())
        else afterCommit(() => controller.abort())
      })
      expect(await fate(call)).toBe(abortIn === 'beforeCommit' ? 'AMBIT_TX_ABORTED' : 'ok')
    }
    for (let n = 0; n < 20; n += 1) {
      const controller = new AbortController()
      const call = fate(transactional({ signal: controller.signal }, () => write(`n${n}`)))
      setTimeout(() => controller.abort(), n / 4)
      const rows = await call.then(stored)
      expect({ n, fate: await call, stored: rows.includes(`n${n}`) }).toMatchObject({
        stored: (await call) === 'ok',
      })
    }
  })

  it('what a detached hook floats away with is no part of anything', async () => {
    let floating: Promise<unknown> | undefined
    await transactional({}, async () => {
      await write('a')
      afterRollback(() => undefined)
      afterCommit(() => {
        floating = detached(() => transactional({}, () => write('later')))
      })
    })
    await floating
    expect(await stored()).toEqual(['a', 'later'])
  })

  it('late hooks and late work of a hook are refused and reported, and store nothing', async () => {
    let late: Promise<string> | undefined
    await transactional({}, async () => {
      await write('a')
      beforeCommit(() => {
        late = after(20).then(() => fate(write('late')))
      })
    })
    expect(await late).toBe('AMBIT_TX_ENDED')
    expect(codes()).toEqual(['AMBIT_TX_ENDED'])
    expect(await stored()).toEqual(['a'])
  })
})

describe.each(ENGINES)('an application that closes on $name', engine => {
  const database = engineDatabase(engine)

  it('finishes a hook that begins a new transaction while it closes, and the hook of that one', async () => {
    const reports: Error[] = []
    const app = await bootstrap({
      ...NOTES,
      logger: silentLogger,
      database: database.settings,
      onError: error => reports.push(error),
    })
    const dataSource: DataSource = app.get(dataSourceToken('default'))
    const write = (k: string): Promise<unknown> => dataSource.query(`INSERT INTO note (k) VALUES ('${k}')`)
    let closed: Promise<void> | undefined
    await transactional({}, async () => {
      await write('a')
      closed = app.close()
      afterCommit(() =>
        transactional({ propagation: 'REQUIRES_NEW' }, async () => {
          await write('b')
          afterCommit(() => transactional({}, () => write('c')))
        }),
      )
    })
    await closed
    expect(reports).toEqual([])
    const rows = await database.query<{ k: string }>('SELECT k FROM note ORDER BY k')
    expect(rows.map(({ k: word }) => word)).toEqual(['a', 'b', 'c'])
  })
})
