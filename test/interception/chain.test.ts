import {
  Component,
  Interceptor,
  type MethodCall,
  MethodInterceptor,
  type Next,
  NotIntercepted,
  PostConstruct,
  Service,
  UseInterceptors,
} from 'ambit'
import { A, B, inApplication, Outermost, trace } from './support'

/** Passes other arguments on, and makes another result of what comes back. */
@Interceptor()
class Louder extends MethodInterceptor {
  intercept({ args, label, method }: MethodCall, next: Next): unknown {
    trace.push(`${label} ${String(method)} ${JSON.stringify(args)}`)
    const shout = (value: unknown): string => `${String(value)}!`
    const result = next([String(args[0]).toUpperCase(), ...args.slice(1)])
    return result instanceof Promise ? result.then(shout) : shout(result)
  }
}

@Interceptor()
class Twice extends MethodInterceptor {
  async intercept(_call: MethodCall, next: Next): Promise<unknown> {
    return [await next(), await next()]
  }
}

@Interceptor()
class Retry extends MethodInterceptor {
  async intercept({ locals }: MethodCall, next: Next): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      locals.set('attempt', attempt)
      try {
        return await next()
      } catch (error) {
        if (attempt === 3) throw error
      }
    }
  }
}

@Interceptor()
class AllAtOnce extends MethodInterceptor {
  async intercept(_call: MethodCall, next: Next): Promise<unknown> {
    return Promise.all([next(['x']), next(['y']), next()])
  }
}

@Interceptor()
class Cache extends MethodInterceptor {
  readonly answers = new Map<unknown, unknown>()
  intercept({ args }: MethodCall, next: Next): unknown {
    return this.answers.has(args[0]) ? this.answers.get(args[0]) : next()
  }
}

@Interceptor()
class Attempts extends MethodInterceptor {
  intercept({ locals }: MethodCall, next: Next): unknown {
    trace.push(`attempt ${String(locals.get('attempt'))}`)
    return next()
  }
}

@Service()
class Greeter {
  failures = 0

  @UseInterceptors(Louder)
  greet(name: string, mark = '.'): string {
    return `hello ${name}${mark}`
  }

  @UseInterceptors(Louder)
  async greetLater(name: string): Promise<string> {
    return `hello ${name}`
  }

  @UseInterceptors(A, B)
  async ordered(): Promise<void> {
    trace.push('method')
  }

  @UseInterceptors(A)
  @UseInterceptors(Outermost, B, A)
  stacked(): void {
    trace.push('method')
  }

  @UseInterceptors(A, Twice, B)
  async twice(): Promise<string> {
    trace.push('method')
    return 'done'
  }

  @UseInterceptors(Retry, Attempts)
  async flaky(): Promise<string> {
    trace.push('method')
    if (this.failures-- > 0) throw new Error('not yet')
    return 'done'
  }

  @UseInterceptors(AllAtOnce, Louder)
  async parallel(name: string): Promise<string> {
    await Promise.resolve()
    return name
  }

  @UseInterceptors(Cache)
  async cached(key: string): Promise<string> {
    trace.push('method')
    return `fresh ${key}`
  }

  @UseInterceptors(A)
  async outer(): Promise<void> {
    await this.inner()
  }

  @UseInterceptors(B)
  async inner(): Promise<void> {
    trace.push('method')
  }

  plain(name: string): string {
    return name
  }

  @UseInterceptors(A)
  throwing(): never {
    throw new RangeError('out')
  }

  @UseInterceptors(A)
  async rejecting(): Promise<never> {
    throw new RangeError('out')
  }

  @UseInterceptors(A)
  static make(): string {
    return 'made'
  }
}

const run = <T>(body: (greeter: Greeter) => T | Promise<T>): Promise<T> =>
  inApplication({ components: [Greeter, Louder, Twice, Retry, AllAtOnce, Cache, Attempts] }, app =>
    body(app.get(Greeter)),
  )

