import {
  Bean,
  Component,
  Conditional,
  ConditionalOnMissing,
  Configuration,
  Inject,
  lazy,
  type Lazy,
  Optional,
  Order,
  Primary,
  Profile,
  provide,
  Qualifier,
  qualified,
  Service,
} from '../../src/di'
import { componentRecord } from '../../src/di/component'
import { brief, closeAll, problemsOf, rejection, start } from './support'

afterEach(closeAll)

abstract class Store {
  abstract readonly kind: string
}

@Component()
class FileStore extends Store {
  readonly kind: string = 'file'
}

@Service()
class Archive {
  constructor(
    readonly store: Store,
    readonly file: FileStore,
    @Inject(lazy(Store)) readonly later: Lazy<Store>,
  ) {}
}

describe('an abstract class as a token', () => {
  it('PI-01 PI-02 is one object, however it is asked for', async () => {
    const container = await start({ components: [Archive, FileStore] })
    const { store, file, later } = container.get(Archive)
    expect(store).toBe(file)
    expect(later.get()).toBe(file)
    expect(container.get(Store)).toBe(container.get(FileStore))
    expect(await container.resolve(Store)).toBe(file)
  })

  it('PI-07 is fitted by what only implements it where an alias or provider says so, and the graph shows the implementation', async () => {
    @Component()
    class Elsewhere implements Store {
      readonly kind = 'elsewhere'
    }
    expect((await start({ components: [Elsewhere] })).has(Store)).toBe(false)
    const aliased = await start({ components: [Elsewhere], providers: [provide(Store, { useExisting: Elsewhere })] })
    expect(aliased.get(Store)).toBe(aliased.get(Elsewhere))
    const provided = await start({ providers: [provide(Store, { useClass: Elsewhere })] })
    expect(provided.registrations).toMatchObject([{ token: Store, implementation: Elsewhere }])
  })

  it('PI-03 PI-04 PI-05 leaves each implementation itself, and a primary one is the base’s', async () => {
    @Primary()
    @Component()
    class Remote extends Store {
      readonly kind = 'remote'
    }
    const container = await start({ components: [FileStore, Remote] })
    expect(container.get(Store)).toBe(container.get(Remote))
    expect(container.get(FileStore).kind).toBe('file')
    expect(container.has(Store)).toBe(true)
  })
})

