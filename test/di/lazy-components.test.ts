import { ContextKey, contextValue, runWithValue } from '../../src/core/async-context'
import {
  Bean,
  Component,
  Configuration,
  Inject,
  InjectionToken,
  type Lazy,
  lazy,
  PostConstruct,
  provide,
} from '../../src/di'
import { brief, closeAll, latch, made, problemsOf, rejection, settled, start, thrown } from './support'

afterEach(closeAll)

let log: string[] = []
beforeEach(() => (log = []))

@Component({ lazy: true })
class Heavy {
  constructor() {
    log.push('heavy built')
  }
  [Symbol.dispose](): void {
    log.push('heavy closed')
  }
}

@Component({ lazy: true })
class Slow {
  ready = false
  static inject = [Heavy]
  constructor(readonly heavy: Heavy) {
    log.push('slow built')
  }
  @PostConstruct()
  async load(): Promise<void> {
    await Promise.resolve()
    this.ready = true
    log.push('slow ready')
  }
  async [Symbol.asyncDispose](): Promise<void> {
    log.push('slow closed')
  }
}

const SLOW = new InjectionToken<object>('Slow factory')

describe('a lazy component', () => {
  it('PI-31 is not built until it is asked for, then once', async () => {
    const container = await start({ components: [Heavy] })
    expect(log).toEqual([])
    expect(container.has(Heavy)).toBe(true)
    expect(container.singletons).toEqual([])
    const heavy = container.get(Heavy)
    expect([container.get(Heavy), await container.resolve(Heavy), ...container.getAll(Heavy)]).toEqual(
      Array(3).fill(heavy),
    )
    expect(log).toEqual(['heavy built'])
    expect(container.singletons).toEqual([heavy])
    await container.close()
    expect(log).toEqual(['heavy built', 'heavy closed'])
  })

  it('is never disposed of where it was never built', async () => {
    await (await start({ components: [Heavy, Slow] })).close()
    expect(log).toEqual([])
  })

  it('can be a bean or a provider; an alias and a handle do not build it', async () => {
    const [BEAN, ALIAS] = [new InjectionToken<object>('bean'), new InjectionToken<object>('alias')]
    @Configuration()
    class Beans {
      @Bean(BEAN, { lazy: true })
      bean(): object {
        log.push('bean')
        return {}
      }
    }
    const Holder = made('Holder', () => [lazy(BEAN), lazy(ALIAS)])
    const useFactory = (): object => {
      log.push('factory')
      return {}
    }
    const container = await start({
      components: [Beans, Holder],
      providers: [provide(SLOW, { lazy: true, useFactory }), provide(ALIAS, { useExisting: SLOW })],
    })
    expect(log).toEqual([])
    container.get(ALIAS)
    container.get(BEAN)
    expect(container.get(ALIAS)).toBe(container.get(SLOW))
    expect(log).toEqual(['factory', 'bean'])
  })

  it('is built at the start where an eager component is given it, directly or through a prototype', async () => {
    const Eager = made('Eager', () => [Slow])
    await start({ components: [Eager, Slow, Heavy] })
    expect(log).toEqual(['heavy built', 'slow built', 'slow ready'])
    log = []
    @Component({ scope: 'prototype' })
    class Between {
      static inject = [Heavy]
      constructor(readonly heavy: Heavy) {}
    }
    const Above = made('Above', () => [Between])
    await start({ components: [Above, Between, Heavy] })
    expect(log).toEqual(['heavy built'])
  })

  it('PI-32 PI-34 PI-W5 with something to wait for is an error of get() that names resolve(), and resolve() has it ready', async () => {
    const container = await start({ components: [Slow, Heavy] })
    expect(thrown(() => container.get(Slow))).toMatchObject({
      code: 'AMBIT_DI_ASYNC',
      message: [
        'Slow is not ready yet: its creation has something to wait for. [AMBIT_DI_ASYNC]',
        '  where: get(Slow)',
        '  next:  Await resolve(Slow) first; get(Slow) then answers at once.',
      ].join('\n'),
    })
    const slow = await container.resolve(Slow)
    expect(slow.ready).toBe(true)
    expect(container.get(Slow)).toBe(slow)
    expect(log).toEqual(['heavy built', 'slow built', 'slow ready'])
    await container.close()
    expect(log.slice(3)).toEqual(['slow closed', 'heavy closed'])
  })

  it('PI-W5 waits for what it needs itself, however deep that is', async () => {
    const gate = latch()
    const Top = made('Top', () => [Slow, SLOW])
    Component({ lazy: true })(class extends Top {})
    const TOP = new InjectionToken<object>('Top')
    const container = await start({
      components: [Slow, Heavy],
      providers: [
        provide(SLOW, { lazy: true, useFactory: () => gate.passed.then(() => ({})) }),
        provide(TOP, { lazy: true, inject: [Slow, SLOW], useFactory: (slow, other) => ({ slow, other }) }),
      ],
    })
    const asked = container.resolve(TOP)
    gate.open()
    expect(await asked).toEqual({ slow: container.get(Slow), other: container.get(SLOW) })
  })

  it.each([10, 100])('PI-33 PI-W6 is built once for %i who ask at once', async many => {
    const gate = latch()
    const build = jest.fn(async () => {
      await gate.passed
      return {}
    })
    const container = await start({ providers: [provide(SLOW, { lazy: true, useFactory: build })] })
    const asked = Array.from({ length: many }, () => container.resolve(SLOW))
    await settled()
    gate.open()
    expect(new Set(await Promise.all(asked)).size).toBe(1)
    expect(build).toHaveBeenCalledTimes(1)
  })

  it('that fails leaves nothing, fails all who wait for it, and is tried again by the next', async () => {
    const build = jest.fn(async (): Promise<object> => Promise.reject(new RangeError('no')))
    const container = await start({ providers: [provide(SLOW, { lazy: true, useFactory: build })] })
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => container.resolve(SLOW)))
    expect(new Set(results.map(result => (result as PromiseRejectedResult).reason as unknown)).size).toBe(1)
    expect(build).toHaveBeenCalledTimes(1)
    build.mockImplementation(async () => ({ there: true }))
    expect(await container.resolve(SLOW)).toEqual({ there: true })
    expect(container.stats().builds).toBe(2)
  })

  it('whose initialiser fails is disposed of at once, as nobody will ever get it', async () => {
    let fails = true
    @Component({ lazy: true })
    class Half {
      @PostConstruct()
      async init(): Promise<void> {
        await Promise.resolve()
        if (fails) throw new RangeError('init')
      }
      [Symbol.dispose](): void {
        log.push('half closed')
      }
    }
    const container = await start({ components: [Half] })
    expect(await rejection(container.resolve(Half))).toMatchObject({
      component: 'Half',
      step: 'initialiser',
      message: expect.stringContaining('nothing of it is kept, and the next call builds it anew.'),
    })
    await settled()
    expect(log).toEqual(['half closed'])
    fails = false
    await container.resolve(Half)
    await container.close()
    expect(log).toEqual(['half closed', 'half closed'])
  })

  it('that closes badly after its initialiser has failed is reported by the close', async () => {
    @Component({ lazy: true })
    class Bad {
      @PostConstruct()
      init(): void {
        throw new RangeError('init')
      }
      [Symbol.dispose](): void {
        throw new RangeError('end')
      }
    }
    const container = await start({ components: [Bad] })
    expect(thrown(() => container.get(Bad))).toMatchObject({ component: 'Bad' })
    expect(await rejection(container.close())).toMatchObject({
      failures: [{ component: 'Bad', error: new RangeError('end') }],
    })
  })

  it('PI-W14 breaks no circle by itself: that takes a handle, and the start says so', async () => {
    const A: unknown = made('A', () => [B])
    @Component({ lazy: true })
    class B {
      static inject = [A as never]
      constructor(readonly a: object) {}
    }
    expect(brief(await problemsOf({ components: [A as never, B] }))).toEqual(['CYCLE A'])
    const C: unknown = made(
      'C',
      () => [lazy(() => D as never)],
      function (this: object, d) {
        Object.assign(this, { d })
      },
    )
    @Component({ lazy: true })
    class D {
      static inject = [C as never]
      constructor(readonly c: { d: Lazy<D> }) {}
    }
    const container = await start({ components: [C as never, D] })
    const d = container.get(D)
    expect(d.c.d.get()).toBe(d)
  })

  it('may be asked for by an initialiser of the start, with what it needs, and not in a circle', async () => {
    @Component()
    class Eager {
      constructor(
        @Inject(lazy(() => Wanted)) readonly wanted: Lazy<object>,
        @Inject(lazy(() => Circular)) readonly circular: Lazy<object>,
      ) {}
      @PostConstruct()
      async init(): Promise<void> {
        log.push((await this.wanted.resolve()).constructor.name)
        log.push(((await rejection(this.circular.resolve())) as { cause: { code: string } }).cause.code)
      }
    }
    const Later = made(
      'Later',
      () => [],
      () => log.push('later built'),
    )
    @Component({ lazy: true })
    class Wanted {
      static inject = [Later]
      constructor(readonly later: object) {}
    }
    @Component({ lazy: true })
    class Circular {
      static inject = [Eager]
      constructor(readonly eager: Eager) {}
    }
    await start({ components: [Eager, Wanted, Circular, Later] })
    expect(log).toEqual(['later built', 'Wanted', 'AMBIT_DI_CIRCLE'])
  })

  it('PI-W22 keeps nothing of the request or the transaction that happens to ask first', async () => {
    const transaction = new ContextKey<string>('transaction', true)
    const seen: unknown[] = []
    @Component({ scope: 'request' })
    class User {}
    @Component({ lazy: true })
    class Cache {
      constructor(@Inject(lazy(User)) readonly user: Lazy<User>) {
        seen.push(contextValue(transaction), (thrown(() => this.user.get()) as { code: string }).code)
      }
      @PostConstruct()
      async init(): Promise<void> {
        await Promise.resolve()
        seen.push((thrown(() => this.user.get()) as { code: string }).code)
      }
    }
    const container = await start({ components: [User, Cache] })
    await container.runInScope('request', () =>
      runWithValue(transaction, 'open', async () => {
        const cache = await container.resolve(Cache)
        expect(cache.user.get()).toBe(container.get(User))
      }),
    )
    expect(seen).toEqual([undefined, 'AMBIT_DI_SCOPE_INACTIVE', 'AMBIT_DI_SCOPE_INACTIVE'])
  })

  it('is part of no construction any more once it is there: what it has started may close the container', async () => {
    const gate = latch()
    let closing: Promise<void> | undefined
    @Component({ lazy: true })
    class Starter {
      @PostConstruct()
      begin(): void {
        void gate.passed.then(() => {
          closing = container.close()
        })
      }
    }
    const container = await start({ components: [Starter] })
    container.get(Starter)
    gate.open()
    await settled()
    expect(await closing).toBeUndefined()
  })
})
