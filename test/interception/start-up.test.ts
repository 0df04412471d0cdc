import {
  Bean,
  bootstrap,
  Component,
  Configuration,
  CrudRepository,
  InjectionToken,
  Interceptor,
  type InterceptorOptions,
  type InterceptorSource,
  type MethodCall,
  MethodInterceptor,
  type Next,
  NotIntercepted,
  Order,
  Profile,
  provide,
  Query,
  Repository,
  Service,
  Transactional,
  UseInterceptors,
} from 'ambit'
import { InvalidInterceptionError } from 'ambit/errors'
import { fakeApplication } from 'ambit/testing'
import { orderOf } from '../../src/interception/order'
import { Note } from '../acceptance/notes'
import { silentLogger } from '../support/engines'
import { A, B, Inside, startUpProblems, trace } from './support'

/** A decorator of another library, which puts a function of its own in the place of the method. */
function foreign(_target: object, _member: string | symbol, descriptor: PropertyDescriptor): PropertyDescriptor {
  const method = descriptor.value as (...args: unknown[]) => unknown
  return {
    ...descriptor,
    value: function (this: unknown, ...args: unknown[]) {
      trace.push('foreign')
      return method.apply(this, args)
    },
  }
}

@Interceptor()
class Waiting extends MethodInterceptor {
  async intercept(_call: MethodCall, next: Next): Promise<unknown> {
    return next()
  }
}

class Undecorated extends Waiting {}

const texts = async (options: Parameters<typeof startUpProblems>[0]): Promise<string[]> =>
  (await startUpProblems(options)).map(({ message }) => message)

