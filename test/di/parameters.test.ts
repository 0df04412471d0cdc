import {
  Component,
  Container,
  type ContainerProblem,
  Inject,
  InjectionToken,
  Optional,
  provide,
  Service,
} from '../../src/di'
import { ByInterface, ByTypeImport } from './fixtures/by-type-import'
import { CircularLeft } from './fixtures/circular-left.component'
import {
  CircularByFunction,
  CircularByGetter,
  CircularByInject,
  CircularRight,
} from './fixtures/circular-right.component'
import { Circle } from './fixtures/shapes'
import { bare, brief, closeAll, NAME, problemsOf, start } from './support'

afterEach(closeAll)

async function problemOf(component: unknown, ...others: unknown[]): Promise<ContainerProblem> {
  const problems = await problemsOf({ components: [component, ...others] as never })
  expect(problems).toHaveLength(1)
  return problems[0] as ContainerProblem
}

@Component()
class Leaf {}

describe('a parameter whose type is gone at run time is refused', () => {
  it('when its class is imported as a type', async () => {
    const problem = await problemOf(ByTypeImport, Circle)
    expect(problem).toEqual({
      code: 'AMBIT_DI_PARAMETER',
      component: 'ByTypeImport',
      what: expect.stringMatching(
        /^Parameter 1 of ByTypeImport has the type '(Object|Function)' at run time, which says nothing about what to inject\.$/,
      ),
      next:
        "If it is a class, import it as a value (not with 'import type') and break a circular import; " +
        "for an interface or a union ('| undefined' included) write @Inject(TOKEN) or @Inject(TheClass).",
    })
  })

  it('when it is an interface', async () => {
    expect((await problemOf(ByInterface)).next).toContain('for an interface or a union ')
  })

  it('when it is a union', async () => {
    @Component()
    class ByUnion {
      constructor(readonly either: Leaf | Circle) {}
    }
    expect((await problemOf(ByUnion)).what).toContain("has the type 'Object' at run time")
  })

  it('when it is a function', async () => {
    @Component()
    class ByFunction {
      constructor(readonly fn: () => void) {}
    }
    expect((await problemOf(ByFunction)).what).toContain("Parameter 1 of ByFunction has the type 'Function'")
  })

  it('when it is a primitive', async () => {
    @Component()
    class ByPrimitives {
      constructor(
        readonly text: string,
        readonly leaf: Leaf,
        readonly size: number,
        readonly on: boolean,
      ) {}
    }
    const problems = await problemsOf({ components: [ByPrimitives, Leaf] })
    expect(problems.map(problem => problem.what.replace(/ at run time.*/, ''))).toEqual([
      "Parameter 1 of ByPrimitives has the type 'String'",
      "Parameter 3 of ByPrimitives has the type 'Number'",
      "Parameter 4 of ByPrimitives has the type 'Boolean'",
    ])
    expect(problems[0]?.next).toBe('Give the value an InjectionToken and write @Inject(TOKEN).')
  })

  it('when it is an array or a promise', async () => {
    @Component()
    class ByGenerics {
      constructor(
        readonly leaves: Leaf[],
        readonly later: Promise<Leaf>,
      ) {}
    }
    const problems = await problemsOf({ components: [ByGenerics, Leaf] })
    expect(brief(problems)).toEqual(['PARAMETER ByGenerics', 'PARAMETER ByGenerics'])
    expect(problems[1]?.next).toContain('the container awaits promises before it injects')
  })

  it('when it is left to its default: static inject or a token says what to do with it', async () => {
    @Component()
    class Defaulting {
      constructor(readonly size = 5) {}
    }
    expect((await problemOf(Defaulting)).code).toBe('AMBIT_DI_PARAMETER')
  })

  it('but not when it is a class that may be left out', async () => {
    @Component()
    class Maybe {
      constructor(@Optional() readonly leaf?: Leaf) {}
    }
    expect((await start({ components: [Maybe] })).get(Maybe).leaf).toBeUndefined()
    expect((await start({ components: [Maybe, Leaf] })).get(Maybe).leaf).toBeInstanceOf(Leaf)
  })

  it('also when it is optional: nobody would notice that it is never filled', async () => {
    @Component()
    class Quiet {
      constructor(@Optional() readonly size = 5) {}
    }
    expect((await problemOf(Quiet)).code).toBe('AMBIT_DI_PARAMETER')
  })
})

