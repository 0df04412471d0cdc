import {
  afterCommit,
  Component,
  CrudRepository,
  EventListener,
  EventPublisher,
  Inject,
  InjectionToken,
  provide,
  publish,
  Repository,
  Service,
  Transactional,
  TransactionalEventListener,
  transactional,
} from 'ambit'
import { CommitOutcomeUnknownError, UnexpectedRollbackError } from 'ambit/errors'
import { checkLeaks, type FakeApplication, fakeApplication, recordStatements, withRollback } from 'ambit/testing'
import { Entity, PrimaryColumn } from 'typeorm'
import { silentLogger } from '../support/engines'

@Entity()
class Order {
  @PrimaryColumn()
  id!: string
}

@Repository(Order)
class OrderRepository extends CrudRepository<Order, string> {}

interface Mailer {
  send(text: string): void
}
const MAILER = new InjectionToken<Mailer>('Mailer')

@Service()
class OrderService {
  constructor(
    private readonly orders: OrderRepository,
    @Inject(MAILER) private readonly mailer: Mailer,
  ) {}

  @Transactional({ retry: 2 })
  async place(id: string): Promise<void> {
    await this.orders.save({ id })
    await this.audit().catch(() => undefined)
    afterCommit(() => this.mailer.send(`placed ${id}`))
  }

  @Transactional({ propagation: 'NESTED' })
  async audit(): Promise<void> {
    await this.orders.save({ id: 'audit' })
  }

  @Transactional()
  async fail(): Promise<void> {
    await this.orders.save({ id: 'x' })
    throw new Error('no')
  }
}

describe('NC-33/34 an application without a database', () => {
  let app: FakeApplication
  let saved: string[]
  let sent: string[]
  const errors: Error[] = []
  beforeEach(async () => {
    ;[saved, sent] = [[], []]
    errors.length = 0
    const orders = { save: ({ id }: Order) => Promise.resolve(saved.push(id)) }
    app = await fakeApplication({
      components: [OrderRepository, OrderService],
      overrides: [[OrderRepository, { useValue: orders as never }]],
      providers: [provide(MAILER, { useValue: { send: text => void sent.push(text) } })],
      logger: silentLogger,
      onError: error => errors.push(error),
    })
  })
  afterEach(async () => {
    checkLeaks(app)
    await app.close()
    expect(app.database().violations).toEqual([])
  })

  it('runs decorated methods in transactions that a fake records', async () => {
    await app.get(OrderService).place('o1')
    expect({ saved, sent }).toEqual({ saved: ['o1', 'audit'], sent: ['placed o1'] })
    expect(app.transactions).toEqual([
      {
        method: 'OrderService.place',
        dataSource: 'default',
        outcome: 'committed',
        boundaries: [
          { method: 'OrderService.place', decision: 'began' },
          { method: 'OrderService.audit', decision: 'savepoint' },
        ],
      },
    ])
    expect(app.database().commands()).toEqual(['BEGIN', 'COMMIT'])
  })

  it('rolls back a method that fails', async () => {
    await expect(app.get(OrderService).fail()).rejects.toThrow('no')
    expect(app.transactions).toMatchObject([{ outcome: 'rolled-back' }])
    expect(app.database().openConnections).toEqual([])
  })

  it('fails on COMMIT when it is told to, in each way that a database can', async () => {
    const place = (): Promise<void> => app.get(OrderService).place('o1')
    app.database().failNext('COMMIT', 'lost')
    await expect(place()).rejects.toThrow(CommitOutcomeUnknownError)
    app.database().failNext('COMMIT', 'answers-rollback')
    await expect(place()).rejects.toThrow(UnexpectedRollbackError)
    app.database().failNext('COMMIT', 'error')
    await expect(place()).rejects.toMatchObject({ code: 'XX000' })
    expect(sent).toEqual([])
    expect(app.transactions.map(({ outcome }) => outcome)).toEqual(['unknown', 'rolled-back', 'rolled-back'])
  })

  it('is where function forms work too, and the other parts of the kit', async () => {
    const recording = recordStatements(app)
    await app.run(() => transactional({ label: 'script' }, () => Promise.resolve()))
    expect(recording.commands).toEqual(['BEGIN', 'COMMIT'])
    recording.stop()
    await withRollback(app, async () => {
      await app.get(OrderService).place('o2')
      expect(sent).toEqual(['placed o2'])
    })
    expect(errors).toEqual([])
  })

  it('says that a repository needs a replacement, and which data sources there are', async () => {
    const broken = fakeApplication({ components: [OrderRepository], logger: silentLogger })
    await expect(broken).rejects.toMatchObject({ cause: { code: 'AMBIT_TESTING_STATE' } })
    expect(() => app.database('other')).toThrow(expect.objectContaining({ code: 'AMBIT_TX_UNKNOWN_DATA_SOURCE' }))
    const unknown = fakeApplication({ components: [OrderService], dataSources: ['other'], logger: silentLogger })
    await expect(unknown).rejects.toMatchObject({ code: 'AMBIT_BOOTSTRAP_INVALID' })
  })
})

