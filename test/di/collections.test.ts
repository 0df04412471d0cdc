import {
  all,
  Bean,
  Component,
  Configuration,
  Inject,
  InjectAll,
  InjectionToken,
  InjectMap,
  lazy,
  type Lazy,
  mapOf,
  Optional,
  Order,
  Primary,
  provide,
  qualified,
  Qualifier,
  supplier,
  type Supplier,
} from '../../src/di'
import { brief, closeAll, problemsOf, start, thrown } from './support'

afterEach(closeAll)

abstract class Rule {}

@Component()
class Late extends Rule {}

@Order(20)
@Qualifier('tax')
@Component({ name: 'second' })
class Second extends Rule {}

@Order(-1)
@Qualifier('tax')
@Component({ name: 'first' })
class First extends Rule {}

@Primary()
@Component()
class Later extends Rule {}

const rules = [Late, Second, First, Later]

@Component()
class Checkout {
  constructor(@InjectAll(Rule) readonly rules: readonly Rule[]) {}
}

const classesOf = (list: Iterable<object>): string[] => [...list].map(each => each.constructor.name)

describe('@InjectAll()', () => {
  it('PI-09 PI-W4 injects all that fit, by order and then by registration; a primary one makes nobody disappear', async () => {
    const container = await start({ components: [Checkout, ...rules] })
    expect(classesOf(container.get(Checkout).rules)).toEqual(['First', 'Second', 'Late', 'Later'])
    expect(container.get(Checkout).rules).toEqual(container.getAll(Rule))
    expect(container.get(Checkout).rules[0]).toBe(container.get(First))
  })

  it('PI-09 takes only those with the qualifier, two of four', async () => {
    @Component()
    class Taxes {
      constructor(
        @InjectAll(Rule, { qualifier: 'tax' }) readonly rules: readonly Rule[],
        @Qualifier('tax') @InjectAll(Rule) readonly again: readonly Rule[],
      ) {}
    }
    const container = await start({ components: [Taxes, ...rules] })
    const taxes = container.get(Taxes)
    expect(classesOf(taxes.rules)).toEqual(['First', 'Second'])
    expect(taxes.again).toEqual(taxes.rules)
    expect(container.getAll(qualified(Rule, 'tax'))).toEqual(taxes.rules)
  })

  it('PI-09 works the same in `static inject`, factories and beans', async () => {
    @Component()
    class Listed {
      static readonly inject = [all(Rule), mapOf(Rule, { by: 'class' })]
      constructor(
        readonly rules: readonly Rule[],
        readonly byClass: ReadonlyMap<unknown, Rule>,
      ) {}
    }
    const NAMES = new InjectionToken<readonly string[]>('names')
    @Configuration()
    class Counting {
      @Bean()
      count(@InjectAll(Rule) all: readonly Rule[]): Date {
        return new Date(all.length)
      }
    }
    const container = await start({
      components: [...rules, Listed, Counting],
      providers: [provide(NAMES, { inject: [mapOf(Rule)], useFactory: byName => [...byName.keys()] })],
    })
    expect(container.get(Listed).rules).toHaveLength(4)
    expect(container.get(Listed).byClass.get(First)).toBe(container.get(First))
    expect(container.get(NAMES)).toEqual(['first', 'second', 'Late', 'Later'])
    expect(container.get(Date).getTime()).toBe(4)
  })

  it('may be empty, unless it must not be', async () => {
    expect((await start({ components: [Checkout] })).get(Checkout).rules).toEqual([])

    @Component()
    class Strict {
      constructor(
        @InjectAll(Rule, { atLeast: 1 }) readonly rules: readonly Rule[],
        @InjectMap(Rule, { atLeast: 3, qualifier: 'tax' }) readonly taxes: ReadonlyMap<string, Rule>,
      ) {}
    }
    expect(brief(await problemsOf({ components: [Strict] }))).toEqual(['COLLECTION Strict', 'COLLECTION Strict'])
    const [problem, ...others] = await problemsOf({ components: [Strict, ...rules] })
    expect(others).toEqual([])
    expect(problem?.what).toContain(
      "Strict needs at least 3 of Rule with the qualifier 'tax' (parameter 2), and has 2: First (@Component), Second (@Component).",
    )
  })

  it('is empty, not undefined, where it is optional too', async () => {
    @Component()
    class Uses {
      constructor(@Optional() @InjectAll(Rule) readonly rules: readonly Rule[]) {}
    }
    expect((await start({ components: [Uses] })).get(Uses).rules).toEqual([])
  })

  it('cannot be changed by one consumer for the others', async () => {
    const container = await start({ components: [Checkout, ...rules] })
    const list = container.get(Checkout).rules as Rule[]
    expect(() => list.push(new Late())).toThrow(TypeError)
  })

  it('holds what several providers of one token make, without a duplicate', async () => {
    const PLUGIN = new InjectionToken<string>('plugin')
    @Component()
    class Host {
      constructor(@InjectAll(PLUGIN) readonly plugins: readonly string[]) {}
    }
    const providers = ['a', 'b', 'c'].map(useValue => provide(PLUGIN, { useValue }))
    expect((await start({ components: [Host], providers })).get(Host).plugins).toEqual(['a', 'b', 'c'])
    expect(brief(await problemsOf({ providers }))).toEqual(['DUPLICATE plugin'])
  })

  it('holds a component once that an alias names too, and one that only an alias makes fit', async () => {
    class Foreign {}
    const container = await start({
      components: [Checkout, First],
      providers: [
        provide(Foreign, { useValue: new Foreign() }),
        provide(Rule, { useExisting: Foreign }),
        provide(Rule, { useExisting: First }),
      ],
    })
    expect(classesOf(container.get(Checkout).rules)).toEqual(['First', 'Foreign'])
  })

  it('never holds the component itself: a composite is made of the others, and everybody else sees it', async () => {
    @Component()
    class Composite extends Rule {
      constructor(@InjectAll(Rule) readonly parts: readonly Rule[]) {
        super()
      }
    }
    const container = await start({ components: [Composite, Checkout, First, Late] })
    expect(classesOf(container.get(Composite).parts)).toEqual(['First', 'Late'])
    expect(classesOf(container.get(Checkout).rules)).toEqual(['First', 'Composite', 'Late'])
  })

  it('PI-W12 holds the override in the place of what it replaces, which is never built', async () => {
    let built = 0
    @Component({ name: 'gateway', order: -5 })
    class Gateway extends Rule {
      constructor() {
        super()
        built++
      }
    }
    @Component()
    class Uses {
      constructor(
        @InjectAll(Rule) readonly rules: readonly Rule[],
        @InjectMap(Rule) readonly byName: ReadonlyMap<string, Rule>,
        @InjectMap(Rule, { by: 'class' }) readonly byClass: ReadonlyMap<unknown, Rule>,
      ) {}
    }
    class Fake extends Rule {}
    const container = await start({
      components: [First, Gateway, Uses],
      overrides: [[Gateway, { useClass: Fake }]],
    })
    const { rules: list, byName, byClass } = container.get(Uses)
    expect(classesOf(list)).toEqual(['Fake', 'First'])
    expect(byName.get('gateway')).toBe(list[0])
    expect(byClass.get(Gateway)).toBe(list[0])
    expect(built).toBe(0)
  })

  it('is built before who needs it, and is part of circles', async () => {
    abstract class Part {}
    @Component()
    class Whole {
      constructor(@InjectAll(Part) readonly parts: readonly Part[]) {}
    }
    @Component()
    class Needy extends Part {
      static readonly inject = [Whole]
      constructor(readonly whole: Whole) {
        super()
      }
    }
    const [problem] = await problemsOf({ components: [Needy, Whole] })
    expect(problem).toMatchObject({ code: 'AMBIT_DI_CYCLE', path: ['Needy', 'Whole', 'Needy'] })
  })

  it('behind lazy() is one handle for all: it breaks circles', async () => {
    abstract class Part {}
    @Component()
    class Whole {
      static readonly inject = [lazy(all(Part)), lazy(mapOf(Part))]
      constructor(
        readonly parts: Lazy<readonly Part[]>,
        readonly byName: Lazy<ReadonlyMap<string, Part>>,
      ) {}
    }
    @Component()
    class Needy extends Part {
      static readonly inject = [Whole]
      constructor(readonly whole: object) {
        super()
      }
    }
    const container = await start({ components: [Whole, Needy] })
    const { parts, byName } = container.get(Whole)
    expect(parts.get()).toEqual([container.get(Needy)])
    expect(await parts.resolve()).toEqual([container.get(Needy)])
    expect([...byName.get().keys()]).toEqual(['Needy'])
  })

  it('of what lives shorter is refused for each of them, and carried by a handle', async () => {
    const life = { key: {}, onEnd: () => undefined }
    const scopeSources = { transaction: { current: () => life, remedy: '' } }
    @Component({ scope: 'transaction' })
    class Passing extends Rule {}
    @Component({ scope: 'transaction' })
    class PassingToo extends Rule {}
    const problems = await problemsOf({ components: [Checkout, First, Passing, PassingToo], scopeSources })
    expect(problems.map(({ what, next }) => [what, next])).toEqual([
      [
        'Checkout needs Passing (parameter 1), which lives for one transaction only and would be kept beyond it.',
        "Inject a handle, @Inject(lazy(all(…))), and call get() in the transaction; or give Checkout the scope 'transaction' too.",
      ],
      [
        'Checkout needs PassingToo (parameter 1), which lives for one transaction only and would be kept beyond it.',
        "Inject a handle, @Inject(lazy(all(…))), and call get() in the transaction; or give Checkout the scope 'transaction' too.",
      ],
    ])
    @Component()
    class Handles {
      constructor(@Inject(lazy(all(Rule))) readonly rules: Lazy<readonly Rule[]>) {}
    }
    const container = await start({ components: [Handles, First, Passing], scopeSources })
    expect(classesOf(container.get(Handles).rules.get())).toEqual(['First', 'Passing'])
  })
})

