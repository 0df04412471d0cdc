import { ContextKey, contextValue, runWithValue } from '../../src/core/async-context'
import {
  Component,
  ComponentCreationError,
  type ComponentPostProcessor,
  Configuration,
  Bean,
  InjectionToken,
  PostConstruct,
  provide,
  type Registration,
} from '../../src/di'
import { closeAll, latch, made, NAME, rejection, start } from './support'

afterEach(closeAll)

describe('@PostConstruct()', () => {
  it('PI-30 PI-W20 runs once everything the component needs is ready, and before anything that needs it is built', async () => {
    const log: string[] = []
    @Component()
    class Inner {
      constructor() {
        log.push('inner built')
      }
      @PostConstruct()
      async load(): Promise<void> {
        await Promise.resolve()
        log.push('inner ready')
      }
    }
    @Component()
    class Outer {
      constructor(readonly inner: Inner) {
        log.push('outer built')
      }
      @PostConstruct()
      load(): void {
        log.push('outer ready')
      }
    }
    await start({ components: [Outer, Inner] })
    expect(log).toEqual(['inner built', 'inner ready', 'outer built', 'outer ready'])
  })

  it('PI-35 of an async kind is awaited by the start', async () => {
    const { passed, open } = latch()
    let ready = false
    @Component()
    class Slow {
      @PostConstruct()
      async load(): Promise<void> {
        await passed
        ready = true
      }
    }
    const starting = start({ components: [Slow] })
    expect(ready).toBe(false)
    open()
    await starting
    expect(ready).toBe(true)
  })

  it('PI-W19 methods run in the order of the class, those of a base first, each once', async () => {
    const log: string[] = []
    class Base {
      @PostConstruct()
      zuerst(): void {
        log.push('base')
      }
      @PostConstruct()
      shared(): void {
        log.push('base shared')
      }
    }
    @Component()
    class Sub extends Base {
      @PostConstruct()
      second(): void {
        log.push('second')
      }
      @PostConstruct()
      first(): void {
        log.push('first')
      }
      @PostConstruct()
      override shared(): void {
        log.push('sub shared')
      }
    }
    await start({ components: [Sub] })
    expect(log).toEqual(['base', 'sub shared', 'second', 'first'])
  })

  it('runs on what a bean, a factory or useClass makes', async () => {
    const log: string[] = []
    class Thing {
      constructor(readonly from: string) {}
      @PostConstruct()
      init(): void {
        log.push(this.from)
      }
    }
    class ByClass extends Thing {
      static readonly inject = []
      constructor() {
        super('class')
      }
    }
    const [a, b] = [new InjectionToken<Thing>('A'), new InjectionToken<Thing>('B')]
    @Configuration()
    class Config {
      @Bean()
      thing(): Thing {
        return new Thing('bean')
      }
    }
    const providers = [provide(a, { useFactory: () => new Thing('factory') }), provide(b, { useClass: ByClass })]
    await start({ components: [Config], providers })
    expect(log).toEqual(['bean', 'factory', 'class'])
  })

  it('does not run on a value, which is the caller’s', async () => {
    let ran = false
    class Value {
      @PostConstruct()
      init(): void {
        ran = true
      }
    }
    await start({ providers: [provide(Value, { useValue: new Value() })] })
    expect(ran).toBe(false)
  })

  it('runs once on an object that two registrations return', async () => {
    let ran = 0
    class Shared {
      @PostConstruct()
      init(): void {
        ran++
      }
    }
    const second = new InjectionToken<Shared>('Second')
    await start({
      providers: [
        provide(Shared, { useFactory: () => new Shared() }),
        provide(second, { inject: [Shared], useFactory: shared => shared }),
      ],
    })
    expect(ran).toBe(1)
  })

  it.each([
    [
      'throws',
      () => {
        throw new RangeError('not ready')
      },
    ],
    ['rejects', () => Promise.reject(new RangeError('not ready'))],
  ])('fails the start when it %s', async (_how, body) => {
    @Component()
    class Failing {
      @PostConstruct()
      init(): unknown {
        return body()
      }
    }
    const error = (await rejection(start({ components: [Failing] }))) as ComponentCreationError
    expect([error.component, error.step]).toEqual(['Failing', 'initialiser'])
    expect(error.cause).toEqual(new RangeError('not ready'))
  })
})

