import {
  Component,
  Container,
  Inject,
  InjectionToken,
  InvalidProviderError,
  provide,
  type Provider,
} from '../../src/di'
import { brief, closeAll, latch, NAME, problemsOf, rejection, silent, start, thrown } from './support'

afterEach(closeAll)

const PORT = new InjectionToken<number>('Port')

abstract class Mailer {
  abstract send(): string
}

class Smtp extends Mailer {
  constructor(@Inject(NAME) readonly host: string) {
    super()
  }
  send(): string {
    return `via ${this.host}`
  }
}

class Sent extends Mailer {
  constructor(readonly text: string) {
    super()
  }
  send(): string {
    return this.text
  }
}

describe('provide()', () => {
  it('registers a value, which the container leaves alone', async () => {
    const value = { disposed: false, [Symbol.dispose]: () => void (value.disposed = true) }
    const token = new InjectionToken<typeof value>('Value')
    const seen: object[] = []
    const container = await start({
      providers: [provide(token, { useValue: value })],
      postProcessors: [{ afterConstruct: instance => void seen.push(instance) }],
    })
    expect(container.get(token)).toBe(value)
    await container.close()
    expect([value.disposed, seen]).toEqual([false, []])
  })

  it.each([[null], [0], [''], [false]])('registers the value %p', async value => {
    const token = new InjectionToken<unknown>('Falsy')
    const container = await start({ providers: [provide(token, { useValue: value })] })
    expect([container.get(token), container.has(token)]).toEqual([value, true])
  })

  it('registers what a factory makes of its dependencies', async () => {
    const container = await start({
      providers: [
        provide(Mailer, {
          inject: [NAME, PORT, { token: new InjectionToken<string>('Absent'), optional: true }],
          useFactory: (host, port, absent) => new Sent(`${host}:${port} ${absent ?? 'none'}`),
        }),
        provide(PORT, { useValue: 25 }),
        provide(NAME, { useFactory: () => 'mail' }),
      ],
    })
    expect(container.get(Mailer).send()).toBe('mail:25 none')
  })

  it('awaits a factory before anything that needs it is built', async () => {
    const { passed, open } = latch()
    const log: string[] = []
    @Component()
    class User {
      constructor(@Inject(PORT) readonly port: number) {
        log.push(`user gets ${port}`)
      }
    }
    const port = provide(PORT, {
      useFactory: async () => {
        await passed
        log.push('port made')
        return 25
      },
    })
    const starting = start({ components: [User], providers: [port] })
    log.push('waiting')
    open()
    await starting
    expect(log).toEqual(['waiting', 'port made', 'user gets 25'])
  })

  it('instantiates a class under another token', async () => {
    const providers = [provide(Mailer, { useClass: Smtp }), provide(NAME, { useValue: 'mail' })]
    const container = await start({ providers })
    expect(container.get(Mailer).send()).toBe('via mail')
    expect(container.has(Smtp)).toBe(false)
    expect(container.registrations[0]).toMatchObject({ kind: 'class', implementation: Smtp, name: 'Mailer' })
  })

  it('gives a second name to what is there, built once', async () => {
    let built = 0
    @Component()
    class Counted {
      constructor() {
        built++
      }
    }
    const alias = new InjectionToken<Counted>('Alias')
    const container = await start({
      components: [Counted],
      providers: [provide(alias, { useExisting: Counted })],
    })
    expect(container.get(alias)).toBe(container.get(Counted))
    expect(built).toBe(1)
  })

  it('sees a subclass that it registers from its base class', async () => {
    abstract class Sender {}
    abstract class Mail extends Sender {}
    const container = await start({ providers: [provide(Mail, { useValue: new (class extends Mail {})() })] })
    expect(container.get(Sender)).toBe(container.get(Mail))
  })

  it('takes a function as a value', async () => {
    const token = new InjectionToken<() => number>('Function')
    const container = await start({ providers: [provide(token, { useValue: () => 42 })] })
    expect(container.get(token)()).toBe(42)
  })

  it('leaves a promise as a value alone: only factories are awaited', async () => {
    const token = new InjectionToken<Promise<number>>('Later')
    const container = await start({ providers: [provide(token, { useValue: Promise.resolve(1) })] })
    expect(container.get(token)).toBeInstanceOf(Promise)
  })

  it('makes a frozen provider, which later changes of its description do not reach', async () => {
    const spec = { useValue: 'before' }
    const provider = provide(NAME, spec)
    spec.useValue = 'after'
    expect((await start({ providers: [provider] })).get(NAME)).toBe('before')
    expect(Object.isFrozen(provider)).toBe(true)
  })

  const loose = provide as unknown as (token: unknown, spec: unknown) => Provider

  it.each([
    ['no kind', {}, 'The provider of Name has none of useValue, useFactory, useClass, useExisting.'],
    ['no description', undefined, 'has none of useValue, useFactory, useClass, useExisting'],
    ['two kinds', { useValue: 1, useClass: Smtp }, 'has useValue and useClass, but exactly one of them counts'],
    ['an unknown option', { useValue: 'x', scop: 1 }, 'has no option scop beside useValue'],
    ['an option of another kind', { useValue: 'x', close: () => 1 }, 'has no option close beside useValue'],
    ['a value that is undefined', { useValue: undefined }, 'has the value undefined'],
    ['a factory that is no function', { useFactory: 'x' }, 'has a useFactory that is no function'],
    ['a class that is none', { useClass: () => 1 }, 'has a useClass that is no class'],
    ['an alias of nothing', { useExisting: undefined }, 'has a useExisting that is no token'],
    ['a scope that is no name', { useClass: Smtp, scope: 7 }, 'asks for a scope that is no name'],
    ['an inject that is no array', { useFactory: () => 1, inject: Smtp }, 'has an inject that is no array'],
  ])('refuses %s', (_case, spec, what) => {
    const error = thrown(() => loose(NAME, spec)) as InvalidProviderError
    expect(error).toBeInstanceOf(InvalidProviderError)
    expect(error.code).toBe('AMBIT_DI_PROVIDER')
    expect(error.message).toContain(what)
  })

  it.each([[undefined], ['name'], [() => 1]])('refuses the token %p', token => {
    expect(thrown(() => loose(token, { useValue: 1 }))).toMatchObject({
      code: 'AMBIT_DI_PROVIDER',
      message: expect.stringContaining('something that is no token (undefined usually means a circular import)'),
    })
  })
})

