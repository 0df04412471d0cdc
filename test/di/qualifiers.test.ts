import {
  Bean,
  Component,
  Configuration,
  Inject,
  InjectionToken,
  lazy,
  type Lazy,
  named,
  Optional,
  Primary,
  provide,
  qualified,
  Qualifier,
} from '../../src/di'
import { brief, closeAll, problemsOf, rejection, start, thrown } from './support'

afterEach(closeAll)

abstract class Cache {
  abstract readonly kind: string
}

const SHARED = Symbol('shared')

@Qualifier('fast')
@Component()
class MemoryCache extends Cache {
  readonly kind = 'memory'
}

@Primary()
@Component({ qualifiers: ['slow', SHARED] })
class DiskCache extends Cache {
  readonly kind = 'disk'
}

const caches = [MemoryCache, DiskCache]

describe('a qualifier on a single dependency', () => {
  it('PI-W2 is enforced: the qualified one is injected, although another one is primary', async () => {
    @Component()
    class ByOption {
      constructor(@Inject(Cache, { qualifier: 'fast' }) readonly cache: Cache) {}
    }
    @Component()
    class ByDecorator {
      constructor(@Qualifier('fast') readonly cache: Cache) {}
    }
    @Component()
    class ByList {
      static readonly inject = [qualified(Cache, 'fast'), { token: Cache, qualifier: 'fast' }]
      constructor(
        readonly cache: Cache,
        readonly again: Cache,
      ) {}
    }
    const FROM_FACTORY = new InjectionToken<string>('from factory')
    const container = await start({
      components: [...caches, ByOption, ByDecorator, ByList],
      providers: [provide(FROM_FACTORY, { inject: [qualified(Cache, 'fast')], useFactory: cache => cache.kind })],
    })
    const memory = container.get(MemoryCache)
    expect(container.get(ByOption).cache).toBe(memory)
    expect(container.get(ByDecorator).cache).toBe(memory)
    expect(container.get(ByList)).toMatchObject({ cache: memory, again: memory })
    expect(container.get(FROM_FACTORY)).toBe('memory')
    expect(container.get(qualified(Cache, 'fast'))).toBe(memory)
    expect(container.get(Cache).kind).toBe('disk')
  })

  it('PI-W2 without a match fails the start, and says what there is', async () => {
    @Component()
    class Prices {
      constructor(@Inject(Cache, { qualifier: 'fats' }) readonly cache: Cache) {}
    }
    const [problem, ...others] = await problemsOf({ components: [...caches, Prices] })
    expect(others).toEqual([])
    expect(problem).toEqual({
      code: 'AMBIT_DI_DEPENDENCY_MISSING',
      component: 'Prices',
      what:
        "Prices needs Cache with the qualifier 'fats' (parameter 1), which is not registered: " +
        "MemoryCache (@Component) has 'fast'; DiskCache (@Component) has 'slow', Symbol(shared).",
      next: "Did you mean fast? Ask for one that there is, or give @Qualifier('fats') to the one that is meant; nothing else is taken in its place.",
    })
  })

  it('may be a symbol, which is compared by identity', async () => {
    const container = await start({ components: caches })
    expect(container.get(qualified(Cache, SHARED)).kind).toBe('disk')
    expect(container.has(qualified(Cache, Symbol('shared')))).toBe(false)
  })

  it('must fit with all others that are asked for', async () => {
    @Component()
    class Both {
      constructor(@Qualifier('slow') @Qualifier(SHARED) readonly cache: Cache) {}
    }
    @Component()
    class Neither {
      constructor(@Qualifier('fast', 'slow') readonly cache: Cache) {}
    }
    expect((await start({ components: [...caches, Both] })).get(Both).cache.kind).toBe('disk')
    expect(brief(await problemsOf({ components: [...caches, Neither] }))).toEqual(['DEPENDENCY_MISSING Neither'])
  })

  it('PI-W3 of several is decided by @Primary(), and without one is ambiguous', async () => {
    @Qualifier('fast')
    @Component()
    class Second extends Cache {
      readonly kind = 'second'
    }
    @Primary()
    @Qualifier('fast')
    @Component()
    class Third extends Cache {
      readonly kind = 'third'
    }
    @Component()
    class Uses {
      constructor(@Qualifier('fast') readonly cache: Cache) {}
    }
    const problems = await problemsOf({ components: [...caches, Second, Uses] })
    expect(problems).toHaveLength(1)
    expect(problems[0]?.what).toBe(
      "Uses needs Cache with the qualifier 'fast' (parameter 1), which 2 components provide: MemoryCache (@Component), Second (@Component).",
    )
    expect((await start({ components: [MemoryCache, Second, Third, Uses] })).get(Uses).cache.kind).toBe('third')
  })

  it('is never borne by a subclass that does not say it itself', async () => {
    @Component()
    class Child extends MemoryCache {}
    const container = await start({ components: [Child] })
    expect(container.has(qualified(Cache, 'fast'))).toBe(false)
    expect(container.get(Cache)).toBe(container.get(Child))
  })

  it('goes with @Optional(), lazy() and beans', async () => {
    class Queue {
      constructor(readonly name: string) {}
    }
    @Configuration()
    class Queues {
      @Qualifier('mail')
      @Bean()
      mail(): Queue {
        return new Queue('mail')
      }
      @Bean(Queue, { qualifiers: ['jobs'] })
      jobs(@Qualifier('mail') mail: Queue): Queue {
        return new Queue(`jobs after ${mail.name}`)
      }
    }
    @Component()
    class Uses {
      constructor(
        @Optional() @Inject(Queue, { qualifier: 'none' }) readonly none: Queue | undefined,
        @Inject(lazy(qualified(Queue, 'jobs'))) readonly jobs: Lazy<Queue>,
      ) {}
    }
    const uses = (await start({ components: [Queues, Uses] })).get(Uses)
    expect(uses.none).toBeUndefined()
    expect(uses.jobs.get().name).toBe('jobs after mail')
  })

  it('of what an alias stands for is the alias’s too, beside its own', async () => {
    abstract class Store {}
    const container = await start({
      components: caches,
      providers: [provide(Store, { useExisting: named(Cache, 'MemoryCache'), qualifiers: ['alias'] })],
    })
    expect(container.get(qualified(Store, 'alias'))).toBe(container.get(MemoryCache))
    expect(container.get(qualified(Store, 'fast'))).toBe(container.get(MemoryCache))
    expect(container.has(qualified(Store, 'slow'))).toBe(false)
  })

  it('that is asked of a component by itself finds the other one that has it', async () => {
    @Qualifier('fast')
    @Component()
    class Counting extends Cache {
      readonly kind: string
      constructor(@Qualifier('fast') inner: Cache) {
        super()
        this.kind = `counted ${inner.kind}`
      }
    }
    expect((await start({ components: [MemoryCache, Counting] })).get(Counting).kind).toBe('counted memory')
  })
})

