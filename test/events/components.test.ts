import {
  type Application,
  bootstrap,
  type BootstrapOptions,
  Bean,
  Component,
  Configuration,
  currentTransaction,
  EventListener,
  EventPublisher,
  Inject,
  type Lazy,
  lazy,
  PostConstruct,
  PreDestroy,
  Primary,
  provide,
  publish,
  Service,
  Transactional,
  TransactionalEventListener,
  transactional,
} from 'ambit'
import { isAmbitError } from 'ambit/errors'
import { committed, Note, NoteRepository, NOTES, write } from '../acceptance/notes'
import { ENGINES, engineDatabase, expectClean, silentLogger } from '../support/engines'

class Placed {
  constructor(readonly k: string) {}
}

let trace: string[] = []
beforeEach(() => (trace = []))

@Component({ scope: 'transaction' })
class Basket {
  readonly items: string[] = []

  @PostConstruct()
  async open(): Promise<void> {
    trace.push('basket opened')
  }

  @EventListener({ order: 1 })
  add({ k }: Placed): void {
    this.items.push(k)
  }

  @TransactionalEventListener({ phase: 'beforeCommit' })
  count(_: Placed): void {
    trace.push(`before: ${this.items.join()}`)
  }

  @TransactionalEventListener()
  report(_: Placed): void {
    trace.push(`after: ${this.items.join()}`)
  }

  @PreDestroy()
  end(): void {
    trace.push('basket closed')
  }
}

/** Everything around the database that a listener may be. */
class Base {
  @TransactionalEventListener()
  inherited({ k }: Placed): void {
    trace.push(`${this.constructor.name}.inherited ${k}`)
  }

  @TransactionalEventListener()
  overridden({ k }: Placed): void {
    trace.push(`Base.overridden ${k}`)
  }

  @TransactionalEventListener()
  redeclared({ k }: Placed): void {
    trace.push(`Base.redeclared ${k}`)
  }
}

@Component()
class Derived extends Base {
  override overridden({ k }: Placed): void {
    trace.push(`Derived.overridden ${k}`)
  }

  @TransactionalEventListener({ phase: 'beforeCommit' })
  override redeclared({ k }: Placed): void {
    trace.push(`Derived.redeclared ${k}`)
  }
}

async function start(options: BootstrapOptions): Promise<Application> {
  return bootstrap({ database: { url: 'sqlite::memory:' }, logger: silentLogger, ...options })
}

const placed = (app: Application, k = 'x'): Promise<void> =>
  app.run(() => transactional({}, () => app.get(EventPublisher).publish(new Placed(k))))

