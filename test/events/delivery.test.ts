import {
  afterCommit,
  beforeCommit,
  bootstrap,
  Component,
  currentTransaction,
  EventListener,
  EventPublisher,
  publish,
  TransactionalEventListener,
  transactional,
} from 'ambit'
import { Boundaries, committed, Failure, seen, write } from '../acceptance/notes'
import { ENGINES, engineDatabase, runningApplication, silentLogger } from '../support/engines'
import { createTestDatabase } from '../support/postgres'
import { WireProxy } from '../support/wire-proxy'
import { Happened, HappenedAgain, RECORDED, Recorder, Urgent } from './recorder'

class Ordered {}

/** Listeners and hooks in another order than that in which they stand here. */
@Component()
class InOrder {
  trace: string[] = []

  @TransactionalEventListener()
  last(_: Ordered): void {
    this.trace.push('listener without an order')
  }

  @TransactionalEventListener({ order: 20 })
  twenty(_: Ordered): void {
    this.trace.push('listener 20')
  }

  @TransactionalEventListener({ order: 10, fallback: false })
  ten(_: Ordered): void {
    this.trace.push('listener 10')
  }

  @EventListener()
  lastAtOnce(_: Ordered): void {
    this.trace.push('at once, without an order')
  }

  @EventListener({ order: -1 })
  async firstAtOnce(_: Ordered): Promise<void> {
    await Promise.resolve()
    this.trace.push('at once, -1')
  }
}