describe('a provider in the graph', () => {
  it('PI-13 has its missing dependencies reported', async () => {
    const problems = await problemsOf({
      providers: [provide(Mailer, { useClass: Smtp }), provide(PORT, { inject: [NAME], useFactory: () => 1 })],
    })
    expect(problems.map(problem => problem.what)).toEqual([
      'Mailer needs Name (parameter 1), which is not registered.',
      'provide(Port, useFactory) needs Name (parameter 1), which is not registered.',
    ])
  })

  it('has a wrong entry of inject reported', async () => {
    const provider = provide(PORT, { inject: [undefined as never], useFactory: () => 1 })
    expect((await problemsOf({ providers: [provider] }))[0]?.what).toBe(
      'The token of parameter 1 of the factory of Port is undefined, or no token.',
    )
  })

  it('has an alias of nothing reported', async () => {
    expect(
      brief(await problemsOf({ providers: [provide(PORT, { useExisting: new InjectionToken<number>('Other') })] })),
    ).toEqual(['DEPENDENCY_MISSING provide(Port, useExisting)'])
  })

  it('has aliases of each other reported as a cycle', async () => {
    const [a, b] = [new InjectionToken<number>('A'), new InjectionToken<number>('B')]
    const problems = await problemsOf({ providers: [provide(a, { useExisting: b }), provide(b, { useExisting: a })] })
    expect(problems.map(problem => problem.path)).toEqual([['A', 'B', 'A']])
  })

  it('PI-W4 is refused beside another one for the same token, naming both', async () => {
    @Component()
    class Clock {}
    const problems = await problemsOf({
      components: [Clock],
      providers: [provide(Clock, { useFactory: () => new Clock() }), provide(Clock, { useValue: new Clock() })],
    })
    expect(problems).toEqual([
      {
        code: 'AMBIT_DI_DUPLICATE',
        component: 'Clock',
        what: 'Clock is registered 3 times: Clock (@Component), provide(Clock, useFactory), provide(Clock, useValue).',
        next: 'Remove all but one, mark one with @Primary(), or give each a name, a qualifier or a token of its own.',
      },
    ])
  })

  it('is allowed beside others for the same token when exactly one is primary, and getAll sees them all', async () => {
    const two = [provide(PORT, { useValue: 1 }), provide(PORT, { useValue: 2, primary: true })]
    const container = await start({ providers: two })
    expect([container.get(PORT), container.getAll(PORT)]).toEqual([2, [1, 2]])
    const three = [...two, provide(PORT, { useValue: 3, primary: true })]
    expect(brief(await problemsOf({ providers: three }))).toEqual(['DUPLICATE Port'])
  })

  it('is reported once, not at every place that needs it', async () => {
    const providers = [
      provide(PORT, { useValue: 1 }),
      provide(PORT, { useValue: 2 }),
      provide(NAME, { inject: [PORT], useFactory: port => `${port}` }),
    ]
    expect(brief(await problemsOf({ providers }))).toEqual(['DUPLICATE Port'])
  })

  it('cannot stand for the container', async () => {
    const problems = await problemsOf({
      providers: [provide(Container, { useValue: new Container({ logger: silent }) })],
    })
    expect(problems[0]?.what).toBe(
      'Container is registered 2 times: the container itself, provide(Container, useValue).',
    )
  })

  it('moves from the component list to the providers with a hint', async () => {
    const problems = await problemsOf({ components: [provide(NAME, { useValue: 'x' }), PORT] as never })
    expect(problems.map(problem => problem.next)).toEqual([
      "Move providers to 'providers'; a token alone needs provide(TOKEN, { … }) there.",
      "Move providers to 'providers'; a token alone needs provide(TOKEN, { … }) there.",
    ])
  })

  it('fails the start when its factory returns undefined', async () => {
    const provider = provide(NAME, { useFactory: () => undefined as unknown as string })
    expect(await rejection(start({ providers: [provider] }))).toMatchObject({
      code: 'AMBIT_DI_CREATION',
      step: 'factory',
      cause: new TypeError('provide(Name, useFactory) returned undefined'),
    })
  })

  it('fails the start when its factory rejects', async () => {
    const provider = provide(NAME, { useFactory: () => Promise.reject(new RangeError('no')) })
    expect(await rejection(start({ providers: [provider] }))).toMatchObject({ cause: new RangeError('no') })
  })
})

