import {
  Bean,
  Component,
  Configuration,
  Container,
  Inject,
  InjectionToken,
  type Override,
  provide,
  Service,
} from '../../src/di'
import { brief, closeAll, NAME, problemsOf, start } from './support'

afterEach(closeAll)

let built: string[] = []
beforeEach(() => (built = []))

abstract class Mailer {
  abstract send(): string
}

@Component()
class Smtp extends Mailer {
  constructor(@Inject(NAME) readonly host: string) {
    super()
    built.push('smtp')
  }
  send(): string {
    return `real ${this.host}`
  }
}

class Fake extends Mailer {
  disposed = false
  send(): string {
    return 'fake'
  }
  [Symbol.dispose](): void {
    this.disposed = true
  }
}

@Service()
class Newsletter {
  constructor(
    readonly mailer: Mailer,
    readonly smtp: Smtp,
  ) {}
}

const components = [Newsletter, Smtp]
const providers = [provide(NAME, { useValue: 'mail' })]
const withOverrides = (...overrides: Override[]) => start({ components, providers, overrides })

describe('an override', () => {
  it('PI-21 PI-W12 gives consumers the fake, by every token, and the real one is never built', async () => {
    const fake = new Fake()
    const container = await withOverrides([Mailer, fake])
    const { mailer, smtp } = container.get(Newsletter)
    expect([mailer, smtp, container.get(Smtp)]).toEqual([fake, fake, fake])
    expect(container.getAll(Mailer)).toEqual([fake])
    expect(built).toEqual([])
  })

  it('PI-21 takes an instance, a factory, a class or an alias', async () => {
    const factory = { inject: [NAME] as const, useFactory: async (name: string) => ({ send: () => `fake ${name}` }) }
    const other = new InjectionToken<Mailer>('Other')
    expect((await withOverrides([Smtp, { send: () => 'plain' }])).get(Mailer).send()).toBe('plain')
    expect((await withOverrides([Smtp, factory])).get(Mailer).send()).toBe('fake mail')
    expect((await withOverrides([Smtp, { useClass: Fake }])).get(Mailer).send()).toBe('fake')
    expect((await withOverrides([Smtp, { useValue: new Fake() }])).get(Mailer).send()).toBe('fake')
    const aliased = await start({
      components,
      providers: [...providers, provide(other, { useClass: Fake })],
      overrides: [[Smtp, { useExisting: other }]],
    })
    expect(aliased.get(Newsletter).mailer).toBe(aliased.get(other))
    expect(built).toEqual([])
  })

  it('makes one for each request where what it replaces is of a request, unless it says otherwise', async () => {
    @Component({ scope: 'request' })
    class Session {}
    class FakeSession extends Session {}
    const inTwoRequests = async (override: Override[1]): Promise<unknown[]> => {
      const container = await start({ components: [Session], overrides: [[Session, override]] })
      const get = (): unknown => container.get(Session)
      return [await container.runInScope('request', get), await container.runInScope('request', get)]
    }
    for (const spec of [{ useClass: FakeSession }, { useFactory: () => new FakeSession() }]) {
      const [first, second] = await inTwoRequests(spec)
      expect([first instanceof FakeSession, first === second]).toEqual([true, false])
    }
    const [first, second] = await inTwoRequests({ useClass: FakeSession, scope: 'singleton' })
    expect(first).toBe(second)
    const session = new FakeSession()
    expect(await inTwoRequests(session)).toEqual([session, session])
  })

  it('is made when it is first needed where what it replaces is lazy, unless it says otherwise', async () => {
    @Component({ lazy: true })
    class Heavy {}
    const registered = async (spec: object): Promise<boolean | undefined> => {
      const container = await start({ components: [Heavy], overrides: [[Heavy, spec]] })
      return container.registrations[0]?.lazy
    }
    expect(await registered({ useClass: Heavy })).toBe(true)
    expect(await registered({ useClass: Heavy, lazy: false })).toBe(false)
  })

  it('frees the real one’s dependencies: nobody needs them any more', async () => {
    const container = await start({ components, overrides: [[Smtp, new Fake()]] })
    expect(container.get(Newsletter).mailer.send()).toBe('fake')
  })

  it('has its own dependencies validated', async () => {
    const overrides: Override[] = [
      [Smtp, { inject: [Container, new InjectionToken('Gone')], useFactory: () => new Fake() }],
    ]
    expect((await problemsOf({ components, overrides })).map(problem => problem.what)).toEqual([
      'override of Smtp (@Component) needs Gone (parameter 2), which is not registered.',
    ])
  })

  it('leaves an instance to the caller, and disposes of what it makes itself', async () => {
    const mine = new Fake()
    await (await withOverrides([Smtp, mine])).close()
    expect(mine.disposed).toBe(false)
    const container = await withOverrides([Smtp, { useClass: Fake }])
    const theirs: unknown = container.get(Mailer)
    await container.close()
    expect(theirs).toEqual({ disposed: true })
  })

  it('of a value, a bean or a configuration works alike', async () => {
    const SIZE = new InjectionToken<number>('Size')
    @Configuration()
    class Sizes {
      @Bean(SIZE)
      size(): number {
        built.push('size')
        return 1
      }
      other(): number {
        return 1
      }
    }
    const container = await start({
      components: [Sizes],
      providers,
      overrides: [
        [SIZE, 2],
        [NAME, 'fake'],
      ],
    })
    expect([container.get(SIZE), container.get(NAME), built]).toEqual([2, 'fake', []])
    const through = await start({ components: [Sizes], overrides: [[Sizes, { size: () => 3 }]] })
    expect(through.get(SIZE)).toBe(3)
  })

  it('of an alias replaces what the alias stands for', async () => {
    const alias = new InjectionToken<Mailer>('Alias')
    const fake = new Fake()
    const container = await start({
      components,
      providers: [...providers, provide(alias, { useExisting: Smtp })],
      overrides: [[alias, fake]],
    })
    expect([container.get(Smtp), container.get(alias)]).toEqual([fake, fake])
    expect(built).toEqual([])
  })

  it('keeps its place as the primary one', async () => {
    @Component({ primary: true })
    class Main extends Mailer {
      send(): string {
        return 'main'
      }
    }
    const container = await start({ components: [Smtp, Main], providers, overrides: [[Mailer, new Fake()]] })
    expect([container.get(Mailer).send(), container.get(Smtp).send()]).toEqual(['fake', 'real mail'])
  })

  it('is told in the report', async () => {
    const { registrations } = await withOverrides([Smtp, new Fake()])
    expect(registrations.find(registration => registration.token === Smtp)).toMatchObject({
      name: 'Smtp',
      kind: 'value',
      origin: 'override of Smtp (@Component)',
      overridden: true,
    })
  })

  it('takes an instance that looks like a provider through useValue', async () => {
    const token = new InjectionToken<{ useClass: number }>('Odd')
    const container = await start({
      providers: [provide(token, { useValue: { useClass: 1 } })],
      overrides: [[token, { useValue: { useClass: 2 } }]],
    })
    expect(container.get(token)).toEqual({ useClass: 2 })
  })
})

