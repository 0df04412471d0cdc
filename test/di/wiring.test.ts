import {
  AmbiguousComponentError,
  Component,
  ComponentCreationError,
  ComponentNotFoundError,
  Container,
  Inject,
  InjectionToken,
  Optional,
  Primary,
  provide,
  Service,
} from '../../src/di'
import { closeAll, NAME, rejection, silent, start, thrown } from './support'

afterEach(closeAll)

abstract class Cache {
  abstract readonly kind: string
}

@Component()
class MemoryCache extends Cache {
  readonly kind = 'memory'
}

@Primary()
@Component()
class RedisCache extends Cache {
  readonly kind = 'redis'
}

@Service()
class Catalogue {
  constructor(readonly cache: Cache) {}
}

@Service()
class Shop {
  constructor(
    readonly catalogue: Catalogue,
    readonly cache: MemoryCache,
  ) {}
}

describe('a container that is asked for a class', () => {
  it('PI-01 injects a constructor by class and by base class, and hands out the same singleton each time', async () => {
    const container = await start({ components: [Shop, Catalogue, MemoryCache] })
    const shop = container.get(Shop)
    expect(shop).toBeInstanceOf(Shop)
    expect(shop.catalogue).toBe(container.get(Catalogue))
    expect(shop.catalogue.cache).toBe(shop.cache)
    expect(container.get(Shop)).toBe(shop)
  })

  it('PI-02 gives one object for the base, for the implementation and where the base is injected', async () => {
    const container = await start({ components: [Catalogue, MemoryCache] })
    expect(container.get(Cache)).toBe(container.get(MemoryCache))
    expect(container.get(Catalogue).cache).toBe(container.get(MemoryCache))
  })

  it('PI-03 keeps a singleton of its own for an implementation that is not the primary one', async () => {
    const container = await start({ components: [MemoryCache, RedisCache] })
    expect(container.get(MemoryCache).kind).toBe('memory')
    expect(container.get(MemoryCache)).toBe(container.get(MemoryCache))
    expect(container.get(MemoryCache)).not.toBe(container.get(Cache))
  })

  it('PI-04 prefers the primary implementation for a base, injected or asked for', async () => {
    const container = await start({ components: [MemoryCache, RedisCache, Catalogue] })
    expect(container.get(Cache).kind).toBe('redis')
    expect(container.get(Catalogue).cache).toBe(container.get(RedisCache))
  })

  it('PI-04 takes primary: true in the options for the same thing', async () => {
    @Component({ primary: true })
    class Favourite extends Cache {
      readonly kind = 'favourite'
    }
    const container = await start({ components: [MemoryCache, Favourite] })
    expect(container.get(Cache)).toBeInstanceOf(Favourite)
  })

  it('PI-05 says that it has a base of which an implementation is registered', async () => {
    const container = await start({ components: [MemoryCache] })
    expect(container.has(Cache)).toBe(true)
    expect(container.has(RedisCache)).toBe(false)
    expect(container.has(NAME)).toBe(false)
  })

  it('says that it has a base with several implementations, although it cannot choose one', async () => {
    @Component()
    class OtherCache extends Cache {
      readonly kind = 'other'
    }
    const container = await start({ components: [MemoryCache, OtherCache] })
    expect(container.has(Cache)).toBe(true)
    const error = thrown(() => container.get(Cache)) as AmbiguousComponentError
    expect(error).toBeInstanceOf(AmbiguousComponentError)
    expect(error.code).toBe('AMBIT_DI_AMBIGUOUS')
    expect(error.candidates).toEqual(['MemoryCache (@Component)', 'OtherCache (@Component)'])
    expect(error.message).toBe(
      'Cache is provided by 2 components: MemoryCache (@Component), OtherCache (@Component). [AMBIT_DI_AMBIGUOUS]\n' +
        '  where: container.get(Cache)\n' +
        '  next:  Mark one with @Primary(), ask for one of them by its own class, name or qualifier, or take all with getAll().',
    )
  })

  it('returns the class itself rather than its subclass, unless the subclass is primary', async () => {
    @Component()
    class Plain {}
    @Component()
    class Special extends Plain {}
    @Primary()
    @Component()
    class Chosen extends Plain {}
    expect((await start({ components: [Special, Plain] })).get(Plain).constructor).toBe(Plain)
    expect((await start({ components: [Special, Plain, Chosen] })).get(Plain)).toBeInstanceOf(Chosen)
  })

  it('lets a primary component ask for what it decorates', async () => {
    @Component()
    class Source {
      read(): string {
        return 'read'
      }
    }
    @Primary()
    @Component()
    class Counting extends Source {
      constructor(readonly inner: Source) {
        super()
      }
      override read(): string {
        return `counted ${this.inner.read()}`
      }
    }
    const container = await start({ components: [Source, Counting] })
    expect(container.get(Source).read()).toBe('counted read')
  })

  it('R10 builds a component that is listed twice once', async () => {
    let built = 0
    @Component()
    class Counted {
      constructor() {
        built++
      }
    }
    const container = await start({ components: [Counted, MemoryCache, Counted] })
    expect([built, ...container.registrations.map(({ name }) => name)]).toEqual([1, 'Counted', 'MemoryCache'])
  })

  it('says that it has started, to the logger that it is given', async () => {
    const lines: string[] = []
    await start({ components: [MemoryCache], logger: { ...silent, info: line => lines.push(line) } })
    expect(lines).toEqual(['Container started: 1 component.'])
  })

  it('starts with nothing', async () => {
    const container = await start({})
    expect(container.registrations).toEqual([])
    expect(container.get(Container)).toBe(container)
  })
})

