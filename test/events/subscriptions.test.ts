import {
  type Application,
  bootstrap,
  Component,
  EventListener,
  EventPublisher,
  type SubscribeOptions,
  transactional,
} from 'ambit'
import { EventDeliveryError, isAmbitError } from 'ambit/errors'
import { committed, Failure, write } from '../acceptance/notes'
import { ENGINES, engineDatabase, runningApplication, silentLogger } from '../support/engines'
import { gate } from '../support/gate'
import { Happened, HappenedAgain, RECORDED, Urgent } from './recorder'

let trace: string[] = []

@Component()
class Declared {
  @EventListener({ order: 10 })
  ten({ name }: Happened): void {
    trace.push(`declared 10 ${name}`)
  }

  @EventListener()
  last({ name }: Happened): void {
    trace.push(`declared ${name}`)
  }
}

const notes =
  (label: string) =>
  ({ name }: { readonly name: string }) =>
    void trace.push(`${label} ${name}`)
const codeOf = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    return isAmbitError(error) ? `${error.code}: ${error.message}` : error
  }
}

describe('subscribed functions', () => {
  let app: Application
  let events: EventPublisher
  let reports: Error[]
  beforeEach(async () => {
    trace = []
    reports = []
    app = await bootstrap({
      components: [Declared],
      logger: silentLogger,
      onError: error => void reports.push(error),
    })
    events = app.get(EventPublisher)
  })
  afterEach(() => app.close())

  it('PI-61: run in one order with declared listeners; of equal places, declared ones come first', async () => {
    events.subscribe(Happened, notes('no order'))
    events.subscribe(Happened, notes('20'), { order: 20 })
    events.subscribe(Happened, notes('10'), { order: 10 })
    events.subscribe(Happened, notes('-1'), { order: -1 })
    await events.publish(new Happened('e'))
    expect(trace).toEqual(['-1 e', 'declared 10 e', '10 e', '20 e', 'declared e', 'no order e'])
  })

  it('PI-61: one that is there once is called with one event, and is gone when it is called', async () => {
    const once = events.subscribe(
      Urgent,
      async event => {
        notes('once')(event)
        if (event.name === '1') await events.publish(new Urgent('inside'))
      },
      { once: true },
    )
    expect(once.active).toBe(true)
    await events.publish(new Urgent('1'))
    await events.publish(new Urgent('2'))
    expect([trace, once.active]).toEqual([['once 1'], false])
  })

  it('PI-61: one that is there once is called once by publishes side by side, also behind a slow listener', async () => {
    const slow = gate()
    events.subscribe(Urgent, () => slow.opened, { order: 1 })
    events.subscribe(Urgent, notes('once'), { once: true })
    const publishes = ['1', '2', '3'].map(name => events.publish(new Urgent(name)))
    slow.open()
    await Promise.all(publishes)
    expect(trace).toEqual(['once 1'])
  })

  it('PI-61: one that is there once is used up by a failure of its own, not by one before it', async () => {
    const broken = events.subscribe(
      Urgent,
      () => {
        throw new Failure('before')
      },
      { order: 1 },
    )
    events.subscribe(
      Urgent,
      event => {
        notes('once')(event)
        throw new Failure('its own')
      },
      { once: true },
    )
    await expect(events.publish(new Urgent('1'))).rejects.toThrow('before')
    broken.unsubscribe()
    await expect(events.publish(new Urgent('2'))).rejects.toThrow('its own')
    await events.publish(new Urgent('3'))
    expect(trace).toEqual(['once 2'])
  })

  it('PI-61: is not called any more when it is unsubscribed, by call or by using', async () => {
    const subscription = events.subscribe(Urgent, notes('first'))
    {
      using inside = events.subscribe(Urgent, notes('used'))
      expect(inside.active).toBe(true)
      await events.publish(new Urgent('1'))
    }
    await events.publish(new Urgent('2'))
    subscription.unsubscribe()
    subscription.unsubscribe()
    subscription[Symbol.dispose]()
    await events.publish(new Urgent('3'))
    expect(trace).toEqual(['first 1', 'used 1', 'first 2'])
    expect(subscription.active).toBe(false)
  })

  it('PI-61: unsubscribing counts for a delivery under way, subscribing for the next one', async () => {
    const late = notes('late')
    events.subscribe(
      Urgent,
      event => {
        notes('first')(event)
        gone.unsubscribe()
        events.subscribe(Urgent, late, { order: 2 })
      },
      { order: 1 },
    )
    const gone = events.subscribe(Urgent, notes('gone'))
    await events.publish(new Urgent('1'))
    await events.publish(new Urgent('2'))
    expect(trace).toEqual(['first 1', 'first 2', 'late 2'])
  })

  it('PI-61: the same function twice for a class counts once; for two classes, twice', async () => {
    const listener = notes('same')
    const first = events.subscribe(Happened, listener)
    expect(events.subscribe(Happened, listener, {})).toBe(first)
    expect(events.subscribe(Happened, listener, { once: false })).toBe(first)
    events.subscribe(HappenedAgain, listener)
    await events.publish(new Happened('base'))
    await events.publish(new HappenedAgain('derived'))
    expect(trace.filter(line => line.startsWith('same'))).toEqual(['same base', 'same derived', 'same derived'])
  })

  it('PI-61: the same function may come again after it has gone, at its new place', async () => {
    const listener = notes('same')
    const first = events.subscribe(Urgent, listener)
    events.subscribe(Urgent, notes('other'))
    first.unsubscribe()
    const second = events.subscribe(Urgent, listener)
    expect(second).not.toBe(first)
    first.unsubscribe() // is not its business any more
    await events.publish(new Urgent('e'))
    expect(trace).toEqual(['other e', 'same e'])
  })

  it('PI-61: hears of subclasses, and of no other classes', async () => {
    events.subscribe(Happened, notes('base'), { order: 1 })
    events.subscribe(HappenedAgain, notes('derived'), { order: 2 })
    events.subscribe(Urgent, notes('other'))
    await events.publish(new HappenedAgain('a'))
    await events.publish(new Happened('b'))
    expect(trace.filter(line => !line.startsWith('declared'))).toEqual(['base a', 'derived a', 'base b'])
  })

  it('refuses what can never be called, and options that it would have to drop', () => {
    const listener = notes('x')
    const wrong: readonly (readonly unknown[])[] = [
      [undefined, listener],
      [Object, listener],
      [Array, listener],
      [{}, listener],
      [Happened, undefined],
      [Happened, listener, null],
      [Happened, listener, { ordr: 1 }],
      [Happened, listener, { order: NaN }],
      [Happened, listener, { once: 'yes' }],
    ]
    // Wrong on purpose: callers without types.
    const subscribe = (args: readonly unknown[]): unknown => codeOf(() => Reflect.apply(events.subscribe, events, args))
    expect(wrong.map(subscribe)).toMatchSnapshot()
    events.subscribe(Happened, listener, { order: 1 })
    for (const options of [{}, { order: 2 }, { order: 1, once: true }] satisfies SubscribeOptions[])
      expect(codeOf(() => events.subscribe(Happened, listener, options))).toMatch(
        /AMBIT_EVENT_SUBSCRIPTION.*other options/,
      )
  })

  it('PI-62: throw, the default, propagates the first failure, and ends the delivery', async () => {
    const failing = async (): Promise<void> => {
      throw new Failure('mine')
    }
    events.subscribe(Urgent, notes('before'), { order: 1 })
    events.subscribe(Urgent, failing, { order: 2 })
    events.subscribe(Urgent, notes('behind'), { order: 3 })
    for (const options of [undefined, {}, { onError: undefined }, { onError: 'throw' as const }])
      await expect(events.publish(new Urgent('e'), options as object)).rejects.toThrow('mine')
    expect(trace).toEqual(['before e', 'before e', 'before e', 'before e'])
    expect(reports).toEqual([])
  })

  it('PI-62: report continues: every listener is called, and each failure is reported with its listener', async () => {
    const sync = (): void => {
      throw new Failure('sync')
    }
    events.subscribe(Urgent, sync, { order: 1 })
    events.subscribe(Urgent, () => Promise.reject(new Failure('async')), { order: 2 })
    events.subscribe(Urgent, notes('behind'), { order: 3 })
    await expect(events.publish(new Urgent('e'), { onError: 'report' })).resolves.toBeUndefined()
    expect(trace).toEqual(['behind e'])
    expect(reports.every(error => error instanceof EventDeliveryError)).toBe(true)
    expect(reports).toMatchObject([
      { code: 'AMBIT_EVENT_DELIVERY', listener: 'sync', event: 'Urgent', cause: new Failure('sync') },
      { code: 'AMBIT_EVENT_DELIVERY', listener: 'a subscriber of Urgent', cause: new Failure('async') },
    ])
    expect(reports[0]?.message).toMatchSnapshot()
  })

  it('PI-62: what the publisher itself did wrong is thrown whatever it asked for', async () => {
    await expect(events.publish({}, { onError: 'report' })).rejects.toMatchObject({ code: 'AMBIT_EVENT_NO_CLASS' })
    for (const options of [null, 1, { onEror: 'report' }, { onError: 'log' }]) {
      const wrong = events.publish(new Urgent('e'), options as object) // wrong on purpose
      await expect(wrong).rejects.toMatchObject({ code: 'AMBIT_EVENT_OPTIONS' })
    }
    expect(reports).toEqual([])
  })

  it('PI-62: listeners that publish inside each other for ever are stopped, reported or not', async () => {
    let calls = 0
    const again = async (): Promise<void> => {
      calls += 1
      await events.publish(new Urgent('again'), { onError: 'report' })
    }
    events.subscribe(Urgent, again)
    events.subscribe(Urgent, () => again()) // two, so that going on would double at every step
    await expect(events.publish(new Urgent('e'), { onError: 'report' })).rejects.toMatchObject({
      code: 'AMBIT_EVENT_DEPTH',
    })
    expect(calls).toBe(100)
  })

  it('PI-65: a closed application takes no subscriptions and no events; unsubscribing is nothing any more', async () => {
    const subscription = events.subscribe(Urgent, notes('gone'))
    await app.close()
    expect(codeOf(() => events.subscribe(Urgent, notes('late')))).toMatch(/^AMBIT_APP_CLOSED/)
    expect(codeOf(() => events.post(new Urgent('late')))).toMatch(/^AMBIT_APP_CLOSED/)
    await expect(events.publish(new Urgent('late'))).rejects.toMatchObject({ code: 'AMBIT_APP_CLOSED' })
    expect(() => subscription.unsubscribe()).not.toThrow()
    expect(trace).toEqual([])
  })

  it('belong to the publisher of their application: another one, and one inside, do not call them', async () => {
    await using other = await bootstrap({ components: [Declared], logger: silentLogger })
    events.subscribe(Urgent, notes('one'))
    other.get(EventPublisher).subscribe(Urgent, notes('two'))
    await events.publish(new Urgent('e'))
    await app.withOverrides([[Declared, {}]], async inside => {
      inside.get(EventPublisher).subscribe(Happened, notes('inside'))
      await inside.get(EventPublisher).publish(new Happened('i'))
    })
    await events.publish(new Happened('o'))
    expect(trace).toEqual(['one e', 'inside i', 'declared 10 o', 'declared o'])
  })
})

