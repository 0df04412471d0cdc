import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  Bean,
  Component,
  ComponentCreationError,
  Configuration,
  type Container,
  Inject,
  InjectionToken,
  type Lazy,
  lazy,
  PostConstruct,
  PreDestroy,
  provide,
  type Supplier,
  supplier,
} from '../../src/di'
import type { Logger } from '../../src/core/logger'
import { closeAll, latch, made, NAME, rejection, settled, silent, start, thrown } from './support'

afterEach(closeAll)

let log: string[] = []
let serial = 0
beforeEach(() => {
  log = []
  serial = 0
})

@Component()
class Clock {}

@Component({ scope: 'prototype' })
class Part {
  readonly number: number
  constructor(readonly clock: Clock) {
    this.number = serial += 1
  }
}

@Component({ scope: 'prototype' })
class Whole {
  constructor(
    readonly left: Part,
    readonly right: Part,
    readonly clock: Clock,
  ) {}
}

/** A prototype that has something to dispose of. */
@Component({ scope: 'prototype' })
class File {
  readonly number: number
  constructor() {
    this.number = serial += 1
  }
  @PreDestroy()
  async close(): Promise<void> {
    await Promise.resolve()
    log.push(`file ${this.number} closed`)
  }
}

@Component({ scope: 'prototype' })
class Writer {
  constructor(readonly file: File) {}
  [Symbol.dispose](): void {
    log.push(`writer of ${this.file.number} closed`)
  }
}

describe('PI-25 a prototype', () => {
  it('is made for each that asks, a singleton once', async () => {
    const container = await start({ components: [Clock, Part, Whole] })
    const [one, two] = [container.get(Whole), container.get(Whole)]
    expect(new Set([one.left, one.right, two.left, two.right].map(({ number }) => number))).toEqual(
      new Set([1, 2, 3, 4]),
    )
    expect(one).toBeInstanceOf(Whole)
    expect([one.clock, two.right.clock]).toEqual([container.get(Clock), container.get(Clock)])
    expect(await container.resolve(Part)).not.toBe(await container.resolve(Part))
    expect(container.getAll(Part)).toHaveLength(1)
  })

  it('is one of its own for each component that is given it, and stays that', async () => {
    const First = made('First', () => [Part], keep)
    const Second = made('Second', () => [Part], keep)
    const container = await start({ components: [First, Second, Part, Clock] })
    const parts = [First, Second, First].map(token => (container.get(token) as unknown as { part: Part }).part)
    expect(parts.map(({ number }) => number)).toEqual([1, 2, 1])
  })

  it('can be a bean, a factory, a class under a token, with aliases, whatever it is made of', async () => {
    const [BEAN, MADE, ALIAS, ABSENT] = ['bean', 'made', 'alias', 'absent'].map(
      name => new InjectionToken<{ n: number }>(name),
    ) as [InjectionToken<{ n: number }>, InjectionToken<{ n: number }>, InjectionToken<object>, InjectionToken<object>]
    @Configuration()
    class Beans {
      @Bean(BEAN, { scope: 'prototype' })
      bean(): { n: number } {
        return { n: (serial += 1) }
      }
    }
    const container = await start({
      components: [Beans, Clock],
      providers: [
        provide(MADE, {
          scope: 'prototype',
          inject: [BEAN, Clock, { token: ABSENT, optional: true }],
          useFactory: async ({ n }, _clock, absent) => ({ n: n * 10, absent }),
        }),
        provide(ALIAS, { useExisting: BEAN }),
        provide(Part, { useClass: Part, scope: 'prototype' }),
      ],
    })
    expect([container.get(ALIAS), container.get(BEAN)]).toEqual([{ n: 1 }, { n: 2 }])
    expect(thrown(() => container.get(MADE))).toMatchObject({ code: 'AMBIT_DI_ASYNC' })
    expect(await container.resolve(MADE)).toEqual({ n: 40 })
    expect(container.get(Part).clock).toBe(container.get(Clock))
  })

  it('is initialised and shown to the post-processors like any other', async () => {
    const shown: string[] = []
    @Component({ scope: 'prototype' })
    class Loaded {
      ready = false
      @PostConstruct()
      load(): void {
        this.ready = true
      }
    }
    for (const sync of [true, undefined] as const) {
      shown.length = 0
      const processor = {
        ...(sync && { sync }),
        afterConstruct: (_: object, { name }: { name: string }) => void shown.push(name),
      }
      const container = await start({ components: [Loaded, Part, Whole, Clock], postProcessors: [processor] })
      expect(container.get(Loaded).ready).toBe(true)
      container.get(Whole)
      expect(shown).toEqual(['Clock', 'Loaded', 'Part', 'Part', 'Whole'])
    }
  })

  it('that fails says which part of it did, and leaves nothing', async () => {
    const inner = jest.fn()
    const Inner = prototype('Inner', [], inner)
    const Outer = prototype('Outer', [Part, Inner])
    const container = await start({ components: [Clock, Part, Inner, Outer] })
    expect(container.get(Outer)).toBeInstanceOf(Outer)
    inner.mockImplementation(() => {
      throw new RangeError('no')
    })
    const error = thrown(() => container.get(Outer))
    expect(error).toBeInstanceOf(ComponentCreationError)
    expect(error).toMatchObject({
      component: 'Inner',
      step: 'constructor',
      path: ['Outer', 'Inner'],
      cause: new RangeError('no'),
    })
    expect((error as Error).message).toContain(
      'See the cause; nothing of it is kept, and the next call builds it anew.',
    )
    inner.mockReset()
    expect(container.get(Outer)).toBeInstanceOf(Outer)
  })

  it('that fails in a post-processor says so', async () => {
    const sync = true as const
    const afterConstruct = (instance: object): void => {
      if (instance instanceof Part) throw new RangeError('no')
    }
    const container = await start({ components: [Clock, Part, Whole], postProcessors: [{ sync, afterConstruct }] })
    expect(thrown(() => container.get(Whole))).toMatchObject({ component: 'Part', step: 'post-processor' })
  })
})