describe('interceptors', () => {
  it('PI-43: see the name and the arguments, and change arguments and result of a synchronous method', () =>
    run(greeter => {
      expect(greeter.greet('ann', '?')).toBe('hello ANN?!')
      expect(trace).toEqual(['Greeter.greet greet ["ann","?"]'])
      expect(greeter.greet('bob')).toBe('hello BOB.!')
    }))

  it('PI-43: and of an asynchronous one', () =>
    run(async greeter => {
      expect(await greeter.greetLater('ann')).toBe('hello ANN!')
    }))

  it('PI-43: leave methods alone that nobody declared', () =>
    run(greeter => {
      expect(greeter.plain('x')).toBe('x')
      expect(trace).toEqual([])
    }))

  it('PI-44: A before, B before, the method, B after, A after', () =>
    run(async greeter => {
      await greeter.ordered()
      expect(trace).toEqual(['A>', 'B>', 'method', '<B', '<A'])
    }))

  it('PI-45: are stacked, the upper decorator outermost, each once; their own order decides first', () =>
    run(greeter => {
      greeter.stacked()
      expect(trace).toEqual(['Outermost>', 'A>', 'B>', 'method', '<B', '<A', '<Outermost'])
    }))

  it('PI-W1: next() runs the whole rest of the chain again, each time it is called', () =>
    run(async greeter => {
      expect(await greeter.twice()).toEqual(['done', 'done'])
      expect(trace).toEqual(['A>', 'B>', 'method', '<B', 'B>', 'method', '<B', '<A'])
    }))

  it('PI-W1: a retry runs what is inside it for each attempt; all attempts share their locals', () =>
    run(async greeter => {
      greeter.failures = 2
      expect(await greeter.flaky()).toBe('done')
      expect(trace).toEqual(['attempt 1', 'method', 'attempt 2', 'method', 'attempt 3', 'method'])
      greeter.failures = 9
      await expect(greeter.flaky()).rejects.toThrow('not yet')
    }))

  it('locals begin anew with each call', () =>
    run(async greeter => {
      await greeter.flaky()
      await greeter.flaky()
      expect(trace.filter(step => step.startsWith('attempt'))).toEqual(['attempt 1', 'attempt 1'])
    }))

  it('next() may be called several times at once, each with its own arguments', () =>
    run(async greeter => {
      expect(await greeter.parallel('z')).toEqual(['X!', 'Y!', 'Z!'])
    }))

  it('may answer in the place of the method, whose callers get a promise all the same', () =>
    run(async greeter => {
      expect(await greeter.cached('k')).toBe('fresh k')
      expect(trace).toEqual(['method'])
      await inApplication({ components: [Greeter, Louder, Twice, Retry, AllAtOnce, Cache, Attempts] }, app => {
        app.get(Cache).answers.set('k', 'stored')
        const answer = app.get(Greeter).cached('k')
        expect(answer).toBeInstanceOf(Promise)
        return expect(answer).resolves.toBe('stored')
      })
      expect(trace).toEqual(['method'])
    }))

  it('count calls through this', () =>
    run(async greeter => {
      await greeter.outer()
      expect(trace).toEqual(['A>', 'B>', 'method', '<B', '<A'])
    }))

  it('let errors pass, thrown and rejected', () =>
    run(async greeter => {
      expect(() => greeter.throwing()).toThrow(RangeError)
      await expect(greeter.rejecting()).rejects.toThrow(RangeError)
    }))

  it('stand around static methods too, whose object is the class', () =>
    run(() => {
      expect(Greeter.make()).toBe('made')
      expect(trace).toEqual(['A>', '<A'])
    }))

  it('stand around methods of objects that no container built', () =>
    run(async () => {
      await new Greeter().ordered()
      expect(trace).toEqual(['A>', 'B>', 'method', '<B', '<A'])
    }))

  it('keep name, length, own properties and metadata of the method, from above and from below', () => {
    const note = (key: string) => (target: object, member: string | symbol, descriptor: PropertyDescriptor) => {
      Reflect.defineMetadata(key, 'on the function', descriptor.value as object)
      Reflect.defineMetadata(key, 'on the member', target, member)
      Object.assign(descriptor.value as object, { [key]: true })
    }
    class Noted {
      @note('above')
      @UseInterceptors(A)
      @note('between')
      @UseInterceptors(B)
      @note('below')
      run(_first: string, _second: number): void {}
    }
    const { run: method } = Noted.prototype
    expect([method.name, method.length]).toEqual(['run', 2])
    for (const key of ['above', 'between', 'below']) {
      expect(Reflect.getMetadata(key, method)).toBe('on the function')
      expect(Reflect.getMetadata(key, Noted.prototype, 'run')).toBe('on the member')
      expect(method).toHaveProperty(key, true)
    }
    expect(Object.getOwnPropertyDescriptor(Noted.prototype, 'run')).toMatchObject({ enumerable: false, writable: true })
  })
})

