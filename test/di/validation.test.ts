import {
  Component,
  Container,
  ContainerValidationError,
  Inject,
  InjectionToken,
  Optional,
  provide,
  Service,
} from '../../src/di'
import { bare, brief, closeAll, made, problemsOf, rejection, start } from './support'

afterEach(closeAll)

abstract class Store {}

@Component()
class FileStore extends Store {}

@Component()
class MemoryStore extends Store {}

@Service()
class Archive {
  constructor(readonly store: Store) {}
}

describe('a missing dependency', () => {
  it('PI-13 fails the start with the names, and nothing is built', async () => {
    let built = 0
    @Component()
    class First {
      constructor() {
        built++
      }
    }
    const error = (await rejection(start({ components: [First, Archive] }))) as ContainerValidationError
    expect(error).toBeInstanceOf(ContainerValidationError)
    expect([error.code, built]).toEqual(['AMBIT_DI_INVALID', 0])
    expect(error.message).toBe(
      'The container cannot start: 1 problem. [AMBIT_DI_INVALID]\n' +
        '  next:  Correct the following; nothing has been built yet.\n' +
        '  1. Archive needs Store (parameter 1), which is not registered. [AMBIT_DI_DEPENDENCY_MISSING]\n' +
        '     Add @Component() to Store and list it, or register a provider for it. Registered: Container, First, Archive.',
    )
  })

  it('PI-13 is found without a start', () => {
    expect(brief(Container.validate({ components: [Archive] }))).toEqual(['DEPENDENCY_MISSING Archive'])
    expect(Container.validate({ components: [Archive, FileStore] })).toEqual([])
  })

  it('is explained by what looks like it', async () => {
    @Component()
    class FileStor {}
    @Component()
    class Typo {
      constructor(readonly store: FileStor) {}
    }
    const [problem] = await problemsOf({ components: [Typo, FileStore, MemoryStore] })
    expect(problem?.next).toBe(
      'Did you mean FileStore? FileStor has @Component() but is not listed: add it to the components, or its file to the scan. ' +
        'Registered: Container, Typo, FileStore, MemoryStore.',
    )
  })

  it('is listed for every place that lacks it', async () => {
    const [a, b] = [new InjectionToken<number>('A'), new InjectionToken<number>('B')]
    const Needy = made('Needy', () => [a, FileStore, b])
    const problems = await problemsOf({ components: [Needy] })
    expect(problems.map(problem => problem.what)).toEqual([
      'Needy needs A (parameter 1), which is not registered.',
      'Needy needs FileStore (parameter 2), which is not registered.',
      'Needy needs B (parameter 3), which is not registered.',
    ])
  })

  it('is no subclass of what is registered', async () => {
    @Component()
    class Base {}
    class Sub extends Base {}
    const Needy = made('Needy', () => [Sub])
    expect(brief(await problemsOf({ components: [Base, Needy] }))).toEqual(['DEPENDENCY_MISSING Needy'])
  })
})

describe('an ambiguous dependency', () => {
  it('PI-W3 fails the start with the candidates, where pico-ioc takes the first', async () => {
    expect(await problemsOf({ components: [Archive, MemoryStore, FileStore] })).toEqual([
      {
        code: 'AMBIT_DI_DEPENDENCY_AMBIGUOUS',
        component: 'Archive',
        what: 'Archive needs Store (parameter 1), which 2 components provide: MemoryStore (@Component), FileStore (@Component).',
        next: 'Mark one with @Primary(), ask for one of them by its own class, token, name or qualifier, or take all with @InjectAll().',
      },
    ])
  })

  it('is ambiguous among several primary ones too', async () => {
    @Component({ primary: true })
    class One extends Store {}
    @Component({ primary: true })
    class Two extends Store {}
    const [problem] = await problemsOf({ components: [Archive, One, Two, FileStore] })
    expect(problem?.what).toContain('which 2 components provide: One (@Component), Two (@Component).')
  })

  it('is ambiguous when it is optional: there is too much, not nothing', async () => {
    @Component()
    class Maybe {
      constructor(@Optional() readonly store?: Store) {}
    }
    expect(brief(await problemsOf({ components: [Maybe, FileStore, MemoryStore] }))).toEqual([
      'DEPENDENCY_AMBIGUOUS Maybe',
    ])
  })

  it('is no problem while nobody asks for it', async () => {
    const container = await start({ components: [FileStore, MemoryStore] })
    expect(container.getAll(Store)).toHaveLength(2)
  })

  it('is settled by a provider for the base, be it an alias or one of its own', async () => {
    const components = [Archive, FileStore, MemoryStore]
    const byAlias = await start({ components, providers: [provide(Store, { useExisting: MemoryStore })] })
    expect(byAlias.get(Archive).store).toBe(byAlias.get(MemoryStore))
    const own = new (class extends Store {})()
    const byValue = await start({ components, providers: [provide(Store, { useValue: own })] })
    expect(byValue.get(Archive).store).toBe(own)
  })

  it('is none between a component and an alias of it for a class in between', async () => {
    abstract class Fast extends Store {}
    @Component()
    class Ram extends Fast {}
    const container = await start({ components: [Archive, Ram], providers: [provide(Fast, { useExisting: Ram })] })
    expect(container.get(Archive).store).toBe(container.get(Ram))
  })
})