describe('the types of provide()', () => {
  it('give a factory what it injects, and hold it to its token', () => {
    provide(NAME, { inject: [PORT, Smtp], useFactory: (port, smtp) => smtp.host + port.toFixed() })
    provide(NAME, { inject: [{ token: PORT, optional: true }], useFactory: port => String(port?.toFixed()) })
    provide(NAME, { inject: [() => PORT], useFactory: port => port.toFixed() })
    provide(PORT, { useFactory: async () => 1, close: port => port.toFixed() })
    // @ts-expect-error an optional dependency may be undefined
    provide(NAME, { inject: [{ token: PORT, optional: true }], useFactory: port => port.toFixed() })
    // @ts-expect-error a number is no name
    provide(NAME, { useValue: 1 })
    // @ts-expect-error a factory of numbers makes no name
    provide(NAME, { useFactory: () => 1 })
    // @ts-expect-error this class is no mailer
    provide(Mailer, { useClass: class Other {} })
    // @ts-expect-error a port is no name
    provide(NAME, { useExisting: PORT })
    // @ts-expect-error an abstract class cannot be instantiated
    provide(Mailer, { useClass: Mailer })
  })

  it('give get() the type of its token', async () => {
    const container = await start({ providers: [provide(NAME, { useValue: 'x' }), provide(PORT, { useValue: 1 })] })
    const name: string = container.get(NAME)
    const ports: readonly number[] = container.getAll(PORT)
    // @ts-expect-error a port is no string
    const wrong: string = container.get(PORT)
    expect([name, ports, wrong]).toEqual(['x', [1], 1])
  })
})