describe('the end of a prototype', () => {
  it('is that of the component which was given it: its own first, in reverse, then that of its parts', async () => {
    const Holder = made(
      'Holder',
      () => [Writer],
      function (this: object) {
        Object.assign(this, { [Symbol.dispose]: () => log.push('holder closed') })
      },
    )
    const container = await start({ components: [Holder, Writer, File] })
    await container.close()
    expect(log).toEqual(['holder closed', 'writer of 1 closed', 'file 1 closed'])
  })

  it('is that of the request in which it was given to somebody', async () => {
    @Component({ scope: 'request' })
    class Page {
      constructor(readonly writer: Writer) {}
    }
    const container = await start({ components: [Page, Writer, File] })
    await container.runInScope('request', () => container.get(Page))
    expect(log).toEqual(['writer of 1 closed', 'file 1 closed'])
  })

  it('is the caller’s business where the caller has asked for it directly: release() does it, once', async () => {
    const container = await start({ components: [Writer, File] })
    const [one, two] = [container.get(Writer), await container.resolve(Writer)]
    await container.release(two)
    expect(log).toEqual(['writer of 2 closed', 'file 2 closed'])
    await container.release(two)
    await container.release({})
    await container.close()
    expect(log).toHaveLength(2)
    expect(one.file.number).toBe(1)
  })

  it('reports what fails in release()', async () => {
    const bad = provide(NAME, {
      scope: 'prototype',
      useFactory: () => 'text',
      close: () => Promise.reject(new Error('x')),
    })
    const BAD = new InjectionToken<object>('Bad')
    const object = provide(BAD, {
      scope: 'prototype',
      useFactory: () => ({}),
      close: () => Promise.reject(new Error('x')),
    })
    const container = await start({ providers: [bad, object] })
    expect(container.get(NAME)).toBe('text')
    expect(await rejection(container.release(container.get(BAD)))).toMatchObject({
      code: 'AMBIT_DI_DISPOSAL',
      message: expect.stringContaining('1 component failed while an instance was released: Bad.'),
    })
  })

  it('comes at once for the parts of one that fails, and a failure there is logged', async () => {
    const errors: unknown[] = []
    const logger: Logger = { ...silent, error: (_message, error) => errors.push(error) }
    const Failing = prototype('Failing', [File, BROKEN.token], () => {
      throw new RangeError('no')
    })
    const container = await start({ components: [Failing, File], providers: [BROKEN], logger })
    expect(thrown(() => container.get(Failing as never))).toMatchObject({ component: 'Failing' })
    expect(await rejection(container.resolve(Failing as never))).toMatchObject({ component: 'Failing' })
    await settled()
    expect(log).toEqual(['file 1 closed', 'file 2 closed'])
    expect(errors).toMatchObject([{ code: 'AMBIT_DI_DISPOSAL' }, { code: 'AMBIT_DI_DISPOSAL' }])
  })

  it('leaves no reference behind where it was asked for directly', async () => {
    const container = await start({ components: [Clock, Part, Writer, File] })
    const refs = await collectable(container)
    await settled()
    collectGarbage()
    expect(refs.map(ref => ref.deref())).toEqual([undefined, undefined])
  })
})

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void // what the flag puts there
  collect()
}