describe('components that listen', () => {
  it('that live for a transaction are built with the event, and called alive after its end', async () => {
    await using app = await start({ components: [Basket] })
    await app.run(() =>
      transactional({}, async () => {
        await publish(new Placed('a'))
        await publish(new Placed('b'))
      }),
    )
    expect(trace).toEqual(['basket opened', 'before: a,b', 'before: a,b', 'after: a,b', 'after: a,b', 'basket closed'])
  })

  it('that live for a transaction are each transaction’s own', async () => {
    await using app = await start({ components: [Basket] })
    await Promise.all([placed(app, '1'), placed(app, '2')])
    expect(trace.filter(line => line.startsWith('after')).sort()).toEqual(['after: 1', 'after: 2'])
  })

  it('that live for a transaction cannot be called without one: the publisher is told', async () => {
    await using app = await start({ components: [Basket] })
    await expect(app.get(EventPublisher).publish(new Placed('x'))).rejects.toMatchObject({
      code: 'AMBIT_DI_SCOPE_INACTIVE',
    })
    expect(trace).toEqual([])
  })

  it('inherit listeners; one that is overridden is called once, one that is declared anew in its new form', async () => {
    await using app = await start({ components: [Derived] })
    await placed(app)
    expect(trace).toEqual(['Derived.redeclared x', 'Derived.inherited x', 'Derived.overridden x'])
  })

  it('are each called, a base and its subclass too, whichever of them is primary', async () => {
    @Component()
    class Plain extends Base {}
    @Primary()
    @Component()
    class Special extends Plain {}
    await using app = await start({ components: [Plain, Special] })
    await placed(app)
    expect(trace.filter(line => line.includes('inherited'))).toEqual(['Plain.inherited x', 'Special.inherited x'])
  })

  it('may be beans and provided classes; an alias is nobody’s second ear', async () => {
    @Component()
    class Own extends Base {}
    class Made extends Base {}
    class Provided extends Base {}
    abstract class Port {}
    @Configuration()
    class Beans {
      @Bean()
      made(): Made {
        return new Made()
      }
    }
    await using app = await start({
      components: [Own, Beans],
      providers: [provide(Provided, { useClass: Provided }), provide(Port, { useExisting: Own })],
    })
    await placed(app)
    expect(trace.filter(line => line.includes('inherited'))).toEqual([
      'Own.inherited x',
      'Made.inherited x',
      'Provided.inherited x',
    ])
  })

  it('may publish and listen at once, and need each other', async () => {
    class Second {}
    @Service()
    class One {
      constructor(
        private readonly events: EventPublisher,
        @Inject(lazy(() => Two)) readonly two: Lazy<unknown>,
      ) {}

      @EventListener()
      async first({ k }: Placed): Promise<void> {
        trace.push(`first ${k}`)
        await this.events.publish(new Second())
      }
    }
    @Service()
    class Two {
      constructor(readonly one: One) {}

      @EventListener()
      second(_: Second): void {
        trace.push('second')
      }
    }
    await using app = await start({ components: [Two, One] })
    await placed(app)
    expect(trace).toEqual(['first x', 'second'])
  })

  it('that a test replaces are called by the methods that the replacement has', async () => {
    const called: string[] = []
    const fake = { inherited: ({ k }: Placed) => called.push(k) }
    const infos: string[] = []
    const logger = { ...silentLogger, info: (message: string) => void infos.push(message) }
    await using app = await start({ components: [Derived], overrides: [[Derived, fake]], logger })
    await placed(app)
    expect(called).toEqual(['x'])
    expect(trace).toEqual([])
    expect(infos.slice(1)).toEqual([
      'Derived.redeclared is not there to be called: it was replaced.',
      'Derived.overridden is not there to be called: it was replaced.',
    ])
  })

  it('that a test replaces by a subclass are called as that subclass', async () => {
    class Fake extends Derived {
      override inherited(): void {
        trace.push('Fake.inherited')
      }
    }
    await using app = await start({ components: [Derived], overrides: [[Derived, { useClass: Fake }]] })
    await placed(app)
    expect(trace).toEqual(['Derived.redeclared x', 'Fake.inherited', 'Derived.overridden x'])
  })

  it('a replaced publisher is the one of publish() as well', async () => {
    const published: object[] = []
    const fake = {
      publish: async (event: object) => void published.push(event),
      post: event => void published.push(event),
      subscribe: () => {
        throw new Error('nobody subscribes here')
      },
    } satisfies EventPublisher
    await using app = await start({ components: [Derived], overrides: [[EventPublisher, fake]] })
    await app.run(() => publish(new Placed('x')))
    expect(published).toEqual([new Placed('x')])
    expect(trace).toEqual([])
  })

  it('are called by name: symbols, and names that begin with an underscore', async () => {
    const hidden = Symbol('hidden')
    @Component()
    class Odd {
      @EventListener()
      [hidden]({ k }: Placed): void {
        trace.push(`symbol ${k}`)
      }

      @EventListener()
      async _internal({ k }: Placed): Promise<void> {
        trace.push(`underscore ${k}`)
      }
    }
    await using app = await start({ components: [Odd] })
    await placed(app)
    expect(trace).toEqual(['symbol x', 'underscore x'])
  })
})