describe('an override is refused', () => {
  it.each([
    [
      'that replaces nothing',
      [[new InjectionToken('Nmae'), 1]],
      'The override of Nmae replaces nothing.',
      'use providers: [provide(Nmae, …)]. Did you mean Name?',
    ],
    ['without a token', [[undefined, 1]], 'An override has no token', 'Write [Token, instance]'],
    ['by undefined', [[Smtp, undefined]], 'The override of Smtp is undefined.', 'Write [Token, instance]'],
    [
      'of two kinds',
      [[Smtp, { useValue: 1, useClass: Fake }]],
      'The override of Smtp has useValue and useClass',
      'Write [Token',
    ],
    [
      'of what is overridden already',
      [
        [Smtp, 1],
        [Mailer, 2],
      ],
      'Smtp (@Component) is overridden twice.',
      'Keep one of the two overrides.',
    ],
  ])('%s', async (_case, overrides, what, next) => {
    const [problem, ...others] = await problemsOf({ components, providers, overrides: overrides as never })
    expect([problem?.code, others]).toEqual(['AMBIT_DI_OVERRIDE', []])
    expect(problem?.what).toContain(what)
    expect(problem?.next).toContain(next)
  })

  it('of a base that several components implement', async () => {
    @Component()
    class Second extends Mailer {
      send(): string {
        return 'second'
      }
    }
    const problems = await problemsOf({ components: [Smtp, Second], providers, overrides: [[Mailer, new Fake()]] })
    expect(brief(problems)).toEqual(['OVERRIDE Mailer'])
    expect(problems[0]?.what).toBe(
      'The override of Mailer could replace any of Smtp (@Component), Second (@Component).',
    )
  })
})