describe('a list of what is no singleton', () => {
  abstract class Part {}
  let made = 0
  @Component({ scope: 'prototype' })
  class Proto extends Part {
    readonly number = ++made
  }
  @Component({ scope: 'request' })
  class PerRequest extends Part {
    readonly number = ++made
  }
  beforeEach(() => (made = 0))

  it('holds a prototype of its own for each who asks, and a supplier makes new ones with each call', async () => {
    @Component()
    class Uses {
      static readonly inject = [
        all(Part),
        lazy(all(Part)),
        supplier(all(Part)),
        { token: supplier(Part), optional: true },
      ]
      constructor(
        readonly list: readonly Part[],
        readonly later: Lazy<readonly Part[]>,
        readonly anew: Supplier<readonly Part[]>,
        readonly one: Supplier<Part>,
      ) {}
    }
    const container = await start({ components: [Proto, Uses] })
    const { list, later, anew, one } = container.get(Uses)
    const seen = new Set([list[0], later.get()[0], later.get()[0], anew.get()[0], anew.get()[0], one.get(), one.get()])
    expect(seen.size).toBe(6)
    expect(await anew.resolve()).toHaveLength(1)
    expect(container.getAll(Part)).toHaveLength(1)
  })

  it('is the request’s own behind a handle, and refused without one', async () => {
    @Component()
    class Keeps {
      constructor(@InjectMap(Part) readonly parts: ReadonlyMap<string, Part>) {}
    }
    @Component()
    class Handles {
      constructor(@Inject(lazy(mapOf(Part))) readonly parts: Lazy<ReadonlyMap<string, Part>>) {}
    }
    const [problem, ...others] = await problemsOf({ components: [Keeps, PerRequest] })
    expect(others).toEqual([])
    expect(problem).toMatchObject({ code: 'AMBIT_DI_SHORTER_LIVED', component: 'Keeps' })
    expect(problem?.next).toContain('lazy(mapOf(…))')
    const container = await start({ components: [Handles, PerRequest] })
    const { parts } = container.get(Handles)
    const inRequest = (id: string) => container.runInScope('request', id, async () => parts.get().get('PerRequest'))
    const [first, second] = [await inRequest('1'), await inRequest('2')]
    expect(first).toBeInstanceOf(PerRequest)
    expect(second).not.toBe(first)
  })
})