describe('a start with interceptors', () => {
  it('PI-W22: names every interceptor that is not registered, and who uses it, before anything is built', async () => {
    let built = false
    @Component()
    class Eager {
      constructor() {
        built = true
      }
    }
    @Service()
    class Orders {
      @UseInterceptors(A, Undecorated)
      place(): void {}
      @UseInterceptors(A)
      cancel(): void {}
    }
    expect(await texts({ components: [Eager, Orders] })).toEqual([
      [
        'A is not registered, but it has to intercept Orders.place, Orders.cancel. [AMBIT_INTERCEPTION_UNRESOLVED]',
        '  where: Orders.place, Orders.cancel',
        '  next:  Add A to bootstrap({ components }), or to the folders that it scans.',
      ].join('\n'),
      [
        'Undecorated is not registered, but it has to intercept Orders.place. [AMBIT_INTERCEPTION_UNRESOLVED]',
        '  where: Orders.place',
        '  next:  Decorate Undecorated with @Interceptor(), and add Undecorated to bootstrap({ components }), or to the folders that it scans.',
      ].join('\n'),
    ])
    expect(built).toBe(false)
  })

  it('says which condition left an interceptor out', async () => {
    @Profile('dev')
    @Interceptor()
    class Debug extends Waiting {}
    @Service()
    class Orders {
      @UseInterceptors(Debug)
      async place(): Promise<void> {}
    }
    const [text] = await texts({ components: [Orders, Debug], profiles: ['prod'] })
    expect(text).toMatch(
      /^Debug is not registered, but it has to intercept Orders\.place: Debug \(@Interceptor\) was left out/,
    )
    expect(text).toContain('@ConditionalOnMissing(Debug)')
    expect(await texts({ components: [Orders, Debug], profiles: ['dev'] })).toEqual([])
  })

  it('says nothing about components that their conditions left out', async () => {
    @Profile('dev')
    @Service()
    class Orders {
      @UseInterceptors(A)
      place(): void {}
    }
    expect(await texts({ components: [Orders], profiles: ['prod'] })).toEqual([])
  })

  it('names them together with the problems of all other areas, in one error', async () => {
    const MISSING = new InjectionToken<string>('Missing')
    @Service()
    class Orders {
      static readonly inject = [MISSING]
      constructor(readonly missing: string) {}
      @UseInterceptors(A)
      @Transactional({ dataSource: 'nowhere' })
      async place(): Promise<void> {}
    }
    expect((await startUpProblems({ components: [Orders] })).map(({ code }) => code).sort()).toEqual([
      'AMBIT_DI_DEPENDENCY_MISSING',
      'AMBIT_INTERCEPTION_UNRESOLVED',
      'AMBIT_TX_UNKNOWN_DATA_SOURCE',
    ])
  })

  it('PI-W22: sees those of inherited methods, of whole classes, of static methods, of beans and of providers', async () => {
    class Base {
      @UseInterceptors(A)
      inherited(): void {}
    }
    @UseInterceptors(B)
    class Made {
      made(): void {}
    }
    class Provided {
      @UseInterceptors(A)
      provided(): void {}
    }
    @Service()
    class Derived extends Base {
      @UseInterceptors(A)
      static make(): void {}
    }
    @Configuration()
    class Beans {
      @Bean(Made)
      made(): Made {
        return new Made()
      }
    }
    const found = await texts({
      components: [Derived, Beans],
      providers: [provide(Provided, { useFactory: () => new Provided() })],
    })
    expect(found.map(text => text.split(' [', 1)[0])).toEqual([
      'A is not registered, but it has to intercept Base.inherited, Derived.make, Provided.provided.',
      'B is not registered, but it has to intercept Made.made.',
    ])
  })

  it('says so where several components fit, and takes the primary one', async () => {
    abstract class Audit extends MethodInterceptor {}
    @Component()
    class First extends Audit {
      intercept(_call: MethodCall, next: Next): unknown {
        return `first ${String(next())}`
      }
    }
    @Component()
    class Second extends First {}
    @Component({ primary: true })
    class Chosen extends First {
      override intercept(): unknown {
        return 'chosen'
      }
    }
    @Service()
    class Orders {
      @UseInterceptors(Audit)
      place(): string {
        return 'placed'
      }
    }
    const [text] = await texts({ components: [First, Second, Orders] })
    expect(text).toContain('Audit, which has to intercept Orders.place, is provided by 2 components')
    const app = await bootstrap({ components: [First, Second, Chosen, Orders], logger: silentLogger })
    expect(app.get(Orders).place()).toBe('chosen')
    await app.close()
    const alone = await bootstrap({ components: [First, Orders], logger: silentLogger })
    expect(alone.get(Orders).place()).toBe('first placed')
    await alone.close()
  })

  it('takes a replacement of a test in the place of the interceptor', async () => {
    @Service()
    class Orders {
      @UseInterceptors(A)
      place(): string {
        return 'placed'
      }
    }
    const fake = { intercept: () => 'replaced' }
    const app = await bootstrap({ components: [A, Orders], overrides: [[A, { useValue: fake }]], logger: silentLogger })
    expect(app.get(Orders).place()).toBe('replaced')
    await app.close()
  })

  it('PI-46: refuses an asynchronous interceptor of a method that provably returns no promise', async () => {
    class Result {}
    @Service()
    class Sums {
      @UseInterceptors(Waiting)
      text(): string {
        return ''
      }
      @UseInterceptors(Waiting)
      object(): Result {
        return new Result()
      }
      @UseInterceptors(Waiting)
      *steps(): Generator<number> {
        yield 1
      }
      @UseInterceptors(Waiting)
      async *later(): AsyncGenerator<number> {
        yield 1
      }
      @UseInterceptors(Waiting)
      promised(): Promise<string> {
        return Promise.resolve('')
      }
      @UseInterceptors(A)
      fine(): string {
        return ''
      }
    }
    const found = await startUpProblems({ components: [Sums, Waiting, A] })
    expect(found.map(({ message }) => message.split(' [', 1)[0])).toEqual([
      'Sums.text returns no promise, but its interceptor Waiting makes a promise of it.',
      'Sums.object returns no promise, but its interceptor Waiting makes a promise of it.',
      'Sums.steps returns an iterator, but its interceptor Waiting makes a promise of it.',
      'Sums.later returns an iterator, but its interceptor Waiting makes a promise of it.',
    ])
    expect(found[0]?.message).toContain('next:  Make Sums.text async, or let Waiting return what next() returns')
  })

  it('refuses what has found no method, and what is no interceptor', async () => {
    class Nothing {}
    @Service()
    class Orders {
      @UseInterceptors(A)
      declare missing: () => void

      @UseInterceptors(Component()(Nothing) ?? (Nothing as never))
      place(): void {}

      @UseInterceptors(() => undefined as never)
      cancel(): void {}
    }
    expect((await texts({ components: [Orders, A, Nothing] })).map(text => text.split(' [', 1)[0])).toEqual([
      'An interceptor of Orders.cancel is given by a function that answers no class.',
      '@UseInterceptors stands on Orders.missing, which is no method.',
      "Orders.place is intercepted by Nothing, whose objects have no method 'intercept'.",
    ])
  })

  it('takes the order wherever a component says it, and refuses 0 there too', async () => {
    @Order(7)
    @Component()
    class Marked extends Waiting {}
    @Component({ order: 0 })
    class Zero extends Waiting {}
    @Service()
    class Orders {
      @UseInterceptors(Marked, Zero)
      async place(): Promise<void> {}
    }
    expect(orderOf(Marked)).toBe(7)
    class Inheriting extends Marked {}
    expect(orderOf(Inheriting)).toBe(7)
    expect(await texts({ components: [Orders, Marked, Zero] })).toEqual([
      expect.stringContaining('The order 0 of an interceptor is the place of the transaction itself.'),
    ])
  })

  it('accepts an interceptor whose intercept is a property', async () => {
    @Component()
    class Arrow {
      readonly intercept = (_call: MethodCall, next: Next): unknown => next()
    }
    @Service()
    class Orders {
      @UseInterceptors(Arrow)
      place(): string {
        return 'placed'
      }
    }
    const app = await bootstrap({ components: [Orders, Arrow], logger: silentLogger })
    expect(app.get(Orders).place()).toBe('placed')
    await app.close()
  })

  it('reads functions in place of classes late, for files that import each other', async () => {
    @Service()
    class Orders {
      @UseInterceptors(() => Late)
      place(): string {
        return 'placed'
      }
    }
    @Interceptor({ order: 5 })
    class Late extends MethodInterceptor {
      intercept(_call: MethodCall, next: Next): unknown {
        return `late ${String(next())}`
      }
    }
    const app = await bootstrap({ components: [Orders, Late], logger: silentLogger })
    expect(app.get(Orders).place()).toBe('late placed')
    await app.close()
  })

  it('PI-W22: refuses one that lives for a transaction where it stands around the transaction, or where there is none', async () => {
    @Interceptor({ scope: 'transaction' })
    class Around extends Waiting {}
    @Interceptor({ scope: 'transaction', order: 1 })
    class Within extends Waiting {}
    @Service()
    class Orders {
      @UseInterceptors(Around, Within)
      @Transactional()
      async begins(): Promise<void> {}
      @Transactional({ propagation: 'MANDATORY' })
      @UseInterceptors(Around, Within)
      async joins(): Promise<void> {}
      @UseInterceptors(Within)
      @Transactional({ propagation: 'NOT_SUPPORTED' })
      async without(): Promise<void> {}
      @UseInterceptors(Around)
      async called(): Promise<void> {}
    }
    const database = { url: 'sqlite::memory:' }
    expect(await texts({ components: [Orders, Around, Within], database })).toEqual([
      [
        'Around lives for one transaction, but stands around the one that begins with Orders.begins. [AMBIT_INTERCEPTION_SCOPE]',
        '  where: Orders.begins',
        '  next:  Give it an order above 0, @Interceptor({ order: 100 }), or make Around a singleton.',
      ].join('\n'),
      [
        'Within lives for one transaction, but there is none in Orders.without. [AMBIT_INTERCEPTION_SCOPE]',
        '  where: Orders.without',
        '  next:  Make Within a singleton, or take it off that method.',
      ].join('\n'),
    ])
  })

  it('refuses a prototype, which nobody would dispose of', async () => {
    @Interceptor({ scope: 'prototype' })
    class Each extends Waiting {}
    @Service()
    class Orders {
      @UseInterceptors(Each)
      async place(): Promise<void> {}
      @UseInterceptors(Each)
      async ship(): Promise<void> {}
    }
    expect(await texts({ components: [Orders, Each] })).toEqual([
      [
        'Orders.place, Orders.ship is intercepted by Each, which is a prototype: an interceptor has no asker that it belongs to. [AMBIT_INTERCEPTION_DECLARATION]',
        '  where: Orders.place, Orders.ship',
        '  next:  Make Each a singleton, and keep what belongs to one call in call.locals.',
      ].join('\n'),
    ])
  })

  it('refuses a prototype around an object of which the start knows nothing with the call', async () => {
    @Interceptor({ scope: 'prototype' })
    class Each extends Waiting {}
    class Order {
      @UseInterceptors(Each)
      async place(): Promise<void> {}
    }
    await using app = await bootstrap({ components: [Each], logger: silentLogger })
    const call = app.run(() => new Order().place())
    await expect(call).rejects.toMatchObject({ code: 'AMBIT_INTERCEPTION_DECLARATION' })
  })

  it('refuses to put one inside the transaction of a declared query', async () => {
    @Repository(Note)
    class Notes extends CrudRepository<Note, string> {
      @UseInterceptors(Inside)
      @Query({ where: 'k = :k' })
      declare find: (k: string) => Promise<Note[]>
    }
    const database = { url: 'sqlite::memory:' }
    const found = await texts({ components: [Notes, Inside], entities: [Note], database })
    expect(found).toEqual([expect.stringContaining('nothing can stand inside the transaction of Notes.find')])
  })

  it('refuses an order that a decorator of another library makes impossible, and no other', async () => {
    @Service()
    class Orders {
      @Transactional()
      @foreign
      @UseInterceptors(A)
      async inverted(): Promise<void> {}

      @UseInterceptors(Inside)
      @foreign
      @Transactional()
      async insideOut(): Promise<void> {}

      @UseInterceptors(A)
      @foreign
      @Transactional()
      async natural(): Promise<void> {}

      @foreign
      @Transactional()
      @UseInterceptors(A)
      async together(): Promise<void> {}
    }
    const database = { url: 'sqlite::memory:' }
    const found = await startUpProblems({ components: [Orders, A, Inside], database })
    expect(found.map(({ message }) => message.split(' [', 1)[0])).toEqual([
      'A decorator of another library stands between the interceptors and the transaction of Orders.inverted, and keeps them from their order.',
      'A decorator of another library stands between the interceptors and the transaction of Orders.insideOut, and keeps them from their order.',
    ])
  })

  it('counts an interceptor once on both sides of another library’s decorator', async () => {
    @UseInterceptors(A)
    @Service()
    class Orders {
      @UseInterceptors(A, B)
      @foreign
      @UseInterceptors(A)
      async place(): Promise<void> {}
    }
    const app = await bootstrap({ components: [A, B, Orders], logger: silentLogger })
    await app.get(Orders).place()
    expect(trace).toEqual(['B>', 'foreign', 'A>', '<A', '<B'])
    await app.close()
  })

  it('is as strict without a database, and as able', async () => {
    @Service()
    class Orders {
      @UseInterceptors(A)
      @Transactional()
      async place(): Promise<string> {
        return 'placed'
      }
    }
    await expect(fakeApplication({ components: [Orders] })).rejects.toMatchObject({ code: 'AMBIT_BOOTSTRAP_INVALID' })
    await using app = await fakeApplication({ components: [Orders, A] })
    expect(await app.get(Orders).place()).toBe('placed')
    expect(app.transactions).toMatchObject([{ method: 'Orders.place', outcome: 'committed' }])
    expect(trace).toEqual(['A>', '<A'])
  })
})