describe('a cycle', () => {
  it('PI-14 fails the start with its full path', async () => {
    const A: unknown = made('A', () => [B])
    const B: unknown = made('B', () => [A])
    expect(await problemsOf({ components: [A, B] as never })).toEqual([
      {
        code: 'AMBIT_DI_CYCLE',
        component: 'A',
        path: ['A', 'B', 'A'],
        what: 'Components need each other in a circle: A -> B -> A.',
        next: 'Move what they share into a component of its own, or let one of them take a handle, @Inject(lazy(TheOther)), and call get() when needed.',
      },
    ])
  })

  it('PI-14 of one component with itself has a path of two', async () => {
    const Self: unknown = made('Self', () => [Self])
    expect((await problemsOf({ components: [Self] as never }))[0]?.path).toEqual(['Self', 'Self'])
  })

  it('is found through a base class and through a provider', async () => {
    const TOKEN = new InjectionToken<unknown>('Token')
    @Component()
    class Looping extends Store {
      constructor(@Inject(TOKEN) readonly other: unknown) {
        super()
      }
    }
    const problems = await problemsOf({
      components: [Looping],
      providers: [provide(TOKEN, { inject: [Store], useFactory: store => store })],
    })
    expect(problems.map(problem => problem.path)).toEqual([['Looping', 'Token', 'Looping']])
  })

  it('is found through optional dependencies', async () => {
    const A: unknown = made('A', () => [{ token: B, optional: true }])
    const B: unknown = made('B', () => [{ token: A, optional: true }])
    expect(brief(await problemsOf({ components: [A, B] as never }))).toEqual(['CYCLE A'])
  })

  it('is shown by its shortest path, with what else is tied into it', async () => {
    const A: unknown = made('A', () => [B, C])
    const B: unknown = made('B', () => [C])
    const C: unknown = made('C', () => [A])
    const Outside: unknown = made('Outside', () => [A])
    expect((await problemsOf({ components: [Outside, A, B, C] as never })).map(problem => problem.what)).toEqual([
      'Components need each other in a circle: A -> C -> A (tied into it: B).',
    ])
  })

  it('does not hide another one', async () => {
    const A: unknown = made('A', () => [B])
    const B: unknown = made('B', () => [A, C])
    const C: unknown = made('C', () => [D])
    const D: unknown = made('D', () => [C])
    const problems = await problemsOf({ components: [A, B, C, D] as never })
    expect(problems.map(problem => problem.path?.join(' '))).toEqual(['C D C', 'A B A'])
  })
})

it('every problem of the graph is in one error', async () => {
  class Forgotten {}
  const A: unknown = made('A', () => [B])
  const B: unknown = made('B', () => [A])
  const Needy = made('Needy', () => [Forgotten])
  const Untyped = bare(
    class Untyped {
      constructor(readonly anything: unknown) {}
    },
  )
  @Component()
  class Primitive {
    constructor(readonly text: string) {}
  }
  const twice = new InjectionToken<number>('Twice')
  const problems = await problemsOf({
    components: [Forgotten, A, B, Needy, Untyped, Primitive, Archive, FileStore, MemoryStore] as never,
    providers: [provide(twice, { useValue: 1 }), provide(twice, { useValue: 2 })],
    overrides: [[new InjectionToken('Nothing'), 1]],
  })
  expect(brief(problems)).toEqual([
    'NOT_A_COMPONENT Forgotten',
    'METADATA Untyped',
    'PARAMETER Primitive',
    'OVERRIDE Nothing',
    'DUPLICATE Twice',
    'DEPENDENCY_MISSING Needy',
    'DEPENDENCY_AMBIGUOUS Archive',
    'CYCLE A',
  ])
})

it('a chain of ten thousand components neither exhausts the stack nor is taken for a cycle', async () => {
  const chain: unknown[] = []
  for (let i = 0; i < 10_000; i++) {
    const next = i + 1
    chain.push(made(`Link${i}`, () => (next < 10_000 ? [chain[next]] : [])))
  }
  expect(Container.validate({ components: chain as never })).toEqual([])
})