async function collectable(container: Container): Promise<WeakRef<object>[]> {
  return [new WeakRef(container.get(Part)), new WeakRef(await container.resolve(Writer))]
}

const BROKEN = provide(new InjectionToken<object>('Broken'), {
  scope: 'prototype',
  useFactory: () => ({}),
  close: () => Promise.reject(new Error('broken')),
})

describe('a supplier', () => {
  it('makes a new one with each call, which belongs to the caller', async () => {
    @Component()
    class Shop {
      constructor(@Inject(supplier(Writer)) readonly writers: Supplier<Writer>) {}
    }
    const container = await start({ components: [Shop, Writer, File] })
    const { writers } = container.get(Shop)
    const [one, two] = [writers.get(), await writers.resolve()]
    expect([one.file.number, two.file.number]).toEqual([1, 2])
    await container.close()
    expect(log).toEqual([])
    await container.release(one)
    expect(log).toEqual(['writer of 1 closed', 'file 1 closed'])
    expect(thrown(() => writers.get())).toMatchObject({ code: 'AMBIT_DI_CLOSED' })
  })

  it('PI-W14 breaks a circle, and carries what lives shorter into what lives longer', async () => {
    @Component({ scope: 'request' })
    class User {
      readonly number: number
      constructor() {
        this.number = serial += 1
      }
    }
    const Greeting = prototype('Greeting', [User], keep)
    const Front = made('Front', () => [supplier(Greeting), supplier(() => Front as never), supplier(User)], keepAll)
    const container = await start({ components: [Front, User, Greeting] })
    const { all } = container.get(Front) as unknown as { all: Supplier<{ part: { number: number } }>[] }
    const numbers = [1, 2].map(() => container.runInScope('request', () => all[0]?.get().part.number))
    expect(await Promise.all(numbers)).toEqual([1, 2])
    expect(all[1]?.get()).toBe(container.get(Front))
    expect(thrown(() => all[2]?.get())).toMatchObject({ code: 'AMBIT_DI_SCOPE_INACTIVE' })
  })

  it('lets a prototype make others of its kind, and stops one that never comes to an end', async () => {
    const Tree = new InjectionToken<{ depth: number; child: unknown }>('Tree')
    const Endless = new InjectionToken<object>('Endless')
    let depth = 0
    const container = await start({
      providers: [
        provide(Tree, {
          scope: 'prototype',
          inject: [supplier(Tree)],
          useFactory: async trees => ({ depth: (depth += 1), child: depth < 20 ? await trees.resolve() : undefined }),
        }),
        provide(Endless, {
          scope: 'prototype',
          inject: [supplier(Endless)],
          useFactory: async more => ({ more: await more.resolve() }),
        }),
      ],
    })
    expect(await container.resolve(Tree)).toMatchObject({ depth: 1, child: { depth: 2 } })
    const error = await rejection(container.resolve(Endless))
    expect(rootOf(error)).toMatchObject({
      code: 'AMBIT_DI_CIRCLE',
      message: expect.stringContaining('Components that are being built wait for each other: Endless -> Endless.'),
    })
  })
})

