import { AsyncLocalStorage } from 'node:async_hooks'
import {
  afterCommit,
  type Application,
  bootstrap,
  type BootstrapOptions,
  Component,
  currentTransaction,
  EventListener,
  EventPublisher,
  PostConstruct,
  publish,
  TransactionalEventListener,
  transactional,
} from 'ambit'
import { isAmbitError } from 'ambit/errors'
import { committed, Failure, NOTES, write } from '../acceptance/notes'
import { ENGINES, engineDatabase, runningApplication, silentLogger } from '../support/engines'
import { gate } from '../support/gate'
import { Happened, HappenedAgain, Urgent } from './recorder'

let trace: string[] = []
let reports: Error[] = []

/** Resolves when everything that was posted before has been delivered. */
const delivered = (events: EventPublisher): Promise<void> =>
  new Promise(resolve => {
    class Last {}
    events.subscribe(Last, () => resolve(), { once: true })
    events.post(new Last())
  })

const start = (options: BootstrapOptions = {}): Promise<Application> =>
  bootstrap({ logger: silentLogger, onError: error => void reports.push(error), ...options })

const notes =
  (label: string) =>
  ({ name }: { readonly name: string }) =>
    void trace.push(`${label} ${name}`)
const codeOf = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    return isAmbitError(error) ? error.code : error
  }
}

beforeEach(() => {
  trace = []
  reports = []
})