describe('a declaration that is wrong by itself', () => {
  const use = UseInterceptors as unknown as (
    ...sources: unknown[]
  ) => MethodDecorator & ClassDecorator & PropertyDecorator

  it.each([
    ['no interceptor', () => use(), 'names no interceptor'],
    [
      'an object',
      () => {
        class Wrong {
          @use({ intercept: () => 1 })
          run(): void {}
        }
        return Wrong
      },
      'on Wrong.run names a value of type object',
    ],
    [
      'undefined, as of a circular import',
      () => {
        @use(undefined)
        class Wrong {}
        return Wrong
      },
      'Two files probably import each other',
    ],
    [
      'an accessor',
      () => {
        class Wrong {
          @use(A)
          get value(): number {
            return trace.length
          }
        }
        return Wrong
      },
      'stands on Wrong.value, which is no method',
    ],
    [
      'an arrow function',
      () => {
        class Wrong {
          @use(A)
          run = (): void => undefined
        }
        return Wrong
      },
      'stands on Wrong.run, which is no method',
    ],
    [
      'NotIntercepted on a class',
      () => {
        @(NotIntercepted() as unknown as ClassDecorator)
        class Wrong {}
        return Wrong
      },
      'stands on the class Wrong',
    ],
  ])('PI-45: is refused when the class is defined: %s', (_, define: () => unknown, text) => {
    expect(define).toThrow(InvalidInterceptionError)
    expect(define).toThrow(expect.objectContaining({ code: 'AMBIT_INTERCEPTION_DECLARATION' }))
    expect(define).toThrow(text)
  })

  it.each([0, NaN, Infinity, '5', null])('refuses the order %p', order => {
    expect(() => Interceptor({ order } as InterceptorOptions)).toThrow(
      expect.objectContaining({ code: 'AMBIT_INTERCEPTION_DECLARATION' }),
    )
  })

  it('refuses options that do not exist, and decorators of the standard kind', () => {
    expect(() => Interceptor({ orders: 5 } as InterceptorOptions)).toThrow(/no option 'orders'/)
    expect(() => Interceptor(A as InterceptorOptions)).toThrow('without parentheses')
    const bare = NotIntercepted as unknown as MethodDecorator // what a build that checks no types lets through
    expect(() => bare(A.prototype, 'intercept', {})).toThrow('without parentheses')
    const context = { kind: 'method', name: 'run' }
    for (const decorate of [use(A), NotIntercepted() as MethodDecorator])
      expect(() => decorate({}, context as never, {})).toThrow(
        expect.objectContaining({ code: 'AMBIT_DI_STANDARD_DECORATORS' }),
      )
  })

  it('is no longer possible in TypeScript', () => {
    // @ts-expect-error -- at least one
    expect(() => UseInterceptors()).toThrow()
    // @ts-expect-error -- a class without intercept
    const wrong: InterceptorSource = class Plain {}
    expect(wrong).toBeDefined()
  })
})