describe('getAll', () => {
  it('returns every implementation in the order of registration, the primary one in its place', async () => {
    const container = await start({ components: [MemoryCache, RedisCache] })
    expect(container.getAll(Cache).map(cache => cache.kind)).toEqual(['memory', 'redis'])
    expect(container.getAll(RedisCache)).toEqual([container.get(RedisCache)])
  })

  it('returns one object for a component and its aliases', async () => {
    const container = await start({
      components: [MemoryCache],
      providers: [provide(Cache, { useExisting: MemoryCache })],
    })
    expect(container.getAll(Cache)).toEqual([container.get(MemoryCache)])
  })

  it('returns nothing for what is not registered', async () => {
    const container = await start({})
    expect(container.getAll(Cache)).toEqual([])
    expect(container.getAll(NAME)).toEqual([])
  })
})

describe('an optional dependency', () => {
  @Component()
  class Greeter {
    constructor(
      @Optional() readonly cache?: Cache,
      @Inject(NAME) @Optional() readonly name = 'nobody',
    ) {}
  }

  it('PI-10 is left to its default where nothing is registered', async () => {
    const { cache, name } = (await start({ components: [Greeter] })).get(Greeter)
    expect([cache, name]).toEqual([undefined, 'nobody'])
  })

  it('PI-10 is injected where something is registered', async () => {
    const providers = [provide(NAME, { useValue: 'alice' })]
    const container = await start({ components: [Greeter, MemoryCache], providers })
    const { cache, name } = container.get(Greeter)
    expect([cache, name]).toEqual([container.get(MemoryCache), 'alice'])
  })

  it('PI-10 still fails the start when it is there and throws', async () => {
    const failing = provide(NAME, {
      useFactory: () => {
        throw new RangeError('no name')
      },
    })
    const error = await rejection(start({ components: [Greeter], providers: [failing] }))
    expect(error).toBeInstanceOf(ComponentCreationError)
    expect((error as ComponentCreationError).cause).toEqual(new RangeError('no name'))
  })
})

describe('the container itself', () => {
  it('PI-11 can be injected, and is itself', async () => {
    @Component()
    class Locator {
      constructor(readonly container: Container) {}
    }
    const container = await start({ components: [Locator] })
    expect(container.get(Locator).container).toBe(container)
    expect(container.get(Container)).toBe(container)
  })

  it('is no part of its own report', async () => {
    const container = await start({ components: [MemoryCache] })
    expect(container.registrations.map(registration => registration.name)).toEqual(['MemoryCache'])
  })

  it('refuses to hand out, while it is being started, what is not built yet', async () => {
    @Component()
    class Late {}
    @Component()
    class Eager {
      readonly error: unknown
      constructor(container: Container) {
        this.error = thrown(() => container.get(Late))
      }
    }
    const container = await start({ components: [Eager, Late] })
    expect(container.get(Eager).error).toMatchObject({ code: 'AMBIT_DI_NOT_READY' })
    expect(container.get(Late)).toBeInstanceOf(Late)
  })

  it('reports registrations as frozen records', async () => {
    const container = await start({
      components: [RedisCache, Catalogue],
      providers: [provide(NAME, { useValue: 'x' })],
    })
    const [redis, catalogue, name] = container.registrations
    expect(redis).toMatchObject({
      token: RedisCache,
      kind: 'class',
      stereotype: 'component',
      scope: 'singleton',
      primary: true,
    })
    expect(catalogue).toMatchObject({
      name: 'Catalogue',
      stereotype: 'service',
      origin: 'Catalogue (@Service)',
      overridden: false,
    })
    expect(catalogue?.dependencies).toEqual([{ token: Cache, optional: false, lazy: false, site: 'parameter 1' }])
    expect(name).toMatchObject({
      name: 'Name',
      kind: 'value',
      stereotype: 'provider',
      origin: 'provide(Name, useValue)',
    })
    expect(Object.isFrozen(redis) && Object.isFrozen(catalogue?.dependencies)).toBe(true)
  })
})