describe('a name', () => {
  abstract class Mailer {
    readonly host: string = 'none'
  }
  @Component({ name: 'smtp' })
  class SmtpMailer extends Mailer {}
  @Component()
  class SesMailer extends Mailer {}

  it('PI-06 finds the component, by option, in a list, and in the container', async () => {
    @Component()
    class News {
      constructor(@Inject(Mailer, { name: 'smtp' }) readonly mailer: Mailer) {}
    }
    @Component()
    class Listed {
      static readonly inject = [named(() => Mailer, 'smtp'), { token: Mailer, name: 'smtp', optional: true }]
      constructor(
        readonly mailer: Mailer,
        readonly again: Mailer,
      ) {}
    }
    const container = await start({ components: [SmtpMailer, SesMailer, News, Listed] })
    const smtp = container.get(SmtpMailer)
    expect(container.get(News).mailer).toBe(smtp)
    expect(container.get(Listed)).toMatchObject({ mailer: smtp, again: smtp })
    expect(container.get(named(Mailer, 'smtp'))).toBe(smtp)
    expect(await container.resolve(named(Mailer, 'smtp'))).toBe(smtp)
    expect(container.has(named(Mailer, 'ses'))).toBe(false)
  })

  it('PI-06 is that of the class, of the bean’s method, or of the token, where none is declared', async () => {
    const MAIL = new InjectionToken<Mailer>('mail')
    @Configuration()
    class Mailers {
      @Bean()
      spare(): Mailer {
        return new SesMailer()
      }
    }
    const container = await start({
      components: [SesMailer, Mailers],
      providers: [provide(MAIL, { useClass: SesMailer })],
    })
    expect(container.get(named(Mailer, 'SesMailer'))).toBe(container.get(SesMailer))
    expect(container.get(named(Mailer, 'spare'))).toBe(container.get(Mailer))
    expect(container.get(named(MAIL, 'SesMailer'))).toBe(container.get(MAIL))
  })

  it('lets one token be registered several times', async () => {
    const container = await start({
      providers: [
        provide(Mailer, { useValue: new SmtpMailer(), name: 'one' }),
        provide(Mailer, { useFactory: () => new SesMailer(), name: 'two' }),
      ],
    })
    expect(container.get(named(Mailer, 'two'))).toBeInstanceOf(SesMailer)
    expect(container.registrations.map(({ name, componentName }) => [name, componentName])).toEqual([
      ["Mailer 'one'", 'one'],
      ["Mailer 'two'", 'two'],
    ])
    expect(thrown(() => container.get(Mailer))).toMatchObject({ code: 'AMBIT_DI_AMBIGUOUS' })
  })

  it('may be borne once for one token', async () => {
    const [problem, ...others] = await problemsOf({
      providers: [
        provide(Mailer, { useValue: new SmtpMailer(), name: 'one', primary: true }),
        provide(Mailer, { useValue: new SesMailer(), name: 'one' }),
      ],
    })
    expect(others).toEqual([])
    expect(problem).toMatchObject({
      code: 'AMBIT_DI_DUPLICATE',
      what: "2 components for Mailer are named 'one': provide(Mailer, useValue), provide(Mailer, useValue).",
    })
  })

  it('that two subclasses bear is ambiguous where it is asked for, even if one is primary', async () => {
    @Primary()
    @Component({ name: 'smtp' })
    class Other extends Mailer {}
    @Component()
    class News {
      constructor(@Inject(Mailer, { name: 'smtp' }) readonly mailer: Mailer) {}
    }
    expect(brief(await problemsOf({ components: [SmtpMailer, Other, News] }))).toEqual(['DEPENDENCY_AMBIGUOUS News'])
    const container = await start({ components: [SmtpMailer, Other] })
    expect(thrown(() => container.get(named(Mailer, 'smtp')))).toMatchObject({
      code: 'AMBIT_DI_AMBIGUOUS',
      token: "Mailer named 'smtp'",
    })
  })

  it('that is declared goes before one that is only a class’s', async () => {
    @Component({ name: 'SesMailer' })
    class Impostor extends Mailer {}
    const container = await start({ components: [SesMailer, Impostor] })
    expect(container.get(named(Mailer, 'SesMailer'))).toBe(container.get(Impostor))
  })

  it('PI-08 is never that of a parameter: what is not registered is missing, whatever is called like the parameter', async () => {
    class Unbound {}
    @Component()
    class Uses {
      constructor(readonly smtp: Unbound) {}
    }
    expect(brief(await problemsOf({ components: [SmtpMailer, Uses] }))).toEqual(['DEPENDENCY_MISSING Uses'])
  })

  it('PI-15 that nobody bears is not found, with those that there are', async () => {
    const container = await start({ components: [SmtpMailer, SesMailer] })
    expect(thrown(() => container.get(named(Mailer, 'smpt')))).toMatchObject({
      code: 'AMBIT_DI_NOT_FOUND',
      suggestions: ['smtp'],
      message: expect.stringContaining(
        "SmtpMailer (@Component) is named 'smtp'; SesMailer (@Component) is named 'SesMailer'.",
      ),
    })
  })

  it('is kept by an override, which may be asked for by it', async () => {
    const fake = { host: 'fake' }
    const container = await start({
      components: [SmtpMailer, SesMailer],
      overrides: [[named(Mailer, 'smtp'), fake]],
    })
    expect(container.get(named(Mailer, 'smtp'))).toBe(fake)
    expect(container.get(SmtpMailer)).toBe(fake)
    expect(container.get(SesMailer)).not.toBe(fake)
  })
})