describe.each(ENGINES)('events on $name', engine => {
  const infos: string[] = []
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    ...RECORDED,
    components: [...RECORDED.components, InOrder],
    logger: { ...silentLogger, info: (message: string) => void infos.push(message) },
  }))
  /** The listeners that were reported to have missed an event. */
  const dropped = (): unknown[] =>
    running.reports
      .splice(0)
      .filter(error => (error as { code?: unknown }).code === 'AMBIT_EVENT_DROPPED')
      .map(({ message }) => /where: (\S+)/.exec(message)?.[1])
  const events = (): EventPublisher => running.app.get(EventPublisher)
  const recorder = (): Recorder => running.app.get(Recorder)
  const boundaries = (): Boundaries => running.app.get(Boundaries)
  const taken = (): string[] => recorder().trace.splice(0)

  beforeEach(() => {
    infos.length = 0
    recorder().reset()
  })

  it('SP-36 a commit delivers while publishing, before COMMIT, after it, and at the end: each exactly once', async () => {
    const sent: Partial<Record<string, readonly string[]>> = {}
    for (const moment of ['published', 'beforeCommit', 'afterCommit'] as const) {
      recorder().does[moment] = () => (sent[moment] = db.log.commands)
    }
    await boundaries().required(async () => {
      await write('a')
      await events().publish(new Happened())
      expect(recorder().trace).toEqual(['e published inside'])
      await write('b')
    })
    expect(taken()).toEqual([
      'e published inside',
      'e beforeCommit inside',
      'e afterCommit outside',
      'e afterCompletion committed outside',
    ])
    const rows = ['BEGIN', 'INSERT note', 'INSERT note']
    expect(sent).toEqual({ published: rows.slice(0, 2), beforeCommit: rows, afterCommit: [...rows, 'COMMIT'] })
    expect(infos).toEqual([])
  })

  it('SP-36 a rollback delivers while publishing, after ROLLBACK, and at the end: each exactly once', async () => {
    let sent: readonly string[] = []
    recorder().does.afterRollback = () => (sent = db.log.commands)
    const failure = new Failure()
    const failing = boundaries().required(async () => {
      await write('a')
      await events().publish(new Happened())
      throw failure
    })
    await expect(failing).rejects.toBe(failure)
    expect(taken()).toEqual(['e published inside', 'e afterRollback outside', 'e afterCompletion rolled-back outside'])
    expect(sent).toEqual(['BEGIN', 'INSERT note', 'ROLLBACK'])
    expect(await committed(db)).toEqual([])
  })

  it('SP-36 setRollbackOnly delivers as a rollback does, though the call succeeds', async () => {
    await transactional({}, async () => {
      await write('a')
      await events().publish(new Happened())
      currentTransaction()?.setRollbackOnly()
    })
    expect(taken().slice(1)).toEqual(['e afterRollback outside', 'e afterCompletion rolled-back outside'])
  })

  it('J8 all of them have settled when the caller goes on', async () => {
    const settled: string[] = []
    recorder().does.afterCommit = async () => {
      await committed(db)
      settled.push('afterCommit')
    }
    await transactional({}, () => events().publish(new Happened()))
    expect(settled).toEqual(['afterCommit'])
  })

  it('SP-37 with no transaction none of the four phases is called; who waits for a commit is reported', async () => {
    await events().publish(new Happened())
    expect(taken()).toEqual(['e published outside'])
    expect(infos).toEqual([
      "Happened was published where no transaction is active on 'default': Recorder.rolledBack (afterRollback) was not called. " +
        'Publish it in a transaction, or give the listener fallback: true.',
      expect.stringContaining('Recorder.completed (afterCompletion)'),
    ])
    const reported = running.reports.splice(0)
    expect(reported).toEqual([
      expect.objectContaining({ code: 'AMBIT_EVENT_DROPPED' }),
      expect.objectContaining({ code: 'AMBIT_EVENT_DROPPED' }),
    ])
    expect(reported[1]?.message).toBe(
      "Happened was published where no transaction is active on 'default': Recorder.committed (afterCommit) was not called. [AMBIT_EVENT_DROPPED]\n" +
        '  where: Recorder.committed\n' +
        '  next:  Publish it in a transaction, or give the listener fallback: true, or fallback: false if it may miss such events.',
    )
    expect(db.log.commands).toEqual([])
  })

  it('SP-37 with no transaction, all four are called at once with fallback', async () => {
    await events().publish(new Urgent())
    expect(taken()).toEqual([
      'u beforeCommit outside',
      'u afterCommit outside',
      'u afterRollback outside',
      'u afterCompletion undefined outside',
    ])
    expect(infos).toEqual([])
  })

  it.each(['notSupported', 'never', 'supports'] as const)('SP-37 %s without a transaction is none', async mode => {
    await boundaries()[mode](async () => {
      await events().publish(new Happened())
      await events().publish(new Urgent())
      expect(taken()).toHaveLength(5)
    })
    expect(taken()).toEqual([])
    expect(dropped()).toEqual(['Recorder.before', 'Recorder.committed'])
  })

  it('SP-37 NOT_SUPPORTED inside a transaction is none either: nothing waits for the outer one', async () => {
    await boundaries().required(async () => {
      await boundaries().notSupported(() => events().publish(new Happened()))
      expect(taken()).toEqual(['e published outside'])
    })
    expect(taken()).toEqual([])
    expect(dropped()).toEqual(['Recorder.before', 'Recorder.committed'])
  })

  it('a listener that says fallback: false may miss an event: a line of the log is enough', async () => {
    await events().publish(new Ordered())
    expect(infos.filter(line => line.includes('InOrder.ten'))).toHaveLength(1)
    expect(dropped()).toEqual(['InOrder.twenty', 'InOrder.last'])
  })

  it('SP-37 SUPPORTS that joined waits for the outer one; with fallback too nothing is called before', async () => {
    await boundaries().required(async () => {
      await boundaries().supports(() => events().publish(new Urgent()))
      expect(taken()).toEqual([])
    })
    expect(taken()).toEqual(['u beforeCommit inside', 'u afterCommit outside', 'u afterCompletion committed outside'])
  })

  it('SP-36 what a participant publishes waits for the originator', async () => {
    await boundaries().required(async () => {
      await boundaries().mandatory(() => events().publish(new Happened('inner')))
      expect(taken()).toEqual(['inner published inside'])
    })
    expect(taken()).toEqual([
      'inner beforeCommit inside',
      'inner afterCommit outside',
      'inner afterCompletion committed outside',
    ])
  })

  it('what REQUIRES_NEW publishes is bound to its own transaction, and delivered outside the outer one too', async () => {
    await boundaries().required(async () => {
      await boundaries().requiresNew(() => events().publish(new Happened('new')))
      expect(taken()).toEqual([
        'new published inside',
        'new beforeCommit inside',
        'new afterCommit outside',
        'new afterCompletion committed outside',
      ])
    })
    expect(taken()).toEqual([])
  })

  it('G-13 a rolled-back savepoint drops what is about a commit; the rest is delivered at the end, with its outcome', async () => {
    await boundaries().required(async () => {
      await write('a')
      const block = boundaries().nested(async () => {
        await write('b')
        await events().publish(new Happened('undone'))
        throw new Failure()
      })
      await expect(block).rejects.toThrow(Failure)
      await boundaries().nested(() => events().publish(new Happened('kept')))
      expect(taken()).toEqual(['undone published inside', 'kept published inside'])
    })
    expect(taken()).toEqual([
      'kept beforeCommit inside',
      'undone afterRollback outside',
      'kept afterCommit outside',
      'undone afterCompletion rolled-back outside',
      'kept afterCompletion committed outside',
    ])
    expect(await committed(db)).toEqual(['a'])
  })

  it('a beforeCommit listener works in the transaction, and sees what it wrote', async () => {
    let rows: string[] = []
    recorder().does.beforeCommit = async () => {
      await write('b')
      rows = await seen()
    }
    await transactional({}, async () => {
      await write('a')
      await events().publish(new Happened())
    })
    expect(rows).toEqual(['a', 'b'])
    expect(await committed(db)).toEqual(['a', 'b'])
    expect(db.log.commands.filter(command => /BEGIN|COMMIT/.test(command))).toEqual(['BEGIN', 'COMMIT'])
  })

  it('an order places a listener among all hooks and listeners; those without one come last', async () => {
    const { trace } = running.app.get(InOrder)
    trace.length = 0
    await transactional({}, async () => {
      afterCommit(() => trace.push('hook without an order'))
      afterCommit(() => trace.push('hook 15'), { order: 15 })
      await events().publish(new Ordered())
      afterCommit(() => trace.push('hook 5'), { order: 5 })
    })
    expect(trace).toEqual([
      'at once, -1',
      'at once, without an order',
      'hook 5',
      'listener 10',
      'hook 15',
      'listener 20',
      'hook without an order',
      'listener without an order',
    ])
  })

  it('events are delivered in the order in which they were published', async () => {
    await transactional({}, async () => {
      for (const name of ['1', '2', '3']) await events().publish(new Happened(name))
    })
    expect(taken().filter(line => line.includes('afterCommit'))).toEqual([
      '1 afterCommit outside',
      '2 afterCommit outside',
      '3 afterCommit outside',
    ])
  })

  it('a subclass of an event reaches those who listen for its base', async () => {
    await transactional({}, () => events().publish(new HappenedAgain('again')))
    expect(taken()).toHaveLength(4)
  })

  it('an event that nobody listens for is no error', async () => {
    class Unheard {}
    await transactional({}, () => events().publish(new Unheard()))
    await events().publish(new Unheard())
    expect(db.log.commands).toEqual([])
  })

  it('publish() is the same as the injected publisher', async () => {
    await publish(new Happened('outside'))
    await transactional({}, () => publish(new Happened('inside')))
    expect(taken()).toEqual([
      'outside published outside',
      'inside published inside',
      'inside beforeCommit inside',
      'inside afterCommit outside',
      'inside afterCompletion committed outside',
    ])
    expect(dropped()).toHaveLength(2)
  })

  it('a publisher that is not awaited binds at once, as long as nobody listens at once', async () => {
    await transactional({}, () => void events().publish(new Urgent()))
    expect(taken()).toHaveLength(3)
  })

  it('parallel branches publish into their one transaction', async () => {
    await transactional({}, async () => {
      await Promise.all(
        ['1', '2', '3'].map(async name => {
          await write(name)
          await events().publish(new Happened(name))
        }),
      )
    })
    expect(
      taken()
        .filter(line => line.includes('afterCommit'))
        .sort(),
    ).toEqual(['1 afterCommit outside', '2 afterCommit outside', '3 afterCommit outside'])
  })

  it('a retried transaction delivers what each attempt published, with the outcome of that attempt', async () => {
    const transient = engine.oneWriter
      ? Object.assign(new Error('busy'), { code: 'SQLITE_BUSY_SNAPSHOT' })
      : Object.assign(new Error('serialization'), { code: '40001' })
    let attempt = 0
    await transactional({ retry: 1 }, async () => {
      attempt += 1
      await events().publish(new Happened(`attempt ${attempt}`))
      if (attempt === 1) throw transient
    })
    expect(taken().filter(line => !line.includes('published'))).toEqual([
      'attempt 1 afterRollback outside',
      'attempt 1 afterCompletion rolled-back outside',
      'attempt 2 beforeCommit inside',
      'attempt 2 afterCommit outside',
      'attempt 2 afterCompletion committed outside',
    ])
  })

  it('a beforeCommit hook may publish: the event still reaches every phase', async () => {
    await transactional({}, () => beforeCommit(() => events().publish(new Happened('late'))))
    expect(taken()).toEqual([
      'late published inside',
      'late beforeCommit inside',
      'late afterCommit outside',
      'late afterCompletion committed outside',
    ])
  })

  it('the connection is back in its pool before anybody is called after the end', async () => {
    let out: unknown
    recorder().does.afterCommit = async () => (out = await db.leftovers(running.app, 'default'))
    await transactional({}, async () => {
      await write('a')
      await events().publish(new Happened())
    })
    expect(out).toEqual({ checkedOut: 0, waiting: 0, openTransactions: 0 })
  })
})

describe('events of a transaction whose outcome nobody knows', () => {
  it('are delivered to afterCompletion listeners only, which are told so', async () => {
    const database = await createTestDatabase()
    const proxy = await WireProxy.start(database.url)
    const settings = { url: proxy.url, schema: 'create', poolSize: 1 } as const
    const app = await bootstrap({ database: settings, logger: silentLogger, ...RECORDED })
    try {
      const cut = proxy.cut('after', ({ text }) => text === 'COMMIT')
      const lost = app.run(() =>
        transactional({}, async () => {
          await write('a')
          await publish(new Happened())
        }),
      )
      await expect(lost).rejects.toMatchObject({ code: 'AMBIT_TX_COMMIT_UNKNOWN' })
      await cut
      expect(app.get(Recorder).trace).toEqual([
        'e published inside',
        'e beforeCommit inside',
        'e afterCompletion unknown outside',
      ])
    } finally {
      await app.close()
      await proxy.close()
      await database.drop()
    }
  })
})