describe('asking for what is not there', () => {
  it('PI-15 fails with the name, what looks like it, and what is registered', async () => {
    @Component()
    class RedisCash {}
    const container = await start({ components: [RedisCache, Catalogue, MemoryCache] })
    const error = thrown(() => container.get(RedisCash)) as ComponentNotFoundError
    expect(error).toBeInstanceOf(ComponentNotFoundError)
    expect([error.token, error.suggestions]).toEqual(['RedisCash', ['RedisCache']])
    expect(error.registered).toEqual(['Container', 'RedisCache', 'Catalogue', 'MemoryCache'])
    expect(error.message).toBe(
      'Nothing is registered for RedisCash. [AMBIT_DI_NOT_FOUND]\n' +
        '  where: container.get(RedisCash)\n' +
        '  next:  Did you mean RedisCache? RedisCash has @Component() but is not listed: add it to the components, ' +
        'or its file to the scan. Registered: Container, RedisCache, Catalogue, MemoryCache.',
    )
  })

  it('PI-15, R12: names the decorator that an undecorated class lacks', async () => {
    class Forgotten {}
    const container = await start({})
    expect(thrown(() => container.get(Forgotten))).toMatchObject({
      message: expect.stringContaining('Add @Component() to Forgotten and list it, or register a provider for it.'),
    })
  })

  it('PI-15 says how to register a token', async () => {
    const container = await start({})
    expect(thrown(() => container.get(NAME))).toMatchObject({
      code: 'AMBIT_DI_NOT_FOUND',
      message: expect.stringContaining('Add provide(Name, { useValue | useFactory | useClass | useExisting }).'),
    })
  })

  it('notices another token of the same name', async () => {
    const container = await start({ providers: [provide(NAME, { useValue: 'x' })] })
    expect(thrown(() => container.get(new InjectionToken<string>('Name')))).toMatchObject({
      message: expect.stringContaining('Something else named Name is registered: the file is loaded twice'),
    })
  })

  it('names the token that a class is built for', async () => {
    class Smtp {}
    const MAILER = new InjectionToken<Smtp>('Mailer')
    const container = await start({ providers: [provide(MAILER, { useClass: Smtp })] })
    expect(thrown(() => container.get(Smtp))).toMatchObject({
      message: expect.stringContaining('Smtp is built for Mailer: ask for that.'),
    })
  })

  it('blames a circular import when the token is undefined', async () => {
    const container = await start({})
    expect(thrown(() => container.get(undefined as never))).toMatchObject({
      code: 'AMBIT_DI_NOT_FOUND',
      message: expect.stringContaining('undefined usually means that two files import each other'),
    })
  })

  it('lists no more than twenty names', async () => {
    const providers = Array.from({ length: 30 }, (_, i) =>
      provide(new InjectionToken<number>(`Setting${i}`), { useValue: i }),
    )
    const container = await start({ providers })
    const error = thrown(() => container.get(MemoryCache)) as ComponentNotFoundError
    expect(error.registered).toHaveLength(31)
    expect(error.message).toMatch(/Setting18 and 11 more\.$/)
  })
})

describe('a component that fails', () => {
  @Component()
  class Broken {
    constructor() {
      throw new RangeError('cannot')
    }
  }
  @Component()
  class Middle {
    constructor(readonly broken: Broken) {}
  }
  @Component()
  class Outer {
    constructor(readonly middle: Middle) {}
  }

  it('PI-16 fails the start, naming class, step, path and cause', async () => {
    const error = (await rejection(start({ components: [Outer, Middle, Broken] }))) as ComponentCreationError
    expect(error).toBeInstanceOf(ComponentCreationError)
    expect([error.component, error.step, error.path]).toEqual(['Broken', 'constructor', ['Outer', 'Middle', 'Broken']])
    expect(error.cause).toEqual(new RangeError('cannot'))
    expect(error.disposalErrors).toEqual([])
    expect(error.message).toBe(
      'Broken could not be created: its constructor threw RangeError. [AMBIT_DI_CREATION]\n' +
        '  where: Outer -> Middle -> Broken\n' +
        '  next:  See the cause; the components built before have been disposed.',
    )
  })

  it('PI-16 keeps the message of the original out of its own: it may hold a secret', async () => {
    const error = (await rejection(start({ components: [Broken] }))) as ComponentCreationError
    expect(error.message).not.toContain('cannot')
    expect(error.path).toEqual(['Broken'])
  })

  it('PI-16 copes with a constructor that throws no Error', async () => {
    const provider = provide(NAME, {
      useFactory: () => {
        throw 'a string'
      },
    })
    const error = (await rejection(start({ providers: [provider] }))) as ComponentCreationError
    expect(error.message).toContain('Name could not be created: its factory threw a value that is no Error.')
    expect(error.cause).toBe('a string')
  })
})