describe('several applications', () => {
  it('deliver each to its own components, whatever is ambient', async () => {
    @Component()
    class Ear {
      readonly heard: string[] = []

      @TransactionalEventListener({ fallback: true })
      hear({ k }: Placed): void {
        this.heard.push(k)
      }
    }
    await using one = await start({ name: 'one', components: [Ear] })
    await using two = await start({ name: 'two', components: [Ear] })
    // A transaction of the other application is none of this one.
    await one.run(() => transactional({}, () => two.get(EventPublisher).publish(new Placed('at once'))))
    await one.run(() => transactional({}, () => publish(new Placed('bound'))))
    await expect(publish(new Placed('whose?'))).rejects.toMatchObject({ code: 'AMBIT_APP_AMBIGUOUS' })
    expect([one.get(Ear).heard, two.get(Ear).heard]).toEqual([['bound'], ['at once']])
  })

  it('refuse to publish before they are there, and when they are closed', async () => {
    let early: unknown
    @Component()
    class Hasty {
      @PostConstruct()
      async now(): Promise<void> {
        early = await publish(new Placed('x')).catch((error: unknown) => isAmbitError(error) && error.code)
      }
    }
    const app = await start({ components: [Hasty] })
    const events = app.get(EventPublisher)
    await app.close()
    expect(early).toBe('AMBIT_EVENT_NOT_READY')
    await expect(events.publish(new Placed('x'))).rejects.toMatchObject({ code: 'AMBIT_APP_CLOSED' })
    await expect(publish(new Placed('x'))).rejects.toMatchObject({ code: 'AMBIT_APP_NONE' })
  })

  it('deliver while they close, to what is still there', async () => {
    const app = await start({ components: [Derived] })
    let goOn: () => void = () => undefined
    const gate = new Promise<void>(resolve => (goOn = resolve))
    const running = app.run(() =>
      transactional({}, async () => {
        await publish(new Placed('x'))
        await gate
      }),
    )
    const closing = app.close()
    goOn()
    await Promise.all([running, closing])
    expect(trace).toContain('Derived.inherited x')
  })
})

/** Listens to two data sources, and writes into the default one. */
@Component()
class Auditor {
  constructor(readonly notes: NoteRepository) {}

  @TransactionalEventListener()
  main({ k }: Placed): void {
    trace.push(`default ${k}`)
  }

  @TransactionalEventListener({ dataSource: 'archive' })
  async archive({ k }: Placed): Promise<void> {
    trace.push(`archive ${k}`)
    await this.notes.insert({ k: `${k}, archived` })
  }

  @TransactionalEventListener({ dataSource: 'archive', phase: 'beforeCommit', fallback: true })
  @Transactional({ dataSource: 'archive', propagation: 'SUPPORTS' })
  async eager({ k }: Placed): Promise<void> {
    trace.push(`eager ${k} ${currentTransaction('archive') === undefined ? 'outside' : 'inside'}`)
  }
}

describe.each(ENGINES)('listeners for two data sources on $name', engine => {
  const main = engineDatabase(engine)
  const archive = engineDatabase(engine)
  let app: Application
  beforeAll(async () => {
    app = await bootstrap({
      dataSources: { default: main.settings, archive: archive.settings },
      entities: [Note],
      components: [...NOTES.components, Auditor],
      logger: silentLogger,
    })
  })
  beforeEach(() => main.query('DELETE FROM note'))
  afterEach(async () => {
    await expectClean(main, app)
    await expectClean(archive, app, 'archive')
  })
  afterAll(() => app.close())

  it('an event is bound, for each listener, to the transaction of the listener’s data source', async () => {
    await transactional({ dataSource: 'archive' }, async () => {
      await transactional({}, () => publish(new Placed('a')))
      expect(trace.splice(0)).toEqual(['default a'])
    })
    expect(trace).toEqual(['eager a inside', 'archive a'])
    expect(await committed(main)).toEqual(['a, archived'])
  })

  it('where only the other one has a transaction, a listener is not called, or at once with fallback', async () => {
    await transactional({}, () => publish(new Placed('a')))
    expect(trace.splice(0)).toEqual(['eager a outside', 'default a'])
    await transactional({ dataSource: 'archive' }, () => publish(new Placed('b')))
    expect(trace).toEqual(['eager b inside', 'archive b'])
  })

  it('the rollback of one is not the rollback of the other', async () => {
    const call = transactional({}, async () => {
      await transactional({ dataSource: 'archive' }, () => publish(new Placed('a')))
      await write('lost')
      throw new Error('undo')
    })
    await expect(call).rejects.toThrow('undo')
    expect(trace).toEqual(['eager a inside', 'archive a'])
    // Delivered detached: the row of the listener is not in the transaction around the publisher.
    expect(await committed(main)).toEqual(['a, archived'])
  })
})