describe('posted events', () => {
  let app: Application
  let events: EventPublisher
  beforeEach(async () => {
    app = await start()
    events = app.get(EventPublisher)
  })
  afterEach(() => app.close().catch(() => undefined))

  it('PI-63: publish is inline: awaited. post is the background policy: it returns first (there are no threads here)', async () => {
    events.subscribe(Urgent, notes('heard'))
    await events.publish(new Urgent('inline'))
    trace.push('published')
    expect(events.post(new Urgent('background'))).toBeUndefined()
    trace.push('posted')
    await delivered(events)
    expect(trace).toEqual(['heard inline', 'published', 'posted', 'heard background'])
  })

  it('PI-63: are delivered one after the other, in the order of the posts, whoever posts', async () => {
    const first = gate()
    events.subscribe(Urgent, async ({ name }) => {
      trace.push(`begin ${name}`)
      if (name === '1') await first.opened
      if (name === '1') events.post(new Urgent('by a listener'))
      trace.push(`end ${name}`)
    })
    for (const name of ['1', '2', '3']) events.post(new Urgent(name))
    await new Promise(resolve => setImmediate(resolve))
    await new Promise(resolve => setImmediate(resolve))
    expect(trace).toEqual(['begin 1'])
    first.open()
    await delivered(events)
    await delivered(events)
    expect(trace).toEqual(['1', '2', '3', 'by a listener'].flatMap(name => [`begin ${name}`, `end ${name}`]))
  })

  it('PI-63: reach declared and subscribed listeners, by base classes too', async () => {
    @Component()
    class Ear {
      @EventListener()
      hear({ name }: Happened): void {
        trace.push(`declared ${name}`)
      }
    }
    await using other = await start({ components: [Ear] })
    const publisher = other.get(EventPublisher)
    publisher.subscribe(Happened, notes('subscribed'))
    publisher.post(new HappenedAgain('e'))
    await delivered(publisher)
    expect(trace).toEqual(['declared e', 'subscribed e'])
  })

  it('PI-W25: a failure of a posted event is reported and keeps nobody else from it, nor later events', async () => {
    const broken = (): void => {
      throw new Failure('sync')
    }
    events.subscribe(Urgent, broken, { order: 1 })
    events.subscribe(Urgent, () => Promise.reject(new Failure('async')), { order: 2 })
    events.subscribe(Urgent, notes('heard'), { order: 3 })
    events.post(new Urgent('1'))
    events.post(new Urgent('2'))
    await delivered(events)
    expect(trace).toEqual(['heard 1', 'heard 2'])
    expect(reports).toMatchObject(
      ['sync', 'async', 'sync', 'async'].map(text => ({ code: 'AMBIT_EVENT_DELIVERY', cause: new Failure(text) })),
    )
  })

  it('PI-W25: an error listener that fails itself does not end the delivery', async () => {
    const onError = (): void => {
      throw new Failure('the error listener')
    }
    await using other = await start({ onError })
    const publisher = other.get(EventPublisher)
    publisher.subscribe(Urgent, () => Promise.reject(new Failure()), { order: 1 })
    publisher.subscribe(Urgent, notes('heard'))
    publisher.post(new Urgent('1'))
    publisher.post(new Urgent('2'))
    await delivered(publisher)
    expect(trace).toEqual(['heard 1', 'heard 2'])
  })

  it('PI-W25: a log that fails itself ends neither the delivery nor the close; the console is told', async () => {
    const told = jest.spyOn(console, 'error').mockImplementation(() => undefined)
    const fails = (): never => {
      throw new Failure('the log')
    }
    const other = await start({ logger: { ...silentLogger, error: fails } })
    const publisher = other.get(EventPublisher)
    publisher.subscribe(Urgent, () => Promise.reject(new Failure()), { order: 1 })
    publisher.subscribe(Happened, notes('heard'))
    publisher.post(new Urgent('1'))
    publisher.post(new Happened('2'))
    await other.close()
    expect(trace).toEqual(['heard 2'])
    expect(told.mock.calls.map(([message]) => String(message))).toEqual([
      'The logger failed; the console is told instead.',
      expect.stringContaining('a subscriber of Urgent failed'),
    ])
    told.mockRestore()
  })

  it('PI-W25: each is delivered with the context of its own post', async () => {
    const request = new AsyncLocalStorage<string>()
    events.subscribe(Urgent, async ({ name }) => {
      await Promise.resolve()
      trace.push(`${name} ${request.getStore()}`)
    })
    request.run('A', () => events.post(new Urgent('1')))
    request.run('B', () => events.post(new Urgent('2')))
    events.post(new Urgent('3'))
    await delivered(events)
    expect(trace).toEqual(['1 A', '2 B', '3 undefined'])
  })

  it('are in their application, whichever the caller is in', async () => {
    await using other = await start({ name: 'other' })
    other.get(EventPublisher).subscribe(Urgent, () => publish(new Happened('inside')))
    other.get(EventPublisher).subscribe(Happened, notes('other'))
    events.subscribe(Happened, notes('wrong'))
    app.run(() => other.get(EventPublisher).post(new Urgent('e')))
    await delivered(other.get(EventPublisher))
    expect([trace, reports]).toEqual([['other inside'], []])
  })

  it('are outside the block of a scope that they were posted in', async () => {
    @Component({ scope: 'request' })
    class Request {}
    await using other = await start({ components: [Request] })
    const publisher = other.get(EventPublisher)
    publisher.subscribe(Urgent, () => void trace.push(String(codeOf(() => other.get(Request)))))
    await other.runInScope('request', () => publisher.post(new Urgent('e')))
    await delivered(publisher)
    expect(trace).toEqual(['AMBIT_DI_SCOPE_INACTIVE'])
  })

  it('what is no event is refused where it is posted', () => {
    for (const wrong of [{}, [], null, 'text', Promise.resolve()])
      expect(codeOf(() => events.post(wrong as object))).toBe('AMBIT_EVENT_NO_CLASS') // wrong on purpose
  })

  it('wait for the components, when they are posted while those are built', async () => {
    @Component()
    class Early {
      constructor(readonly publisher: EventPublisher) {}
      @PostConstruct()
      async now(): Promise<void> {
        this.publisher.post(new Urgent('early'))
        await new Promise(resolve => setImmediate(resolve))
        await new Promise(resolve => setImmediate(resolve))
        trace.push('built')
      }
    }
    @Component()
    class Ear {
      @EventListener()
      hear({ name }: Urgent): void {
        trace.push(`heard ${name}`)
      }
    }
    await using other = await start({ components: [Early, Ear] })
    await delivered(other.get(EventPublisher))
    expect(trace).toEqual(['built', 'heard early'])
  })

  it('PI-64: those of a start that fails are reported as dropped', async () => {
    @Component()
    class Early {
      constructor(publisher: EventPublisher) {
        publisher.post(new Urgent('early'))
      }
      @PostConstruct()
      fails(): void {
        throw new Failure()
      }
    }
    await expect(start({ components: [Early] })).rejects.toMatchObject({ code: 'AMBIT_DI_CREATION' })
    expect(reports).toMatchObject([{ code: 'AMBIT_EVENT_UNDELIVERED' }])
  })

  it('of an application inside are delivered before its components end', async () => {
    @Component()
    class Ear {
      @EventListener()
      async hear({ name }: Urgent): Promise<void> {
        await new Promise(resolve => setImmediate(resolve))
        trace.push(`real ${name}`)
      }
    }
    class Fake extends Ear {
      override async hear({ name }: Urgent): Promise<void> {
        await new Promise(resolve => setImmediate(resolve))
        trace.push(`fake ${name}`)
      }
    }
    await using other = await start({ components: [Ear] })
    await other.withOverrides([[Ear, { useClass: Fake }]], inside => inside.get(EventPublisher).post(new Urgent('e')))
    expect([trace, reports]).toEqual([['fake e'], []])
  })
})

