import { Component, Container, Inject, type Lazy, lazy, PostConstruct, supplier, type Supplier } from '../../src/di'
import {
  circleThrough,
  Construction,
  constructionsOf,
  constructNow,
  currentConstruction,
  runConstruction,
} from '../../src/di/lifecycle/construction'
import { closeAll, latch, rejection, settled, start } from './support'

afterEach(closeAll)

function rootOf(error: unknown): Error {
  let at = error as Error
  while (at.cause instanceof Error) at = at.cause
  return at
}

/** Two components, each of which waits for the other one while it is initialised. */
function knot(first: string, second: string) {
  const gate = latch()
  @Component({ scope: first })
  class First {
    constructor(@Inject(lazy(() => Second)) readonly other: Lazy<object>) {}
    @PostConstruct()
    async init(): Promise<void> {
      await gate.passed
      await this.other.resolve()
    }
  }
  @Component({ scope: second })
  class Second {
    constructor(@Inject(lazy(First)) readonly other: Lazy<object>) {}
    @PostConstruct()
    async init(): Promise<void> {
      await gate.passed
      await this.other.resolve()
    }
  }
  return { gate, First, Second }
}

describe('components that wait for each other while they are built', () => {
  it.each([
    ['request', 'request'],
    ['tenant', 'request'],
    ['request', 'tenant'],
  ])('are told so, from both ends at once, in a %s and a %s', async (first, second) => {
    const { gate, First, Second } = knot(first, second)
    const container = await start({ components: [First, Second], scopes: ['tenant'] })
    await container.runInScope('tenant', () =>
      container.runInScope('request', async () => {
        const both = [rejection(container.resolve(First)), rejection(container.resolve(Second))]
        await settled()
        gate.open()
        for (const error of await Promise.all(both)) {
          expect(error).toMatchObject({ code: 'AMBIT_DI_CREATION' })
          expect(rootOf(error)).toMatchObject({ code: 'AMBIT_DI_CIRCLE' })
        }
        expect(rootOf(await rejection(container.resolve(First))).message).toContain(
          'Components that are being built wait for each other: First -> Second -> First.',
        )
      }),
    )
  })

  it('are told so where a third one waits for a part of what waits for it', async () => {
    const [started, gate] = [latch(), latch()]
    // Outer builds Part, Part waits for Third, Third waits for Outer.
    @Component({ scope: 'request' })
    class Part {
      constructor(@Inject(lazy(() => Third)) readonly third: Lazy<object>) {}
      @PostConstruct()
      async init(): Promise<void> {
        started.open()
        await gate.passed
        await this.third.resolve()
      }
    }
    @Component({ scope: 'request' })
    class Outer {
      constructor(readonly part: Part) {}
    }
    @Component({ scope: 'request' })
    class Third {
      constructor(@Inject(lazy(Outer)) readonly outer: Lazy<object>) {}
      @PostConstruct()
      async init(): Promise<void> {
        await gate.passed
        await settled()
        await this.outer.resolve()
      }
    }
    const container = await start({ components: [Part, Outer, Third] })
    await container.runInScope('request', async () => {
      const outer = rejection(container.resolve(Outer))
      await started.passed
      const third = rejection(container.resolve(Third))
      await settled()
      gate.open()
      const roots = (await Promise.all([outer, third])).map(rootOf)
      expect(roots).toEqual(Array(2).fill(expect.objectContaining({ code: 'AMBIT_DI_CIRCLE' })))
    })
  })

  it('are told so where one waits through a prototype that is made for it', async () => {
    const [asked, gate] = [latch(), latch()]
    // First has Made built, which needs Second; Second waits for First.
    @Component({ lazy: true })
    class First {
      constructor(@Inject(supplier(() => Made)) readonly supply: Supplier<object>) {}
      @PostConstruct()
      async init(): Promise<void> {
        await asked.passed
        await this.supply.resolve()
      }
    }
    @Component({ lazy: true })
    class Second {
      constructor(@Inject(lazy(First)) readonly first: Lazy<object>) {}
      @PostConstruct()
      async init(): Promise<void> {
        await gate.passed
        await this.first.resolve()
      }
    }
    @Component({ scope: 'prototype' })
    class Made {
      constructor(readonly second: Second) {}
    }
    const container = await start({ components: [First, Second, Made] })
    const both = [rejection(container.resolve(First)), rejection(container.resolve(Second))]
    asked.open()
    await settled()
    gate.open()
    const roots = (await Promise.all(both)).map(rootOf)
    expect(roots).toEqual(Array(2).fill(expect.objectContaining({ code: 'AMBIT_DI_CIRCLE' })))
    expect(roots[0]?.message).toContain('Second -> First -> Made -> Second')
  })

  it('are told so where a constructor of the start asks the container for what needs it', async () => {
    @Component()
    class Asking {
      constructor(container: Container) {
        container.get(Needing)
      }
    }
    @Component({ lazy: true })
    class Needing {
      constructor(readonly asking: Asking) {}
    }
    const root = rootOf(await rejection(start({ components: [Asking, Needing] })))
    expect(root).toMatchObject({ code: 'AMBIT_DI_CIRCLE' })
    expect(root.message).toContain('wait for each other: Asking -> Needing -> Asking.')
  })

  it('are no circle where one only starts after the other is there', async () => {
    const gate = latch()
    let late: Promise<unknown> | undefined
    @Component({ scope: 'request' })
    class Starter {
      constructor(@Inject(lazy(() => User)) readonly user: Lazy<object>) {}
      @PostConstruct()
      init(): void {
        late = gate.passed.then(() => this.user.resolve())
      }
    }
    @Component({ scope: 'request' })
    class User {
      constructor(readonly starter: Starter) {}
    }
    const container = await start({ components: [Starter, User] })
    await container.runInScope('request', async () => {
      container.get(Starter)
      gate.open()
      expect(await late).toBe(container.get(User))
    })
  })
})