describe('two files that import each other', () => {
  it('have the class refused that was not there yet, with a remedy that works', async () => {
    const problem = await problemOf(CircularRight)
    expect(problem.code).toBe('AMBIT_DI_PARAMETER')
    expect(problem.what).toMatch(/^Parameter 1 of CircularRight has the type '(undefined|Object)' at run time/)
    expect(problem.next).toMatch(/break (the circle|a circular import)/)
  })

  it('have the token refused that was not there yet', async () => {
    expect(await problemOf(CircularByInject)).toMatchObject({
      code: 'AMBIT_DI_PARAMETER',
      what: 'The token of parameter 1 of CircularByInject is undefined, or no token.',
      next: expect.stringContaining('write @Inject(() => TheClass) or static get inject() { return [TheClass] }'),
    })
  })

  it('can be wired by @Inject(() => TheClass) and by a static getter', async () => {
    const providers = [provide(CircularRight, { useValue: { left: undefined } as never })]
    const components = [CircularByFunction, CircularByGetter, CircularLeft]
    const container = await start({ components, providers })
    expect(container.get(CircularByFunction).left).toBe(container.get(CircularLeft))
    expect(container.get(CircularByGetter).left).toBe(container.get(CircularLeft))
  })
})

describe('@Inject()', () => {
  it('fills an interface, and wins over the emitted class', async () => {
    @Component()
    class Other extends Leaf {}
    @Service()
    class Named {
      constructor(
        @Inject(NAME) readonly name: string,
        @Inject(Other) readonly leaf: Leaf,
      ) {}
    }
    const container = await start({
      components: [Named, Leaf, Other],
      providers: [provide(NAME, { useValue: 'alice' })],
    })
    expect(container.get(Named).name).toBe('alice')
    expect(container.get(Named).leaf).toBe(container.get(Other))
  })

  it('with something that is no token is refused', async () => {
    @Component()
    class Wrong {
      constructor(@Inject('name' as never) readonly name: string) {}
    }
    expect((await problemOf(Wrong)).what).toBe('The token of parameter 1 of Wrong is undefined, or no token.')
  })
})

describe('a build that emits no parameter types', () => {
  const untyped = (): unknown =>
    bare(
      class Untyped {
        constructor(
          readonly leaf: Leaf,
          readonly name: string,
        ) {}
      },
    )

  it('has a class with parameters refused, naming emitDecoratorMetadata and static inject', async () => {
    expect(await problemOf(untyped())).toEqual({
      code: 'AMBIT_DI_METADATA',
      component: 'Untyped',
      what: 'Untyped takes 2 parameters, but the build emitted no types for them.',
      next:
        "Set 'emitDecoratorMetadata' in tsconfig.json and decorate the class; where the build cannot (esbuild, tsx, Vitest), " +
        'write static inject = [A, B].',
    })
  })

  it('is content with a class without parameters', async () => {
    const None = bare(class None {})
    expect((await start({ components: [None] })).get(None)).toBeInstanceOf(None)
  })

  it('is content when every parameter has @Inject()', async () => {
    const All = untyped() as new (leaf: Leaf, name: string) => { leaf: Leaf; name: string }
    Inject(Leaf)(All, undefined, 0)
    Inject(NAME)(All, undefined, 1)
    const container = await start({ components: [All, Leaf], providers: [provide(NAME, { useValue: 'bob' })] })
    expect(container.get(All)).toMatchObject({ leaf: container.get(Leaf), name: 'bob' })
  })

  it('is refused when one of the parameters lacks @Inject()', async () => {
    const Some = untyped() as never
    Inject(NAME)(Some, undefined, 1)
    expect((await problemOf(Some)).code).toBe('AMBIT_DI_METADATA')
  })
})

describe('static inject', () => {
  it('lists what the constructor gets, optional ones included', async () => {
    const Listed = bare(
      class Listed {
        static readonly inject: readonly unknown[] = [Leaf, { token: NAME, optional: true }, () => Circle]
        constructor(
          readonly leaf: Leaf,
          readonly name: string | undefined,
          readonly circle: Circle,
        ) {}
      },
    )
    const container = await start({ components: [Listed, Leaf, Circle] })
    expect(container.get(Listed)).toMatchObject({
      leaf: container.get(Leaf),
      name: undefined,
      circle: container.get(Circle),
    })
  })

  it('wins over the emitted types', async () => {
    @Component()
    class Both {
      static readonly inject: readonly unknown[] = [NAME]
      constructor(readonly name: string) {}
    }
    const container = await start({ components: [Both], providers: [provide(NAME, { useValue: 'carol' })] })
    expect(container.get(Both).name).toBe('carol')
  })

  it('says with an empty list that every parameter keeps its default', async () => {
    @Component()
    class Defaults {
      static readonly inject: readonly unknown[] = []
      constructor(readonly size = 5) {}
    }
    expect((await start({ components: [Defaults] })).get(Defaults).size).toBe(5)
  })

  it('that is too short is refused', async () => {
    const Short = bare(
      class Short {
        static readonly inject: readonly unknown[] = [Leaf]
        constructor(
          readonly leaf: Leaf,
          readonly name: string,
        ) {}
      },
    )
    expect(await problemOf(Short, Leaf)).toMatchObject({
      code: 'AMBIT_DI_METADATA',
      what: "'static inject' of Short lists 1 token, its constructor takes 2.",
      next: 'List one token per constructor parameter, in their order.',
    })
  })

  it('that is no array is refused', async () => {
    const Wrong = bare(
      class Wrong {
        static inject(): void {}
      },
    )
    expect((await problemOf(Wrong)).what).toBe("'static inject' of Wrong is no array.")
  })

  it('beside @Inject() is refused: one of them would not count', async () => {
    @Component()
    class Twice {
      static readonly inject: readonly unknown[] = [Leaf]
      constructor(@Inject(Leaf) readonly leaf: Leaf) {}
    }
    expect((await problemOf(Twice, Leaf)).what).toBe(
      "Twice has both 'static inject' and decorated constructor parameters.",
    )
  })

  it.each([[undefined], ['name'], [null], [{ token: undefined }], [() => undefined]])(
    'with %p in it is refused, with the place',
    async entry => {
      const Wrong = bare(
        class Wrong {
          static readonly inject: readonly unknown[] = [Leaf, entry]
        },
      )
      expect((await problemOf(Wrong, Leaf)).what).toBe('The token of parameter 2 of Wrong is undefined, or no token.')
    },
  )
})