describe('a queue of posted events', () => {
  it('PI-64: refuses what is more than it holds, and takes again once there is room', async () => {
    await using app = await start({ eventQueueSize: 2 })
    const events = app.get(EventPublisher)
    const slow = gate()
    events.subscribe(Urgent, async event => {
      if (event.name === '0') await slow.opened
      notes('heard')(event)
    })
    events.post(new Urgent('0'))
    await new Promise(resolve => setImmediate(resolve)) // at work on it: it waits no longer
    events.post(new Urgent('1'))
    events.post(new Urgent('2'))
    expect(() => events.post(new Happened('3'))).toThrowErrorMatchingSnapshot()
    slow.open()
    while (trace.length < 3) await new Promise(resolve => setImmediate(resolve))
    events.post(new Urgent('4'))
    await delivered(events)
    expect(trace).toEqual(['heard 0', 'heard 1', 'heard 2', 'heard 4'])
  })

  it('PI-64: holds 1,000 unless it is told otherwise', async () => {
    await using app = await start()
    const events = app.get(EventPublisher)
    events.subscribe(Urgent, notes('heard'))
    for (let n = 0; n < 1_000; n += 1) events.post(new Urgent(String(n)))
    expect(codeOf(() => events.post(new Urgent('x')))).toBe('AMBIT_EVENT_QUEUE_FULL')
    await app.close()
    expect(trace).toHaveLength(1_000)
  })

  it.each([0, -1, 1.5, Infinity, NaN, '10', null])('is always bounded: eventQueueSize %p is refused', async size => {
    const wrong = start({ eventQueueSize: size as number }) // wrong on purpose
    await expect(wrong).rejects.toMatchObject({ code: 'AMBIT_BOOTSTRAP_OPTIONS' })
  })

  it('PI-64: posts from many flows at once are delivered in their order; the close delivers the rest', async () => {
    const app = await start()
    const events = app.get(EventPublisher)
    events.subscribe(Urgent, async ({ name }) => {
      await Promise.resolve()
      trace.push(name)
    })
    const posted: string[] = []
    const flow = async (id: number): Promise<void> => {
      for (let n = 0; n < 20; n += 1) {
        if ((n + id) % 3 === 0) await new Promise(resolve => setImmediate(resolve))
        posted.push(`${id}/${n}`)
        events.post(new Urgent(`${id}/${n}`))
      }
    }
    await Promise.all([1, 2, 3, 4].map(flow))
    await app.close()
    expect(trace).toEqual(posted)
    expect(trace).toHaveLength(80)
  })

  it('PI-64: the close gives up at its deadline, and tells what was dropped and what was at work', async () => {
    const app = await start({ closeTimeoutMs: 20 })
    const events = app.get(EventPublisher)
    const forever = gate()
    events.subscribe(Happened, () => forever.opened)
    for (const event of [new Happened(), new Urgent(), new Urgent(), new HappenedAgain()]) events.post(event)
    const failure = await app.close().catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 'AMBIT_APPLICATION_CLOSE',
      failures: [{ code: 'AMBIT_EVENT_UNDELIVERED' }],
    })
    expect(reports).toEqual((failure as { failures: unknown }).failures)
    expect(reports[0]?.message).toMatchSnapshot()
    forever.open()
  })

  it('PI-64: a listener that was given up delivers nothing more when it comes to its end', async () => {
    const app = await start({ closeTimeoutMs: 20 })
    const events = app.get(EventPublisher)
    const late = gate()
    events.subscribe(Happened, () => late.opened)
    events.subscribe(Urgent, notes('heard'))
    events.post(new Happened())
    events.post(new Urgent('dropped'))
    await app.close().catch(() => undefined)
    late.open()
    for (let turn = 0; turn < 5; turn += 1) await new Promise(resolve => setImmediate(resolve))
    expect(trace).toEqual([])
  })

  it('PI-65: takes what running work posts while the application closes, then nothing', async () => {
    const app = await start()
    const events = app.get(EventPublisher)
    events.subscribe(Urgent, event => {
      notes('heard')(event)
      if (event.name === '1') events.post(new Urgent('2'))
    })
    events.post(new Urgent('1'))
    await app.close()
    expect(trace).toEqual(['heard 1', 'heard 2'])
    expect(codeOf(() => events.post(new Urgent('3')))).toBe('AMBIT_APP_CLOSED')
  })

  it('PI-65: is over before the components are: who posts while it is disposed of is told', async () => {
    @Component()
    class Late {
      constructor(readonly publisher: EventPublisher) {}
      [Symbol.dispose](): void {
        trace.push(String(codeOf(() => this.publisher.post(new Urgent('late')))))
      }
    }
    const app = await start({ components: [Late] })
    await app.close()
    expect(trace).toEqual(['AMBIT_APP_CLOSING'])
  })

  it('PI-64: a listener that closes the application does not wait for itself; the rest is delivered', async () => {
    const app = await start()
    const events = app.get(EventPublisher)
    events.subscribe(Happened, async () => {
      await app.close()
      trace.push('closed')
    })
    events.subscribe(Urgent, notes('heard'))
    events.post(new Happened())
    events.post(new Urgent('rest'))
    while (!trace.includes('closed')) await new Promise(resolve => setImmediate(resolve))
    expect([trace, reports]).toEqual([['heard rest', 'closed'], []])
  })
})