describe.each(ENGINES)('subscribed functions in transactions on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => RECORDED)
  const events = (): EventPublisher => running.app.get(EventPublisher)

  it('PI-61: work in the publisher’s transaction, and roll it back by failing', async () => {
    using _ = events().subscribe(Urgent, async ({ name }) => {
      await write(name)
      if (name === 'bad') throw new Failure('undo')
    })
    await transactional({}, () => events().publish(new Urgent('good')))
    await expect(transactional({}, () => events().publish(new Urgent('bad')))).rejects.toThrow('undo')
    expect(await committed(db)).toEqual(['good'])
  })

  it('PI-62: a reported failure leaves the transaction, with what others wrote, to be committed', async () => {
    using _first = events().subscribe(Urgent, () => Promise.reject(new Failure('reported')), { order: 1 })
    using _second = events().subscribe(Urgent, () => write('second'), { order: 2 })
    await transactional({}, async () => {
      await write('own')
      await events().publish(new Urgent('e'), { onError: 'report' })
    })
    expect(await committed(db)).toEqual(['own', 'second'])
    expect(running.reports.splice(0).map(({ cause }) => (cause as Error).message)).toEqual(['reported'])
  })

  it('PI-62: a listener whose own boundary joined has doomed the transaction, reported or not', async () => {
    using _ = events().subscribe(Urgent, () =>
      transactional({}, async () => {
        await write('joined')
        throw new Failure('doomed')
      }),
    )
    const call = transactional({}, () => events().publish(new Urgent('e'), { onError: 'report' }))
    await expect(call).rejects.toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK' })
    expect(await committed(db)).toEqual([])
    expect(running.reports.splice(0)).toHaveLength(1)
  })
})

it('a subscriber is typed by the class of its events', () => {
  const types = (events: EventPublisher): void => {
    events.subscribe(Urgent, ({ name }) => name.toUpperCase())
    // @ts-expect-error: there is no such property of the event
    events.subscribe(Urgent, ({ nam }) => nam)
    // @ts-expect-error: the listener is for other events
    events.subscribe(Urgent, (event: { readonly count: number }) => event.count)
    // @ts-expect-error: the options have no such name
    events.subscribe(Urgent, () => undefined, { priority: 1 })
  }
  expect(types).toBeInstanceOf(Function)
})
