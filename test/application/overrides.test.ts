import {
  type Application,
  bootstrap,
  type BootstrapOptions,
  Container,
  currentTransaction,
  EventListener,
  EventPublisher,
  HealthCheck,
  NestedApplication,
  PreDestroy,
  publish,
  Service,
  Transactional,
} from 'ambit'
import { DataSource } from 'typeorm'
import { committed, NoteRepository, NOTES } from '../acceptance/notes'
import { ENGINES, engineDatabase, expectClean, silentLogger } from '../support/engines'
import { gate } from '../support/gate'

const events: string[] = []

@Service()
class Mailer {
  static built = 0
  constructor() {
    Mailer.built += 1
  }
  async send(to: string): Promise<void> {
    events.push(`real mail to ${to}`)
    await Promise.resolve()
  }
  @HealthCheck()
  well(): boolean {
    return true
  }
}

class Registered {
  constructor(readonly name: string) {}
}

@Service()
class Signup {
  constructor(
    readonly notes: NoteRepository,
    readonly mailer: Mailer,
  ) {}

  @Transactional()
  async register(name: string): Promise<string | undefined> {
    await this.notes.insert({ k: name })
    await this.mailer.send(name)
    await publish(new Registered(name))
    return currentTransaction()?.id
  }

  @PreDestroy()
  stop(): void {
    events.push('Signup stopped')
  }
}

@Service()
class Welcome {
  constructor(readonly mailer: Mailer) {}
  @EventListener()
  async greet(event: Registered): Promise<void> {
    await this.mailer.send(`new ${event.name}`)
  }
}

@Service()
class Untouched {
  constructor(readonly notes: NoteRepository) {}
}

const OPTIONS: BootstrapOptions = {
  entities: NOTES.entities,
  components: [...NOTES.components, Mailer, Signup, Welcome, Untouched],
}
const fake = { send: async (to: string) => void events.push(`fake mail to ${to}`) }