describe('the events of an application without a database', () => {
  class Placed {
    constructor(readonly id: string) {}
  }
  const heard: string[] = []
  @Component()
  class Listener {
    @EventListener()
    now({ id }: Placed): void {
      heard.push(`now ${id}`)
    }
    @TransactionalEventListener()
    later({ id }: Placed): void {
      heard.push(`committed ${id}`)
    }
  }
  beforeEach(() => {
    heard.length = 0
  })

  it('reach their listeners, by the function and by what is injected, with the transactions', async () => {
    const app = await fakeApplication({ components: [Listener], logger: silentLogger })
    await app.run(() => transactional({}, () => publish(new Placed('a'))))
    app.database().failNext('COMMIT', 'error')
    const failing = app.run(() => transactional({}, () => app.get(EventPublisher).publish(new Placed('b'))))
    await expect(failing).rejects.toMatchObject({ code: 'XX000' })
    app.get(EventPublisher).post(new Placed('c'))
    await app.close()
    expect(heard).toEqual(['now a', 'committed a', 'now b', 'now c'])
  })

  it.each([
    ['providers', { providers: [provide(EventPublisher, { useValue: recording() })] }],
    ['overrides', { overrides: [[EventPublisher, recording()]] }],
  ] as const)('go to the publisher of %s, if there is one', async (_, options) => {
    await using app = await fakeApplication({ components: [Listener], logger: silentLogger, ...options })
    await app.run(() => publish(new Placed('a')))
    expect(heard).toEqual(['recorded a'])
  })

  it('are checked as at the start of a real one', async () => {
    @Component()
    class Elsewhere {
      @TransactionalEventListener({ dataSource: 'other' })
      later(_event: Placed): void {}
    }
    const start = fakeApplication({ components: [Elsewhere], logger: silentLogger })
    await expect(start).rejects.toThrow('Elsewhere.later')
  })

  function recording(): EventPublisher {
    return { publish: async ({ id }: Placed) => void heard.push(`recorded ${id}`) } as never
  }
})

it.each([
  [{ component: [] }, "fakeApplication() has no option 'component'", "Did you mean 'components'?"],
  [{ poolsize: 1 }, "fakeApplication() has no option 'poolsize'", "Did you mean 'poolSize'?"],
  [{ poolSize: 0 }, "fakeApplication() takes a positive whole number as 'poolSize'", 'poolSize'],
  [{ overrides: {} }, "fakeApplication() takes an array as 'overrides'", 'overrides'],
])('fakeApplication(%j) is refused', async (options, what, next) => {
  const start = fakeApplication(options as never)
  await expect(start).rejects.toMatchObject({ code: 'AMBIT_BOOTSTRAP_OPTIONS' })
  await expect(start).rejects.toThrow(what)
  await expect(start).rejects.toThrow(next)
})

describe('an application without a database that has scopes', () => {
  it('has the scopes of a real one, with requests around transactions', async () => {
    @Component({ scope: 'request' })
    class Request {}
    @Component({ scope: 'transaction' })
    class Unit {
      constructor(@Inject(Request) readonly request: Request) {}
    }
    await using scoped = await fakeApplication({
      components: [Request, Unit],
      scopes: ['tenant'],
      logger: silentLogger,
    })
    const inUnit = (): Promise<unknown[]> =>
      transactional({}, async () => [(await scoped.resolve(Unit)).request, scoped.get(Request)])
    const seen = await scoped.run(() => scoped.runInScope('tenant', 'acme', () => scoped.runInScope('request', inUnit)))
    expect(seen[0]).toBe(seen[1])
  })
})