describe('the chain of constructions', () => {
  const blueprint = (name: string): never => ({ name }) as never

  it('has only those that are not over: what a component has started is no part of its construction', async () => {
    const gate = latch()
    let later: Promise<unknown> | undefined
    const construction = new Construction(blueprint('A'), {})
    await runConstruction(construction, async () => {
      expect(currentConstruction()?.construction).toBe(construction)
      later = gate.passed.then(() => currentConstruction())
      await Promise.resolve()
    })
    gate.open()
    expect(await later).toBeUndefined()
  })

  it('has what a constructor has built before the constructor itself, and neither behind the call', async () => {
    const [outer, inner] = [new Construction(blueprint('Outer'), {}), new Construction(blueprint('Inner'), {})]
    const names = (): string[] => constructionsOf(currentConstruction()).map(each => each.blueprint.name)
    let later: Promise<string[]> | undefined
    constructNow(outer, () => {
      expect(names()).toEqual(['Outer'])
      void runConstruction(inner, () => expect(names()).toEqual(['Inner', 'Outer']))
      expect(names()).toEqual(['Outer'])
      later = Promise.resolve().then(names)
    })
    expect([names(), await later]).toEqual([[], []])
    expect([outer.over, inner.over]).toEqual([true, true])
  })

  it('ends also where the construction throws', async () => {
    const construction = new Construction(blueprint('A'), {})
    expect(() =>
      runConstruction(construction, () => {
        throw new RangeError('no')
      }),
    ).toThrow('no')
    expect(construction.over).toBe(true)
  })

  it('tells the shortest way back', () => {
    const [a, b, c, d] = ['A', 'B', 'C', 'D'].map(name => new Construction(blueprint(name), {})) as [
      Construction,
      Construction,
      Construction,
      Construction,
    ]
    b.awaits = new Set([c, d])
    c.awaits = new Set([d])
    d.awaits = new Set([a])
    void runConstruction(a, () => {
      expect(circleThrough(b, currentConstruction())).toEqual(['A', 'B', 'D', 'A'])
      expect(circleThrough(a, currentConstruction())).toEqual(['A', 'A'])
      expect(circleThrough(new Construction(blueprint('E'), {}), currentConstruction())).toBeUndefined()
    })
  })
})