describe('PI-W15 a subclass', () => {
  it('that is not decorated is no component, and takes nothing from its base', async () => {
    class Undecorated extends FileStore {}
    expect(brief(await problemsOf({ components: [Undecorated] }))).toEqual(['NOT_A_COMPONENT Undecorated'])
    const container = await start({ components: [FileStore] })
    expect(container.get(FileStore)).not.toBeInstanceOf(Undecorated)
  })

  it('that is decorated changes nothing of its base: no scope, name, qualifier, order, rank or condition', async () => {
    @Profile('base')
    @Qualifier('base')
    @Order(1)
    @Component({ name: 'base' })
    class Base extends Store {
      readonly kind: string = 'base'
    }
    const before = componentRecord(Base)
    @Profile('child')
    @Primary()
    @Qualifier('child')
    @Order(2)
    @Component({ name: 'child', scope: 'transaction' })
    class Child extends Base {}
    expect(componentRecord(Base)).toEqual(before)
    expect(componentRecord(Child)).toMatchObject({ label: 'child', order: 2, qualifiers: ['child'], primary: true })
    const container = await start({ components: [Base, Child], profiles: ['base'] })
    expect(container.get(qualified(Store, 'base'))).toBe(container.get(Base))
    expect(container.has(Child)).toBe(false)
  })

  it('inherits the constructor with what it needs', async () => {
    abstract class Base {
      static readonly inject: readonly unknown[] = [Store]
      constructor(readonly store: Store) {}
    }
    @Component()
    class Plain extends Base {
      readonly field = 1
    }
    class Passing extends Base {
      constructor(...args: [Store]) {
        super(...args)
      }
    }
    Component()(Passing)
    const container = await start({ components: [FileStore, Plain, Passing] })
    expect(container.get(Plain).store).toBe(container.get(FileStore))
    expect(container.get(Passing).store).toBe(container.get(FileStore))
  })

  it('whose own constructor has only defaults is refused in a build without types: it would be filled by its base’s list', async () => {
    class Base {
      static readonly inject: readonly unknown[] = [FileStore]
      constructor(readonly file?: unknown) {}
    }
    // As esbuild leaves it: no types are emitted, and the length is 0.
    class Child extends Base {
      readonly prefix: unknown
      constructor(prefix = 'default') {
        super()
        this.prefix = prefix
      }
    }
    Component()(Child)
    expect(brief(await problemsOf({ components: [FileStore, Child] }))).toEqual(['METADATA Child'])
    class Listed extends Base {
      static override readonly inject = []
      readonly prefix: unknown
      constructor(prefix = 'default') {
        super()
        this.prefix = prefix
      }
    }
    Component()(Listed)
    expect((await start({ components: [FileStore, Listed] })).get(Listed).prefix).toBe('default')
  })

  it('of a configuration has the beans of its base with their conditions, and those it declares anew with its own', async () => {
    class One {}
    class Two {}
    class Base {
      @Profile('a')
      @Bean()
      one(): One {
        return new One()
      }
      @Profile('a')
      @Bean()
      two(): Two {
        return new Two()
      }
    }
    @Configuration()
    class Child extends Base {
      @Bean()
      override two(): Two {
        return new Two()
      }
    }
    const container = await start({ components: [Child] })
    expect([container.has(One), container.has(Two)]).toEqual([false, true])
    expect((await start({ components: [Child], profiles: ['a'] })).has(One)).toBe(true)
  })

  it('keeps the fallback that it extends out', async () => {
    abstract class Root {}
    @ConditionalOnMissing(() => Fallback)
    @Component()
    class Fallback extends Root {}
    @Component()
    class Better extends Fallback {}
    expect((await start({ components: [Fallback] })).get(Root)).toBeInstanceOf(Fallback)
    const container = await start({ components: [Fallback, Better] })
    expect(container.getAll(Root)).toEqual([container.get(Better)])
  })
})

describe('PI-W11 an optional dependency swallows nothing but absence', () => {
  @Service()
  class Uses {
    constructor(@Optional() readonly store?: Store) {}
  }

  it('that fails to be built stops the start', async () => {
    const failure = new Error('disk')
    @Component()
    class Failing extends Store {
      readonly kind = 'failing'
      constructor() {
        super()
        throw failure
      }
    }
    expect(await rejection(start({ components: [Uses, Failing] }))).toMatchObject({
      code: 'AMBIT_DI_CREATION',
      cause: failure,
    })
  })

  it('that is ambiguous, or whose condition throws, stops the start', async () => {
    @Component()
    class Other extends Store {
      readonly kind = 'other'
    }
    expect(brief(await problemsOf({ components: [Uses, FileStore, Other] }))).toEqual(['DEPENDENCY_AMBIGUOUS Uses'])
    @Conditional(() => {
      throw new Error('unknown')
    })
    @Component()
    class Unknown extends Store {
      readonly kind = 'unknown'
    }
    expect(brief(await problemsOf({ components: [Uses, Unknown] }))).toEqual(['CONDITION Unknown'])
  })

  it('that a condition left out is absent', async () => {
    @Profile('prod')
    @Component()
    class ProdStore extends Store {
      readonly kind = 'prod'
    }
    expect((await start({ components: [Uses, ProdStore] })).get(Uses).store).toBeUndefined()
  })
})

describe('an override', () => {
  it('says nothing of its own about name, qualifier, order, rank or condition', async () => {
    for (const option of [
      { name: 'x' },
      { qualifiers: ['x'] },
      { order: 1 },
      { primary: true },
      { when: Profile('x') },
    ]) {
      const problems = await problemsOf({
        components: [FileStore],
        overrides: [[FileStore, { useValue: { kind: 'fake' }, ...option }]],
      })
      expect(brief(problems)).toEqual(['OVERRIDE FileStore'])
      expect(problems[0]?.what).toContain('which it takes from what it replaces')
    }
  })
})