describe('@InjectMap()', () => {
  it('PI-09 has the names as keys, declared or of the class', async () => {
    @Component()
    class Uses {
      constructor(@InjectMap(Rule) readonly rules: ReadonlyMap<string, Rule>) {}
    }
    const container = await start({ components: [Uses, ...rules] })
    const map = container.get(Uses).rules
    expect([...map.keys()]).toEqual(['first', 'second', 'Late', 'Later'])
    expect(map.get('second')).toBe(container.get(Second))
    expect(map).toBeInstanceOf(Map)
    expect(() => (map as Map<string, Rule>).set('x', new Late())).toThrow(TypeError)
    expect(() => (map as Map<string, Rule>).delete('first')).toThrow(TypeError)
    expect(() => {
      ;(map as Map<string, Rule>).clear()
    }).toThrow(TypeError)
    expect(map.size).toBe(4)
  })

  it('PI-09 by class has the classes as keys, of beans and providers too', async () => {
    class Made extends Rule {}
    @Configuration()
    class Rules {
      @Bean()
      made(): Made {
        return new Made()
      }
    }
    class Used extends Rule {}
    @Component()
    class Uses {
      constructor(@InjectMap(Rule, { by: 'class' }) readonly rules: ReadonlyMap<unknown, Rule>) {}
    }
    const container = await start({
      components: [Uses, First, Rules],
      providers: [provide(Rule, { useClass: Used })],
    })
    expect([...container.get(Uses).rules.keys()]).toEqual([First, Made, Used])
  })

  it('PI-W23 is checked at the start: a shared name, a shared class and an unknown class are problems', async () => {
    const T = new InjectionToken<Rule>('T')
    class A extends Rule {}
    @Component()
    class Uses {
      constructor(
        @InjectMap(T) readonly byName: ReadonlyMap<string, Rule>,
        @InjectMap(T, { by: 'class' }) readonly byClass: ReadonlyMap<unknown, Rule>,
      ) {}
    }
    const problems = await problemsOf({
      components: [Uses],
      providers: [
        provide(T, { useClass: A }),
        provide(T, { useClass: A }),
        provide(T, { useValue: new A(), name: 'value' }),
      ],
    })
    expect(problems.map(({ what }) => what)).toEqual([
      "Uses needs a map of T (parameter 1), and 2 share the name 'A': provide(T, useClass), provide(T, useClass).",
      'Uses needs a map of T (parameter 2), and 2 share the class A: provide(T, useClass), provide(T, useClass).',
      'Uses needs a map of T by class (parameter 2), and the class is not known of provide(T, useValue).',
    ])
  })

  it('PI-W23 a parameter that is a Map without it is missing, and the start says what to write', async () => {
    @Component()
    class Uses {
      constructor(readonly rules: Map<string, Rule>) {}
    }
    const [problem] = await problemsOf({ components: [Uses, ...rules] })
    expect(problem).toMatchObject({ code: 'AMBIT_DI_DEPENDENCY_MISSING', component: 'Uses' })
    expect(problem?.next).toContain('@InjectMap(TheClass)')
  })

  it('PI-W23 a parameter that is an array without it is refused, and the start says what to write', async () => {
    @Component()
    class Uses {
      constructor(readonly rules: Rule[]) {}
    }
    const [problem] = await problemsOf({ components: [Uses, ...rules] })
    expect(problem).toMatchObject({ code: 'AMBIT_DI_PARAMETER', component: 'Uses' })
    expect(problem?.next).toContain('@InjectAll(TheClass)')
  })
})

describe('what cannot be a collection', () => {
  it.each([
    ['an unknown option', () => InjectAll(Rule, { atleast: 1 } as never)],
    ['keys by something else', () => mapOf(Rule, { by: 'order' as never })],
    ['a list with keys', () => all(Rule, { by: 'class' } as never)],
    ['a negative number', () => all(Rule, { atLeast: -1 })],
    ['half a component', () => all(Rule, { atLeast: 0.5 })],
    ['a qualifier that is none', () => InjectMap(Rule, { qualifier: 1 as never })],
    ['no token', () => all('Rule' as never)],
    ['an order that is no number', () => Order('1' as never)],
  ])('%s is refused', (_, use) => {
    expect(thrown(use)).toMatchObject({
      code: 'AMBIT_DI_DECORATOR',
      message: expect.stringMatching(/next: +\S/) as unknown,
    })
  })

  it('a circular import is told by its parameter', async () => {
    @Component()
    class Uses {
      static readonly inject = [all(undefined as never)]
      constructor(readonly x: unknown) {}
    }
    expect(brief(await problemsOf({ components: [Uses] }))).toEqual(['PARAMETER Uses'])
  })
})