describe.each(ENGINES)('PI-21: app.withOverrides() on $name', engine => {
  const db = engineDatabase(engine)
  let app: Application
  beforeEach(async () => {
    app = await bootstrap({ database: db.settings, logger: silentLogger, ...OPTIONS })
    events.length = 0
  })
  afterEach(async () => {
    await expectClean(db, app)
    await app.close()
    await db.query('DELETE FROM note')
  })

  it('PI-21: works on the same data sources, with the replacement wherever it is needed', async () => {
    await app.withOverrides([[Mailer, fake]], async inside => {
      expect(inside).toBeInstanceOf(NestedApplication)
      expect(await inside.get(Signup).register('alice')).toMatch(/^default#/)
      expect(inside.get(DataSource)).toBe(app.get(DataSource))
      expect(inside.get(NoteRepository)).toBe(app.get(NoteRepository))
      expect(inside.get(Untouched)).toBe(app.get(Untouched))
    })
    expect(events).toEqual(['fake mail to alice', 'fake mail to new alice', 'Signup stopped'])
    expect(await committed(db)).toEqual(['alice'])
  })

  it('PI-21: leaves the application as it is, also while it runs', async () => {
    await app.withOverrides([[Mailer, fake]], async inside => {
      expect(inside.get(Signup)).not.toBe(app.get(Signup))
      await app.get(Signup).register('bob')
    })
    await app.get(Signup).register('carol')
    expect(events).toEqual([
      'real mail to bob',
      // publish() inside goes to the listeners inside, whoever calls it.
      'fake mail to new bob',
      'Signup stopped',
      'real mail to carol',
      'real mail to new carol',
    ])
  })

  it('PI-W12: builds the real one no second time', async () => {
    const before = Mailer.built
    await app.withOverrides([[Mailer, fake]], inside => inside.get(Mailer))
    expect(Mailer.built).toBe(before)
  })

  it('rolls back inside as outside', async () => {
    const failing = { send: () => Promise.reject(new Error('no mail')) }
    await app.withOverrides([[Mailer, failing]], async inside => {
      await expect(inside.get(Signup).register('dora')).rejects.toThrow('no mail')
    })
    expect(await committed(db)).toEqual([])
  })

  it('publishes to the listeners inside, by the injected publisher too', async () => {
    await app.withOverrides([[Mailer, fake]], async inside => {
      await inside.get(EventPublisher).publish(new Registered('erin'))
      await publish(new Registered('frank'))
    })
    await app.run(() => publish(new Registered('grace')))
    expect(events).toEqual([
      'fake mail to new erin',
      'fake mail to new frank',
      'Signup stopped',
      'real mail to new grace',
    ])
  })

  it('has a promise that does its work when it is asked do it inside', async () => {
    const work = { then: (done: never, fail: never) => publish(new Registered('heidi')).then(done, fail) }
    await app.withOverrides([[Mailer, fake]], () => work as unknown as Promise<void>)
    expect(events).toEqual(['fake mail to new heidi', 'Signup stopped'])
  })

  it('runs side by side, and inside each other', async () => {
    const both = gate()
    let arrived = 0
    const run = (n: number): Promise<void> => {
      const numbered = { send: async (to: string) => void events.push(`${n}: ${to}`) }
      return app.withOverrides([[Mailer, numbered]], async inside => {
        arrived += 1
        if (arrived === 2) both.open()
        await both.opened
        await inside.withOverrides([[Untouched, {}]], async deeper => {
          expect(deeper.get(Signup)).toBe(inside.get(Signup))
          expect(deeper.get(Untouched)).toEqual({})
          await deeper.get(Signup).register(`name ${n}`)
        })
      })
    }
    await Promise.all([run(1), run(2)])
    expect(events.filter(event => /^\d/.test(event)).sort()).toEqual([
      '1: name 1',
      '1: new name 1',
      '2: name 2',
      '2: new name 2',
    ])
  })

  it('is the ambient application inside, with its own graph and registrations', async () => {
    await app.withOverrides([[Mailer, fake]], async inside => {
      expect(inside.name).toBe(app.name)
      expect(inside.graph().nodes.find(({ name }) => name === 'Mailer')).toMatchObject({ overridden: true })
      expect(inside.registrations.filter(({ overridden }) => overridden).map(({ name }) => name)).toEqual(['Mailer'])
      expect(inside.getAll(Mailer)).toEqual([fake])
      expect(await inside.resolve(Mailer)).toBe(fake)
      await inside.run(() => publish(new Registered('henry')))
    })
    expect(app.graph().nodes.find(({ name }) => name === 'Mailer')).toMatchObject({ overridden: false })
    expect(events[0]).toBe('fake mail to new henry')
  })

  it('disposes of what was built inside, also where fn throws, and fails with both errors if that fails too', async () => {
    const bad = {
      useClass: class {
        async send(): Promise<void> {}
        [Symbol.dispose](): never {
          throw new RangeError('no end')
        }
      },
    }
    const failing = app.withOverrides([[Mailer, bad]], () => {
      throw new TypeError('no work')
    })
    await expect(failing).rejects.toMatchObject({
      name: 'SuppressedError',
      error: { code: 'AMBIT_DI_DISPOSAL' },
      suppressed: expect.any(TypeError),
    })
    expect(events).toEqual(['Signup stopped'])
  })

  it('is refused where nothing is replaced, and once the application is closed', async () => {
    class Stranger {}
    const unknown = app.withOverrides([[Stranger, {}]], () => undefined)
    await expect(unknown).rejects.toMatchObject({ code: 'AMBIT_DI_INVALID' })
    const other = await bootstrap({ logger: silentLogger })
    await other.close()
    await expect(other.withOverrides([], () => 1)).rejects.toMatchObject({ code: 'AMBIT_DI_CLOSED' })
  })

  it('ends with the application that closes around it', async () => {
    const other = await bootstrap({ name: 'other', logger: silentLogger, components: [Mailer] })
    let inside: NestedApplication | undefined
    await other.withOverrides([[Mailer, fake]], async nested => {
      inside = nested
      await other.close()
    })
    expect(() => inside?.get(Container)).toThrow(expect.objectContaining({ code: 'AMBIT_DI_CLOSED' }) as Error)
  })
})