describe('a post-processor', () => {
  const recording = (log: string[], name: string): ComponentPostProcessor => ({
    afterConstruct: (_instance, registration) => void log.push(`${name} ${registration.name}`),
  })

  it('sees every object after its construction and before its initialisers, in dependency order', async () => {
    const log: string[] = []
    @Component()
    class Inner {
      @PostConstruct()
      init(): void {
        log.push('inner init')
      }
    }
    @Component()
    class Outer {
      constructor(readonly inner: Inner) {
        log.push('outer built')
      }
    }
    await start({ components: [Outer, Inner], postProcessors: [recording(log, 'one'), {}, recording(log, 'two')] })
    expect(log).toEqual(['one Inner', 'two Inner', 'inner init', 'outer built', 'one Outer', 'two Outer'])
  })

  it('is awaited, and gets the instance with its registration', async () => {
    const seen: [object, Registration][] = []
    @Component()
    class Only {
      marked = false
      @PostConstruct()
      init(): void {
        expect(this.marked).toBe(true)
      }
    }
    const processor: ComponentPostProcessor = {
      async afterConstruct(instance, registration) {
        await Promise.resolve()
        ;(instance as Only).marked = true
        seen.push([instance, registration])
      },
    }
    const container = await start({ components: [Only], postProcessors: [processor] })
    expect(seen).toEqual([[container.get(Only), container.registrations[0]]])
  })

  it('sees what beans and factories make, but neither values, aliases nor primitives', async () => {
    const log: string[] = []
    class Thing {}
    const tokens = ['made', 'alias', 'value', 'text'].map(name => new InjectionToken<unknown>(name))
    const [made, alias, value, text] = tokens as [
      InjectionToken<unknown>,
      InjectionToken<unknown>,
      InjectionToken<unknown>,
      InjectionToken<unknown>,
    ]
    await start({
      providers: [
        provide(made, { useFactory: () => new Thing() }),
        provide(alias, { useExisting: made }),
        provide(value, { useValue: new Thing() }),
        provide(text, { useFactory: () => 'text' }),
      ],
      postProcessors: [recording(log, 'saw')],
    })
    expect(log).toEqual(['saw made'])
  })

  it('fails the start when it throws, naming the component', async () => {
    @Component()
    class Only {}
    const failing: ComponentPostProcessor = {
      afterConstruct: () => {
        throw new RangeError('cannot bind')
      },
    }
    expect(await rejection(start({ components: [Only], postProcessors: [failing] }))).toMatchObject({
      component: 'Only',
      step: 'post-processor',
      cause: new RangeError('cannot bind'),
    })
  })
})

describe('building', () => {
  it('runs outside every transaction, and inside the application, of the caller', async () => {
    const transaction = new ContextKey<string>('transaction', true)
    const application = new ContextKey<string>('application', false)
    const seen: unknown[] = []
    const look = () => void seen.push([contextValue(transaction), contextValue(application)])
    @Component()
    class Curious {
      constructor() {
        look()
      }
      @PostConstruct()
      async init(): Promise<void> {
        await Promise.resolve()
        look()
      }
      [Symbol.dispose](): void {
        look()
      }
    }
    const providers = [provide(NAME, { useFactory: async () => (look(), 'x') })]
    await runWithValue(application, 'app', () =>
      runWithValue(transaction, 'tx', async () => {
        const container = await start({ components: [Curious], providers })
        await container.close()
      }),
    )
    expect(seen).toEqual(Array(4).fill([undefined, 'app']))
  })

  it('goes through the dependencies first, otherwise in the order of the list', async () => {
    const log: string[] = []
    const component = (name: string, needs: () => readonly unknown[]): unknown =>
      made(name, needs, () => log.push(name))
    const A = component('A', () => [C])
    const B = component('B', () => [])
    const C = component('C', () => [D, B])
    const D = component('D', () => [])
    await start({ components: [A, B, C, D] as never })
    expect(log).toEqual(['D', 'B', 'C', 'A'])
  })

  it('does not take a component with a then method for a promise', async () => {
    @Component()
    class Thenable {
      then(): never {
        throw new Error('awaited')
      }
    }
    const container = await start({ components: [Thenable] })
    expect(container.get(Thenable)).toBeInstanceOf(Thenable)
  })

  it('starts nothing twice when two containers are built of the same components', async () => {
    @Component()
    class Own {}
    const [one, two] = await Promise.all([start({ components: [Own] }), start({ components: [Own] })])
    expect(one.get(Own)).not.toBe(two.get(Own))
    await one.close()
    expect(two.get(Own)).toBeInstanceOf(Own)
  })
})