describe('a call that an interceptor sees', () => {
  const CACHE_FOR = Symbol('cache for')
  const calls: MethodCall[] = []

  @Interceptor()
  class Keep extends MethodInterceptor {
    intercept(call: MethodCall, next: Next): unknown {
      calls.push(call)
      return next()
    }
  }

  const seconds = (value: number) => (target: object, member?: string | symbol) => {
    if (member === undefined) Reflect.defineMetadata(CACHE_FOR, value, target)
    else Reflect.defineMetadata(CACHE_FOR, value, target, member)
  }

  @seconds(60)
  @Service()
  class Rates {
    @UseInterceptors(Keep)
    @seconds(5)
    today(_currency: string): number {
      return 1
    }

    @seconds(7)
    @UseInterceptors(Keep)
    above(): number {
      return 1
    }

    @UseInterceptors(Keep)
    ever(): number {
      return 1
    }
  }

  beforeEach(() => calls.splice(0))

  it('names the object, the class, the method; its arguments cannot be changed in place', () =>
    inApplication({ components: [Rates, Keep] }, app => {
      const rates = app.get(Rates)
      rates.today('EUR')
      const [call] = calls
      expect(call).toMatchObject({
        instance: rates,
        target: Rates,
        method: 'today',
        label: 'Rates.today',
        args: ['EUR'],
      })
      expect(() => (call?.args as unknown[]).push('USD')).toThrow(TypeError)
    }))

  it('has the metadata of the method, else of its class', () =>
    inApplication({ components: [Rates, Keep] }, app => {
      app.get(Rates).today('EUR')
      app.get(Rates).above()
      app.get(Rates).ever()
      expect(calls.map(call => call.metadata(CACHE_FOR))).toEqual([5, 7, 60])
      expect(calls[0]?.metadata('nothing')).toBeUndefined()
    }))

  it('has arguments of its own for each interceptor', async () => {
    @Interceptor()
    class Change extends MethodInterceptor {
      intercept(call: MethodCall, next: Next): unknown {
        const result = next(['changed'])
        trace.push(JSON.stringify(call.args))
        return result
      }
    }
    @Service()
    class Target {
      @UseInterceptors(Keep, Change)
      take(value: string): string {
        return value
      }
    }
    await inApplication({ components: [Target, Keep, Change] }, app => {
      expect(app.get(Target).take('given')).toBe('changed')
      expect([calls[0]?.args, trace]).toEqual([['given'], ['["given"]']])
    })
  })

  it('refuses arguments that are no array, as when next is handed to then()', async () => {
    @Interceptor()
    class Careless extends MethodInterceptor {
      intercept(_call: MethodCall, next: Next): unknown {
        const callback: unknown = next
        return Promise.resolve('a result').then(callback as (result: string) => unknown)
      }
    }
    @Service()
    class Target {
      @UseInterceptors(Careless)
      async take(value: string): Promise<string> {
        return value
      }
    }
    await inApplication({ components: [Target, Careless] }, app =>
      expect(app.get(Target).take('x')).rejects.toMatchObject({
        code: 'AMBIT_INTERCEPTION_DECLARATION',
        message: expect.stringContaining('next([first, second])') as string,
      }),
    )
  })
})

