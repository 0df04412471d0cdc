import {
  afterCommit,
  Component,
  EventPublisher,
  Service,
  Transactional,
  TransactionalEventListener,
  transactional,
} from 'ambit'
import { isAmbitError } from 'ambit/errors'
import { Boundaries, committed, Failure, write } from '../acceptance/notes'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'
import { Happened, RECORDED, Recorder, Urgent } from './recorder'

class Placed {
  constructor(readonly k: string) {}
}

/** What a listener does after the end, in a transaction of its own. */
@Service()
class Follower {
  fails = false

  @TransactionalEventListener()
  @Transactional({ propagation: 'REQUIRES_NEW' })
  async follow(placed: Placed): Promise<void> {
    await write(`${placed.k}, followed`)
    if (this.fails) throw new Failure('follow')
  }
}

class Slow {}

@Component()
class Slowly {
  release: () => void = () => undefined

  @TransactionalEventListener()
  async slow(_: Slow): Promise<void> {
    await new Promise<void>(resolve => (this.release = resolve))
  }
}

const code = (error: unknown): unknown => (isAmbitError(error) ? error.code : error)
const refused = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'resolved',
    (error: unknown) => code(error),
  )

describe.each(ENGINES)('listeners that fail on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    ...RECORDED,
    components: [...RECORDED.components, Follower, Slowly],
    hookTimeoutMs: 300,
  }))
  const events = (): EventPublisher => running.app.get(EventPublisher)
  const recorder = (): Recorder => running.app.get(Recorder)
  const boundaries = (): Boundaries => running.app.get(Boundaries)
  const taken = (): string[] => recorder().trace.splice(0)
  const reported = (): Error[] => running.reports.splice(0)

  beforeEach(() => {
    recorder().reset()
    running.app.get(Follower).fails = false
  })

  it('SP-39a an afterCommit listener that is REQUIRES_NEW commits by itself', async () => {
    await transactional({}, async () => {
      await write('a')
      await events().publish(new Placed('a'))
    })
    expect(await committed(db)).toEqual(['a', 'a, followed'])
    expect(db.log.commands).toEqual(['BEGIN', 'INSERT note', 'COMMIT', 'BEGIN', 'INSERT note', 'COMMIT'])
  })

  it('SP-39b when it throws, its own work is undone, the caller resolves, and the error is reported', async () => {
    running.app.get(Follower).fails = true
    const call = transactional({ label: 'Orders.place' }, async () => {
      await write('a')
      await events().publish(new Placed('a'))
      return 'done'
    })
    await expect(call).resolves.toBe('done')
    expect(await committed(db)).toEqual(['a'])
    const [report, ...others] = reported()
    expect(others).toEqual([])
    expect(report).toMatchObject({
      code: 'AMBIT_TX_AFTER_COMMIT',
      committed: true,
      method: 'Follower.follow',
      phase: 'afterCommit',
      cause: expect.objectContaining({ message: 'follow' }),
    })
    expect(report?.message).toContain('An afterCommit hook of Follower.follow failed')
  })

  it('G-12 a listener that throws or rejects after the end keeps no other one, and no hook, from its turn', async () => {
    const hook = jest.fn()
    recorder().does = {
      afterCommit: () => {
        throw new Failure('sync')
      },
      afterCompletion: () => Promise.reject(new Failure('async')),
    }
    await transactional({}, async () => {
      await events().publish(new Urgent('1'))
      afterCommit(hook)
      await events().publish(new Urgent('2'))
      await write('a')
    })
    expect(taken().filter(line => line.includes('after'))).toEqual([
      '1 afterCommit outside',
      '2 afterCommit outside',
      '1 afterCompletion committed outside',
      '2 afterCompletion committed outside',
    ])
    expect(hook).toHaveBeenCalledTimes(1)
    expect(reported().map(({ cause }) => (cause as Error).message)).toEqual(['sync', 'sync', 'async', 'async'])
    expect(await committed(db)).toEqual(['a'])
  })

  it('G-12 one from a savepoint that fails leaves the transaction around it committed', async () => {
    recorder().does.afterRollback = () => Promise.reject(new Failure('undone'))
    await boundaries().required(async () => {
      await write('a')
      const block = boundaries().nested(async () => {
        await events().publish(new Happened())
        await write('b')
        throw new Failure()
      })
      await expect(block).rejects.toThrow(Failure)
    })
    expect(await committed(db)).toEqual(['a'])
    expect(reported().map(({ cause }) => (cause as Error).message)).toEqual(['undone'])
  })

  it('a failed afterRollback listener does not replace the error that rolled back', async () => {
    recorder().does.afterRollback = () => Promise.reject(new Failure('listener'))
    const failure = new Failure('own')
    const call = transactional({}, async () => {
      await events().publish(new Happened())
      throw failure
    })
    await expect(call).rejects.toBe(failure)
    expect(reported()).toMatchObject([
      { code: 'AMBIT_TX_AFTER_COMMIT', committed: false, method: 'Recorder.rolledBack' },
    ])
  })

  it('SP-33 a beforeCommit listener that throws rolls everything back, and the caller gets its error', async () => {
    const failure = new Failure('before')
    recorder().does.beforeCommit = async () => {
      await write('b')
      throw failure
    }
    const call = boundaries().required(async () => {
      await write('a')
      await events().publish(new Happened('1'))
      await events().publish(new Happened('2'))
    })
    await expect(call).rejects.toBe(failure)
    expect(taken().filter(line => !line.includes('published'))).toEqual([
      '1 beforeCommit inside',
      '1 afterRollback outside',
      '2 afterRollback outside',
      '1 afterCompletion rolled-back outside',
      '2 afterCompletion rolled-back outside',
    ])
    expect(await committed(db)).toEqual([])
    expect(db.log.commands.at(-1)).toBe('ROLLBACK')
  })

  it('SP-36 the error of a listener that is called at once is the publisher’s, and can roll back', async () => {
    const failure = new Failure('at once')
    recorder().does.published = () => Promise.reject(failure)
    const call = boundaries().required(async () => {
      await write('a')
      await events().publish(new Happened())
    })
    await expect(call).rejects.toBe(failure)
    expect(await committed(db)).toEqual([])
    // The event has failed: nobody behind the failed listener is told of it, whatever the publisher goes on to do.
    expect(taken()).toEqual(['e published inside'])
  })

  it('SP-36 a publisher that catches it goes on, and the listeners behind it never hear of the event', async () => {
    recorder().does.published = () => {
      throw new Failure('at once')
    }
    await boundaries().required(async () => {
      await write('a')
      await expect(events().publish(new Happened())).rejects.toThrow('at once')
    })
    expect(taken()).toEqual(['e published inside'])
    expect(await committed(db)).toEqual(['a'])
  })

  it('SP-36 a listener whose own boundary failed has doomed the transaction it joined, caught or not', async () => {
    recorder().does.published = () =>
      boundaries().required(async () => {
        throw new Failure('joined')
      })
    const call = boundaries().required(async () => {
      await write('a')
      await events()
        .publish(new Happened())
        .catch(() => undefined)
    })
    await expect(call).rejects.toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK' })
    expect(await committed(db)).toEqual([])
  })

  it('a fallback listener that throws fails the publisher: it is called at once', async () => {
    recorder().does.afterCommit = () => Promise.reject(new Failure('fallback'))
    await expect(events().publish(new Urgent())).rejects.toThrow('fallback')
    expect(taken()).toEqual(['u beforeCommit outside', 'u afterCommit outside'])
    expect(reported()).toEqual([])
  })

  it('a listener that never ends is given up after hookTimeoutMs, and named', async () => {
    await transactional({}, async () => {
      await write('a')
      await events().publish(new Slow())
    })
    const [report] = reported()
    expect(report?.cause).toMatchObject({ code: 'AMBIT_TX_HOOKS' })
    expect((report?.cause as Error).message).toContain('The afterCommit hook of Slowly.slow took longer than 300 ms.')
    expect(await committed(db)).toEqual(['a'])
    running.app.get(Slowly).release()
  })

  it('statements of a listener after the end are stored each by itself', async () => {
    recorder().does.afterCommit = async () => {
      await write('b')
      throw new Failure('behind the row')
    }
    await transactional({}, async () => {
      await write('a')
      await events().publish(new Happened())
    })
    expect(await committed(db)).toEqual(['a', 'b'])
    expect(reported()).toHaveLength(1)
  })

  it('SP-39 what is published after the end finds no transaction: dropped, or at once with fallback', async () => {
    recorder().does.afterCommit = async event => {
      if (event.name === 'first') await events().publish(new Happened('second'))
      if (event.name === 'first') await events().publish(new Urgent('urgent'))
    }
    await transactional({}, () => events().publish(new Happened('first')))
    expect(taken().slice(2)).toEqual([
      'first afterCommit outside',
      'second published outside',
      'urgent beforeCommit outside',
      'urgent afterCommit outside',
      'urgent afterRollback outside',
      'urgent afterCompletion undefined outside',
      'first afterCompletion committed outside',
    ])
    expect(reported().map(code)).toEqual(['AMBIT_EVENT_DROPPED', 'AMBIT_EVENT_DROPPED'])
  })

  it('G-13 what is published in a transaction that a listener begins is bound to that one', async () => {
    recorder().does.afterCommit = async event => {
      if (event.name !== 'first') return
      await boundaries().requiresNew(async () => {
        await write('b')
        await events().publish(new Happened('second'))
      })
    }
    await transactional({}, async () => {
      await write('a')
      await events().publish(new Happened('first'))
    })
    expect(taken().slice(2)).toEqual([
      'first afterCommit outside',
      'second published inside',
      'second beforeCommit inside',
      'second afterCommit outside',
      'second afterCompletion committed outside',
      'first afterCompletion committed outside',
    ])
    expect(await committed(db)).toEqual(['a', 'b'])
  })

  it('a beforeCommit listener that publishes its own event again ends in an error, not in an endless loop', async () => {
    recorder().does.beforeCommit = event => events().publish(event)
    const call = transactional({}, async () => {
      await write('a')
      await events().publish(new Urgent())
    })
    expect(await refused(call)).toBe('AMBIT_TX_HOOKS')
    expect(taken().filter(line => line.includes('beforeCommit'))).toHaveLength(100)
    expect(await committed(db)).toEqual([])
  })

  it('listeners that publish inside each other without end are stopped, and the transaction is rolled back', async () => {
    recorder().does.published = event => events().publish(event)
    const call = transactional({}, async () => {
      await write('a')
      await events().publish(new Happened())
    })
    await expect(call).rejects.toMatchObject({
      code: 'AMBIT_EVENT_DEPTH',
      message: expect.stringContaining('when Recorder.published was to be called'),
    })
    expect(taken().filter(line => line.includes('published'))).toHaveLength(100)
    expect(await committed(db)).toEqual([])
  })

  it('transactions that listeners begin inside each other without end are stopped too, and reported', async () => {
    recorder().does.afterCommit = event => boundaries().requiresNew(() => events().publish(event))
    await transactional({}, () => events().publish(new Urgent()))
    const { length } = taken().filter(line => line.includes('afterCommit'))
    expect(length).toBe(100)
    const reports = reported()
    expect(reports.map(({ cause }) => code(cause))).toEqual(expect.arrayContaining(['AMBIT_EVENT_DEPTH']))
  })

  it('a chain that nobody waits for may be longer than that', async () => {
    let rounds = 0
    const over = new Promise<void>(resolve => {
      recorder().does.afterCommit = event => {
        rounds += 1
        if (rounds === 150) resolve()
        else setImmediate(() => void events().publish(event))
      }
    })
    await events().publish(new Urgent())
    await over
    expect(rounds).toBe(150)
  })

  it('SP-65 publishing in a transaction that has ended is late work: refused as a whole, and reported', async () => {
    let late: Promise<unknown> | undefined
    let goOn: () => void = () => undefined
    await transactional({ label: 'Orders.place' }, async () => {
      const over = new Promise<void>(resolve => (goOn = resolve))
      late = over.then(() => refused(events().publish(new Happened())))
      await write('a')
    })
    goOn()
    expect(await late).toBe('AMBIT_TX_ENDED')
    expect(taken()).toEqual([])
    expect(reported().map(code)).toEqual(['AMBIT_TX_ENDED'])
  })

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['A string', 'OrderPlaced'],
    ['A number', 7],
    ['A plain object', { orderId: 7 }],
    ['A plain object', Object.create(null)],
    ['An array', [new Happened()]],
    ['A promise', Promise.resolve(new Happened())],
    ['A function', Happened],
  ])('%s is no event, and never dooms', async (kind, event) => {
    await transactional({}, async () => {
      await write('a')
      await expect(events().publish(event as object)).rejects.toMatchObject({
        code: 'AMBIT_EVENT_NO_CLASS',
        message: expect.stringMatching(new RegExp(`^${kind} was published;`)),
      })
    })
    expect(await committed(db)).toEqual(['a'])
  })
})
