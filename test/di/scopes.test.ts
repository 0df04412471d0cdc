import { currentContext, runWithValue, ContextKey, contextValue } from '../../src/core/async-context'
import {
  Component,
  Configuration,
  Bean,
  type ContainerOptions,
  InjectionToken,
  type Lazy,
  lazy,
  PostConstruct,
  PreDestroy,
  provide,
  type ScopeSource,
} from '../../src/di'
import { brief, closeAll, latch, made, problemsOf, rejection, start, thrown } from './support'

afterEach(closeAll)

/** Lives that a test begins and ends. */
class TestLives implements ScopeSource {
  readonly remedy = 'Begin one.'
  readonly #key = new ContextKey<{ key: object; ends: ((outcome: unknown) => Promise<void>)[] }>('life', true)

  current(): ReturnType<ScopeSource['current']> {
    const life = contextValue(this.#key)
    return life && { key: life.key, onEnd: end => life.ends.push(end) }
  }

  async live<T>(body: () => Promise<T> | T, outcome: unknown = 'committed'): Promise<T> {
    const life = { key: {}, ends: [] as ((outcome: unknown) => Promise<void>)[] }
    try {
      return await runWithValue(this.#key, life, body)
    } finally {
      expect(life.ends.length).toBeLessThanOrEqual(1)
      for (const end of life.ends) await end(outcome)
    }
  }
}

const lives = new TestLives()
const withLives = (options: ContainerOptions): ContainerOptions => ({
  ...options,
  scopeSources: { transaction: lives },
})

let events: string[] = []
beforeEach(() => (events = []))

@Component({ scope: 'transaction' })
class Inner {
  @PreDestroy()
  end(outcome?: string): void {
    events.push(`Inner ${outcome}`)
  }
}

@Component({ scope: 'transaction' })
class Outer {
  static inject = [Inner]
  constructor(readonly inner: Inner) {}
  [Symbol.dispose](): void {
    events.push('Outer disposed')
  }
}

@Component()
class Keeper {
  static inject = [lazy(Outer)]
  constructor(readonly outer: Lazy<Outer>) {}
}

describe('a component of a passing scope', () => {
  it('is built with the first call of each life, its needs first, and disposed of in reverse', async () => {
    const container = await start(withLives({ components: [Keeper, Outer, Inner] }))
    const keeper = container.get(Keeper)
    const seen = await lives.live(() => {
      const outer = keeper.outer.get()
      expect([container.get(Outer), container.get(Inner)]).toEqual([outer, outer.inner])
      return outer
    })
    expect(events).toEqual(['Outer disposed', 'Inner committed'])
    await lives.live(() => expect(keeper.outer.get()).not.toBe(seen), 'rolled-back')
    expect(events.slice(2)).toEqual(['Outer disposed', 'Inner rolled-back'])
  })

  it('is never built where nobody asks for it', async () => {
    const build = jest.fn(() => ({}))
    const token = new InjectionToken<object>('T')
    await start(withLives({ providers: [provide(token, { scope: 'transaction', useFactory: build })] }))
    await lives.live(() => undefined)
    expect(build).not.toHaveBeenCalled()
  })

  it('is refused outside a life, and where nobody begins any', async () => {
    const container = await start(withLives({ components: [Outer, Inner] }))
    expect(thrown(() => container.get(Outer))).toMatchObject({ code: 'AMBIT_DI_SCOPE_INACTIVE' })
    expect(thrown(() => container.get(Outer))).toHaveProperty('message', expect.stringContaining('next:  Begin one.'))
    expect(brief(await problemsOf({ components: [Inner] }))).toEqual(['SCOPE_UNKNOWN Inner'])
  })

  it('can be a bean, a factory, a class under a token, and have aliases', async () => {
    const [BEAN, MADE, ALIAS] = ['bean', 'made', 'alias'].map(name => new InjectionToken<object>(name)) as [
      InjectionToken<object>,
      InjectionToken<object>,
      InjectionToken<object>,
    ]
    @Configuration()
    class Beans {
      @Bean(BEAN, { scope: 'transaction' })
      bean(): object {
        return { bean: true }
      }
    }
    const Needy = made('Needy', () => [ALIAS])
    const container = await start(
      withLives({
        components: [Beans, Inner],
        providers: [
          provide(MADE, {
            scope: 'transaction',
            inject: [BEAN, lazy(Inner)],
            useFactory: (bean, inner) => ({ bean, inner }),
          }),
          provide(ALIAS, { useExisting: MADE }),
          provide(Needy, { useClass: Needy as never, scope: 'transaction' }),
        ],
      }),
    )
    await lives.live(() => {
      const built = container.get(MADE) as { bean: object; inner: Lazy<Inner> }
      expect(built.bean).toBe(container.get(BEAN))
      expect(built.inner.get()).toBe(container.get(Inner))
      expect(container.get(ALIAS)).toBe(built)
      expect(container.getAll(ALIAS)).toEqual([built])
      expect(container.get(Needy)).toBeInstanceOf(Needy)
    })
  })

  it('runs its constructor in the caller’s context, and its end outside it', async () => {
    const contexts: unknown[] = []
    const Nosy = made(
      'Nosy',
      () => [],
      function (this: object) {
        contexts.push(currentContext()?.outer)
        Object.assign(this, { [Symbol.dispose]: () => contexts.push(currentContext()) })
      },
    )
    const container = await start(
      withLives({ providers: [provide(Nosy, { useClass: Nosy as never, scope: 'transaction' })] }),
    )
    await lives.live(() => {
      const context = currentContext()
      container.get(Nosy)
      expect(contexts).toEqual([context])
    })
    expect(contexts[1]).toBeUndefined()
  })

  it('is shown to the post-processors as any other', async () => {
    const shown: string[] = []
    const afterConstruct = (instance: object): void => void shown.push(instance.constructor.name)
    const container = await start(withLives({ components: [Outer, Inner], postProcessors: [{ afterConstruct }] }))
    expect(shown).toEqual([])
    await lives.live(() => container.get(Outer))
    expect(shown).toEqual(['Inner', 'Outer'])
  })
})

describe('a component that would keep a shorter-lived one', () => {
  it('is a problem at the start, directly and through an alias, with the remedy', async () => {
    const ALIAS = new InjectionToken<Inner>('Alias')
    const Direct = made('Direct', () => [Inner])
    const ByAlias = made('ByAlias', () => [{ token: ALIAS, optional: true }])
    const problems = await problemsOf(
      withLives({ components: [Direct, ByAlias, Inner], providers: [provide(ALIAS, { useExisting: Inner })] }),
    )
    expect(brief(problems)).toEqual(['SHORTER_LIVED Direct', 'SHORTER_LIVED ByAlias'])
    expect(problems[0]).toMatchObject({
      what: 'Direct needs Inner (parameter 1), which lives for one transaction only and would be kept beyond it.',
      next: "Inject a handle, @Inject(lazy(Inner)), and call get() in the transaction; or give Direct the scope 'transaction' too.",
    })
  })

  it('is a bean of a configuration that lives for a transaction', async () => {
    @Configuration({ scope: 'transaction' })
    class Passing {
      @Bean(new InjectionToken<object>('Kept'))
      kept(): object {
        return {}
      }
    }
    expect(brief(await problemsOf(withLives({ components: [Passing] })))).toEqual([
      'SHORTER_LIVED Passing.kept (@Bean)',
    ])
  })
})

describe('a handle', () => {
  it('breaks a circle of constructors', async () => {
    const A: unknown = made('A', () => [B])
    const B: unknown = made(
      'B',
      () => [lazy(A as never)],
      function (this: object, a: unknown) {
        Object.assign(this, { a })
      },
    )
    const container = await start({ components: [A, B] as never })
    const b = container.get<{ a: Lazy<object> }>(B as never)
    expect(b.a.get()).toBe(container.get(A as never))
    expect(await b.a.resolve()).toBe(container.get(A as never))
  })

  it('is checked at the start: what it stands for must exist, and be one', async () => {
    const MISSING = new InjectionToken<object>('Missing')
    const User = made('User', () => [lazy(MISSING), lazy(undefined as never)])
    expect(brief(await problemsOf({ components: [User] }))).toEqual(['PARAMETER User', 'DEPENDENCY_MISSING User'])
  })

  it('is refused in a constructor, before what it stands for is ready', async () => {
    const Eager: unknown = made(
      'Eager',
      () => [lazy(Later as never)],
      later => (later as Lazy<object>).get(),
    )
    const Later: unknown = made('Later', () => [])
    const error = await rejection(start({ components: [Eager, Later] as never }))
    expect(error).toMatchObject({ code: 'AMBIT_DI_CREATION', cause: { code: 'AMBIT_DI_NOT_READY' } })
  })
})

describe('components that are being built at the same time', () => {
  const SLOW = new InjectionToken<object>('Slow')

  it('are built once, however many ask', async () => {
    const gate = latch()
    const build = jest.fn(async () => {
      await gate.passed
      return {}
    })
    const container = await start(
      withLives({ providers: [provide(SLOW, { scope: 'transaction', useFactory: build })] }),
    )
    await lives.live(async () => {
      const many = Array.from({ length: 100 }, () => container.resolve(SLOW))
      expect(thrown(() => container.get(SLOW))).toMatchObject({ code: 'AMBIT_DI_ASYNC' })
      gate.open()
      expect(new Set(await Promise.all(many)).size).toBe(1)
      expect(container.get(SLOW)).toBe(await many[0])
    })
    expect(build).toHaveBeenCalledTimes(1)
  })

  it('all fail with the one failure, and the next to ask builds anew', async () => {
    const build = jest.fn(async (): Promise<object> => Promise.reject(new Error('no')))
    const container = await start(
      withLives({ providers: [provide(SLOW, { scope: 'transaction', useFactory: build })] }),
    )
    await lives.live(async () => {
      const results = await Promise.allSettled([container.resolve(SLOW), container.resolve(SLOW)])
      expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
      build.mockImplementation(async () => ({}))
      expect(await container.resolve(SLOW)).toEqual({})
    })
    expect(build).toHaveBeenCalledTimes(2)
  })

  it('end with their life all the same: what is half-built is waited for, then disposed of', async () => {
    const gate = latch()
    const build = async (): Promise<object> => {
      await gate.passed
      return { [Symbol.dispose]: () => events.push('disposed') }
    }
    const container = await start(
      withLives({ providers: [provide(SLOW, { scope: 'transaction', useFactory: build })] }),
    )
    let asked: Promise<object> | undefined
    const ending = lives.live(() => {
      asked = container.resolve(SLOW)
    })
    expect(events).toEqual([])
    gate.open()
    await Promise.all([ending, asked])
    expect(events).toEqual(['disposed'])
  })

  it('are refused where one waits for itself, with the way round', async () => {
    @Component({ scope: 'transaction' })
    class Hen {
      static inject = [lazy(() => Egg)]
      constructor(readonly egg: Lazy<object>) {}
      @PostConstruct()
      async hatch(): Promise<void> {
        await this.egg.resolve()
      }
    }
    @Component({ scope: 'transaction' })
    class Egg {
      static inject = [lazy(Hen)]
      constructor(readonly hen: Lazy<Hen>) {}
      @PostConstruct()
      async lay(): Promise<void> {
        await Promise.resolve()
        await this.hen.resolve()
      }
    }
    const container = await start(withLives({ components: [Hen, Egg] }))
    await lives.live(async () => {
      const error = await rejection(container.resolve(Hen))
      expect(error).toMatchObject({ code: 'AMBIT_DI_CREATION' })
      expect(rootOf(error)).toMatchObject({ code: 'AMBIT_DI_CIRCLE' })
      expect(rootOf(error).message).toContain('wait for each other: Hen -> Egg -> Hen.')
      // From both ends at once, each waits for what the other one builds.
      const both = await Promise.all([rejection(container.resolve(Hen)), rejection(container.resolve(Egg))])
      expect(both.map(each => rootOf(each))).toEqual([
        expect.objectContaining({ code: 'AMBIT_DI_CIRCLE' }),
        expect.objectContaining({ code: 'AMBIT_DI_CIRCLE' }),
      ])
    })
  })
})

function rootOf(error: unknown): Error {
  let at = error as Error
  while (at.cause instanceof Error) at = at.cause
  return at
}