describe('@UseInterceptors on a class', () => {
  class Base {
    async inherited(): Promise<void> {
      trace.push('inherited')
    }
    async overridden(): Promise<void> {
      trace.push('base')
    }
    @NotIntercepted()
    async excluded(): Promise<void> {
      trace.push('excluded')
    }
  }

  @Service()
  @UseInterceptors(A)
  class Whole extends Base {
    static async make(): Promise<void> {
      trace.push('static')
    }
    readonly arrow = (): void => void trace.push('arrow')

    constructor() {
      super()
      trace.length = 0
    }
    @PostConstruct()
    start(): void {
      trace.push('started')
    }
    sync(): void {
      trace.push('sync')
    }
    override async overridden(): Promise<void> {
      trace.push('own')
      await super.overridden()
    }
    _private(): void {
      trace.push('private')
    }
    get accessor(): string {
      return trace.join(' ')
    }
    @UseInterceptors(B, A)
    both(): void {
      trace.push('both')
    }
    @NotIntercepted()
    none(): void {
      trace.push('none')
    }
    @NotIntercepted()
    @UseInterceptors(B)
    ownOnly(): void {
      trace.push('ownOnly')
    }
  }

  class Sibling extends Base {}

  @Service()
  @UseInterceptors(B)
  class Further extends Whole {
    override sync(): void {
      trace.push('further')
    }
  }

  class Undecorated extends Whole {
    override sync(): void {
      trace.push('undecorated')
    }
  }

  const steps = async (body: (app: { whole: Whole; further: Further }) => unknown): Promise<string[]> =>
    inApplication({ components: [Whole, Further] }, async app => {
      trace.length = 0
      await body({ whole: app.get(Whole), further: app.get(Further) })
      return [...trace]
    })

  it('stands around own and inherited methods, synchronous ones too', async () => {
    expect(await steps(({ whole }) => whole.inherited())).toEqual(['A>', 'inherited', '<A'])
    expect(await steps(({ whole }) => whole.sync())).toEqual(['A>', 'sync', '<A'])
    expect(await steps(({ whole }) => whole.overridden())).toEqual(['A>', 'own', 'base', '<A'])
  })

  it('stands around those of the method, each once', async () => {
    expect(await steps(({ whole }) => whole.both())).toEqual(['A>', 'B>', 'both', '<B', '<A'])
  })

  it('leaves out statics, accessors, arrow functions, _names, hooks of the container and what says so', async () => {
    expect(await steps(() => Whole.make())).toEqual(['static'])
    expect(await steps(({ whole }) => whole.accessor)).toEqual([])
    expect(await steps(({ whole }) => whole.arrow())).toEqual(['arrow'])
    expect(await steps(({ whole }) => whole._private())).toEqual(['private'])
    expect(await steps(({ whole }) => whole.start())).toEqual(['started'])
    expect(await steps(({ whole }) => whole.none())).toEqual(['none'])
    expect(await steps(({ whole }) => whole.excluded())).toEqual(['excluded'])
    expect(await steps(({ whole }) => whole.ownOnly())).toEqual(['B>', 'ownOnly', '<B'])
  })

  it('leaves its bases, and other classes that share them, as they are', async () => {
    expect(await steps(() => new Base().inherited())).toEqual(['inherited'])
    expect(await steps(() => new Sibling().inherited())).toEqual(['inherited'])
  })

  it('stands around what its bases have; an override has only what its own class says', async () => {
    expect(await steps(({ further }) => further.inherited())).toEqual(['B>', 'A>', 'inherited', '<A', '<B'])
    expect(await steps(({ further }) => further.sync())).toEqual(['B>', 'further', '<B'])
    expect(await steps(({ further }) => further.none())).toEqual(['none'])
    expect(await steps(() => new Undecorated().sync())).toEqual(['undecorated'])
    expect(await steps(() => new Undecorated().inherited())).toEqual(['A>', 'inherited', '<A'])
  })
})

describe('generators', () => {
  @Interceptor()
  class Around extends MethodInterceptor {
    intercept(_call: MethodCall, next: Next): unknown {
      trace.push('called')
      const steps = next() as Generator<number> | AsyncGenerator<number>
      return Symbol.asyncIterator in steps ? doubledLater(steps) : doubled(steps)
    }
  }

  function* doubled(steps: Iterable<number>): Generator<number> {
    for (const step of steps) yield step * 2
  }
  async function* doubledLater(steps: AsyncIterable<number>): AsyncGenerator<number> {
    for await (const step of steps) yield step * 2
  }

  @Component()
  class Numbers {
    @UseInterceptors(A, Around)
    *upTo(end: number): Generator<number> {
      for (let n = 1; n <= end; n += 1) yield n
    }
    @UseInterceptors(A, Around)
    async *later(end: number): AsyncGenerator<number> {
      for (let n = 1; n <= end; n += 1) yield n
    }
  }

  it('are intercepted once for each call: what comes back is the iterator', () =>
    inApplication({ components: [Numbers, Around] }, async app => {
      expect([...app.get(Numbers).upTo(3)]).toEqual([2, 4, 6])
      const later: number[] = []
      for await (const step of app.get(Numbers).later(2)) later.push(step)
      expect(later).toEqual([2, 4])
      expect(trace).toEqual(['A>', 'called', '<A', 'A>', 'called', '<A'])
    }))
})