describe('an alias', () => {
  it('of one of several leads there, and one that leads back to itself is a circle', async () => {
    abstract class Sender {}
    const container = await start({
      components: caches,
      providers: [provide(Sender, { useExisting: qualified(Cache, 'fast') })],
    })
    expect(container.get(Sender)).toBe(container.get(MemoryCache))

    const A = new InjectionToken<object>('A')
    const B = new InjectionToken<object>('B')
    const problems = await problemsOf({
      providers: [
        provide(A, { useExisting: named(B, 'b'), name: 'a' }),
        provide(B, { useExisting: named(A, 'a'), name: 'b' }),
      ],
    })
    expect(brief(problems)).toEqual(["CYCLE A 'a'"])
  })

  it('of itself by its own qualifier is refused, not followed for ever', async () => {
    const A = new InjectionToken<object>('A')
    const providers = [
      provide(A, { useExisting: qualified(A, 'x'), qualifiers: ['x'] }),
      provide(A, { useExisting: qualified(A, 'y'), qualifiers: ['y'] }),
    ]
    const problems = await problemsOf({ providers })
    expect(problems.length).toBeGreaterThan(0)
  })
})

describe('what cannot be a qualifier or a name', () => {
  const refused = { code: 'AMBIT_DI_DECORATOR', message: expect.stringMatching(/next: +\S/) as unknown }

  it.each([
    ['no qualifier', () => (Qualifier as () => unknown)()],
    ['an empty qualifier', () => Qualifier('')],
    ['a number as a qualifier', () => Qualifier(1 as never)],
    ['a qualifier of @Inject that is no text', () => Inject(Cache, { qualifier: 3 as never })],
    ['a misspelt option of @Inject', () => Inject(Cache, { qualifer: 'fast' } as never)],
    ['an empty name', () => named(Cache, ' ')],
    ['no token', () => named('Cache' as never, 'x')],
    ['no qualifier in qualified()', () => qualified(Cache, [])],
    ['a name of @Component that is no text', () => Component({ name: 7 as never })(class {})],
    ['qualifiers of @Component that are no list', () => Component({ qualifiers: 'fast' as never })(class {})],
    ['an order that is no number', () => Component({ order: NaN })(class {})],
    ['a name of @Bean that is no text', () => Bean(Cache, { name: '' })],
  ])('%s is refused', (_, use) => {
    expect(thrown(use)).toMatchObject(refused)
  })

  it.each([
    ['a misspelt key', { token: Cache, qualifer: 'fast' }],
    ['a qualifier that is none', { token: Cache, qualifier: 5 }],
    ['a name that is none', { token: Cache, name: '' }],
    ['an optional that is no truth value', { token: Cache, optional: 'yes' }],
  ])('%s in an entry of `static inject` is a problem of the start', async (_, entry) => {
    @Component()
    class Uses {
      static readonly inject = [entry]
      constructor(readonly cache: Cache) {}
    }
    expect(brief(await problemsOf({ components: [...caches, Uses] }))).toEqual(['PARAMETER Uses'])
  })

  it('is refused in provide() too', async () => {
    for (const spec of [
      { name: 1 },
      { qualifiers: 'x' },
      { order: Infinity },
      { when: () => true },
      { primary: 'yes' },
    ]) {
      expect(thrown(() => provide(Cache, { useValue: { kind: '' }, ...(spec as object) }))).toMatchObject({
        code: 'AMBIT_DI_PROVIDER',
      })
    }
  })

  it('a second decorator that says what to inject is refused', () => {
    class Target {}
    expect(
      thrown(() => {
        Inject(Cache)(Target, undefined, 0)
        Inject(MemoryCache)(Target, undefined, 0)
      }),
    ).toMatchObject(refused)
  })

  it('a method with @Qualifier() that is no bean is a problem of the start', async () => {
    @Configuration()
    class Config {
      @Qualifier('x')
      forgotten(): Cache {
        return new MemoryCache()
      }
    }
    const [problem] = await problemsOf({ components: [Config] })
    expect(problem).toMatchObject({ code: 'AMBIT_DI_BEAN', component: 'Config' })
    expect(problem?.what).toContain('Config.forgotten')
  })

  it('a circular import in named() is told by the parameter that has it', async () => {
    @Component()
    class Uses {
      static readonly inject = [named(undefined as never, 'x')]
      constructor(readonly x: unknown) {}
    }
    expect(brief(await problemsOf({ components: [Uses] }))).toEqual(['PARAMETER Uses'])
    expect(await rejection(start({ components: [MemoryCache] }))).toBeUndefined()
  })
})