it('PI-64: a close that a listener has begun, but does not wait for, waits for the queue like any other', async () => {
  const app = await start()
  const events = app.get(EventPublisher)
  const told = gate()
  let closed: Promise<void> | undefined
  events.subscribe(Happened, () => void told.opened.then(() => (closed = app.close())))
  events.subscribe(Urgent, async event => {
    told.open()
    await new Promise(resolve => setImmediate(resolve))
    notes('heard')(event)
  })
  for (const event of [new Happened(), new Urgent('1'), new Urgent('2')]) events.post(event)
  while (closed === undefined) await new Promise(resolve => setImmediate(resolve))
  await closed
  expect([trace, reports]).toEqual([['heard 1', 'heard 2'], []])
})

@Component()
class Waiting {
  @TransactionalEventListener()
  wait({ name }: Urgent): void {
    trace.push(`after commit ${name}`)
  }
}

describe.each(ENGINES)('posted events and transactions on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ ...NOTES, components: [...NOTES.components, Waiting] }))
  const events = (): EventPublisher => running.app.get(EventPublisher)

  it('PI-63: are delivered outside the caller’s transaction, and do not wait for it', async () => {
    using _ = events().subscribe(Happened, async () => {
      trace.push(currentTransaction() === undefined ? 'outside' : 'inside')
    })
    await transactional({}, async () => {
      events().post(new Happened())
      await delivered(events())
      trace.push('end')
    })
    expect(trace).toEqual(['outside', 'end'])
  })

  it('PI-63: a rollback of the caller takes back no post; one in afterCommit is never made', async () => {
    using _ = events().subscribe(Happened, ({ name }) => write(name))
    const call = transactional({}, () => {
      events().post(new Happened('posted'))
      afterCommit(() => events().post(new Happened('after commit')))
      throw new Failure('roll back')
    })
    await expect(call).rejects.toThrow('roll back')
    await delivered(events())
    expect(await committed(db)).toEqual(['posted'])
  })

  it('PI-63: posted in afterCommit, background work follows the commit, in a transaction of its own', async () => {
    using _ = events().subscribe(Happened, ({ name }) => transactional({}, () => write(name)))
    await transactional({}, async () => {
      await write('own')
      afterCommit(() => events().post(new Happened('after commit')))
    })
    await delivered(events())
    expect(await committed(db)).toEqual(['after commit', 'own'])
    expect(db.log.commands).toEqual(['BEGIN', 'INSERT note', 'COMMIT', 'BEGIN', 'INSERT note', 'COMMIT'])
  })

  it('PI-W25: a listener of a commit cannot hear of a posted event, which has no transaction: that is reported', async () => {
    await transactional({}, async () => {
      events().post(new Urgent('posted'))
      await events().publish(new Urgent('published'))
    })
    await delivered(events())
    expect(trace).toEqual(['after commit published'])
    expect(running.reports.splice(0)).toMatchObject([{ code: 'AMBIT_EVENT_DROPPED' }])
  })

  it('PI-64: what waits when the application closes may still write', async () => {
    const app = await start({ name: 'closing', database: db.settings, ...NOTES })
    const publisher = app.get(EventPublisher)
    const before = gate()
    publisher.subscribe(Happened, async ({ name }) => {
      if (name === '1') await before.opened
      await app.run(() => transactional({}, () => write(name)))
    })
    publisher.post(new Happened('1'))
    publisher.post(new Happened('2'))
    const closed = app.close()
    before.open()
    await closed
    expect(await committed(db)).toEqual(['1', '2'])
    expect(reports).toEqual([])
  })
})