describe('a lazy handle on a prototype', () => {
  it('makes one, with the first call, for whoever holds the handle, and disposes of it after the holder', async () => {
    @Component()
    class Holder {
      constructor(
        @Inject(lazy(File)) readonly one: Lazy<File>,
        @Inject(lazy(File)) readonly two: Lazy<File>,
        @Inject(lazy(File)) readonly unused: Lazy<File>,
      ) {}
      [Symbol.dispose](): void {
        log.push(`holder of ${this.two.get().number} closed`)
      }
    }
    const container = await start({ components: [Holder, File] })
    expect(serial).toBe(0)
    const { one, two } = container.get(Holder)
    expect([two.get().number, one.get().number, two.get().number, (await one.resolve()).number]).toEqual([1, 2, 1, 2])
    await container.close()
    expect(log).toEqual(['holder of 1 closed', 'file 1 closed', 'file 2 closed'])
    expect(thrown(() => two.get())).toMatchObject({ code: 'AMBIT_DI_CLOSED' })
    expect(await rejection(two.resolve())).toMatchObject({ code: 'AMBIT_DI_CLOSED' })
  })

  it('makes one, however many wait for it', async () => {
    const SLOW = new InjectionToken<object>('Slow')
    const gate = latch()
    const build = jest.fn(async () => {
      await gate.passed
      return {}
    })
    const Holder = made('Holder', () => [lazy(SLOW)], keep)
    const container = await start({
      components: [Holder],
      providers: [provide(SLOW, { scope: 'prototype', useFactory: build })],
    })
    const { part } = container.get(Holder) as unknown as { part: Lazy<object> }
    const many = Array.from({ length: 10 }, () => part.resolve())
    expect(thrown(() => part.get())).toMatchObject({ code: 'AMBIT_DI_ASYNC' })
    gate.open()
    expect(new Set(await Promise.all(many)).size).toBe(1)
    expect(build).toHaveBeenCalledTimes(1)
    expect(part.get()).toBe(await many[0])
  })

  it('keeps what it makes to the request of its holder', async () => {
    @Component({ scope: 'request' })
    class User {
      readonly number: number
      constructor() {
        this.number = serial += 1
      }
    }
    const Greeting = prototype('Greeting', [User], keep)
    const Page = class {
      static inject = [lazy(Greeting)]
      constructor(readonly greeting: Lazy<{ part: { number: number } }>) {}
    }
    Component({ scope: 'request' })(Page)
    const container = await start({ components: [User, Greeting, Page] })
    await container.runInScope('request', async () => {
      const page = container.get(Page)
      // Handed into another request by mistake, it makes nothing of that one's user.
      const other = await container.runInScope('request', () => thrown(() => page.greeting.get()))
      expect(other).toMatchObject({ code: 'AMBIT_DI_SCOPE_MIXED' })
      expect(page.greeting.get().part).toBe(container.get(User))
      expect(await container.runInScope('request', () => page.greeting.get().part.number)).toBe(1)
    })
  })
})

describe('a prototype at the close', () => {
  it('that is being made is waited for, and what it needs is disposed of only then', async () => {
    const gate = latch()
    const SLOW = new InjectionToken<object>('Slow')
    const DEEP = new InjectionToken<object>('Deep')
    const container = await start({
      providers: [
        provide(DEEP, { useFactory: () => ({}), close: () => log.push('deep closed') }),
        provide(SLOW, {
          scope: 'prototype',
          inject: [DEEP],
          useFactory: async () => {
            await gate.passed
            log.push('made')
            return {}
          },
        }),
      ],
    })
    const asked = container.resolve(SLOW)
    const closing = container.close()
    expect(await rejection(container.resolve(SLOW))).toMatchObject({
      code: 'AMBIT_DI_CLOSED',
      message: expect.stringContaining(
        'Slow was asked for while the container is being closed, and is not built any more.',
      ),
    })
    gate.open()
    expect(await asked).toEqual({})
    await closing
    expect(log).toEqual(['made', 'deep closed'])
    expect(thrown(() => container.get(SLOW))).toMatchObject({ code: 'AMBIT_DI_CLOSED' })
  })
})

function keep(this: object, part: unknown): void {
  Object.assign(this, { part })
}

function keepAll(this: object, ...all: unknown[]): void {
  Object.assign(this, { all })
}

/** A prototype class made at run time. */
function prototype(name: string, inject: readonly unknown[], body: (...args: unknown[]) => void = () => undefined) {
  const holder = {
    [name]: class {
      static readonly inject = inject
      constructor(...args: unknown[]) {
        body.apply(this, args)
      }
    },
  }
  const target = holder[name] as (typeof holder)[string]
  Component({ scope: 'prototype' })(target)
  return target
}

function rootOf(error: unknown): Error {
  let at = error as Error
  while (at.cause instanceof Error) at = at.cause
  return at
}