describe('a constructor that is inherited', () => {
  @Component()
  class Base {
    constructor(readonly leaf: Leaf) {}
  }

  it('gets what the base declares', async () => {
    @Component()
    class Derived extends Base {}
    @Component()
    class DerivedTwice extends Derived {}
    const container = await start({ components: [Derived, DerivedTwice, Leaf] })
    expect(container.get(Derived).leaf).toBe(container.get(Leaf))
    expect(container.get(DerivedTwice).leaf).toBe(container.get(Leaf))
  })

  it('gets what static inject of the base says', async () => {
    class Listing {
      static readonly inject: readonly unknown[] = [Leaf]
      constructor(readonly leaf: Leaf) {}
    }
    const Derived = bare(class Derived extends Listing {})
    const container = await start({ components: [Derived, Leaf] })
    expect(container.get(Derived).leaf).toBe(container.get(Leaf))
  })

  it('gets what @Inject() on the base says, also where the base is no component', async () => {
    abstract class Undecorated {
      constructor(@Inject(NAME) readonly name: string) {}
    }
    @Component()
    class Derived extends Undecorated {}
    const container = await start({ components: [Derived], providers: [provide(NAME, { useValue: 'dora' })] })
    expect(container.get(Derived).name).toBe('dora')
  })

  it('does not count once the subclass has one of its own', async () => {
    @Component()
    class Own extends Base {
      constructor(
        @Inject(NAME) readonly name: string,
        leaf: Leaf,
      ) {
        super(leaf)
      }
    }
    const fixed = new Leaf()
    @Component()
    class Empty extends Base {
      constructor() {
        super(fixed)
      }
    }
    const container = await start({
      components: [Own, Empty, Leaf],
      providers: [provide(NAME, { useValue: 'emil' })],
    })
    expect(container.get(Own)).toMatchObject({ name: 'emil', leaf: container.get(Leaf) })
    expect(container.get(Empty).leaf).toBe(fixed)
    expect(container.registrations.find(registration => registration.token === Empty)?.dependencies).toEqual([])
  })

  it('is refused where nothing says what an undecorated base takes', async () => {
    abstract class Silent {
      constructor(readonly leaf: Leaf) {}
    }
    @Component()
    class Derived extends Silent {}
    expect(await problemOf(Derived, Leaf)).toMatchObject({
      code: 'AMBIT_DI_METADATA',
      what: 'Silent takes 1 parameter, but the build emitted no types for them.',
    })
  })

  it('does not hand the emitted list of the base to a subclass with parameters of its own', async () => {
    const Derived = bare(
      class Derived extends Base {
        constructor(
          leaf: Leaf,
          readonly extra: string,
        ) {
          super(leaf)
        }
      },
    )
    expect((await problemOf(Derived, Leaf)).what).toBe(
      'Derived takes 2 parameters, but the build emitted no types for them.',
    )
  })
})

it('a token may be a class that the container did not make, such as Date or Map', async () => {
  @Component()
  class Uses {
    constructor(
      readonly date: Date,
      readonly map: Map<string, string>,
      readonly container: Container,
    ) {}
  }
  const providers = [provide(Date, { useValue: new Date(0) }), provide(Map<string, string>, { useValue: new Map() })]
  const { date, map } = (await start({ components: [Uses], providers })).get(Uses)
  expect([date, map]).toEqual([new Date(0), new Map()])
})

it('a token shows its name and has no other property', () => {
  const token = new InjectionToken<number>('Size')
  expect([token.name, String(token), Object.keys(token)]).toEqual(['Size', 'InjectionToken(Size)', []])
})
