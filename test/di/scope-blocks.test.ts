import { runDetached } from '../../src/core/async-context'
import {
  Component,
  type Container,
  type ContainerOptions,
  InjectionToken,
  type Lazy,
  lazy,
  PreDestroy,
  PostConstruct,
  provide,
} from '../../src/di'
import type { Logger } from '../../src/core/logger'
import { brief, closeAll, latch, made, problemsOf, rejection, settled, silent, start, thrown } from './support'

afterEach(closeAll)

let log: string[] = []
let serial = 0
beforeEach(() => {
  log = []
  serial = 0
})

@Component({ scope: 'request' })
class Connection {
  readonly number = (serial += 1)
  @PreDestroy()
  async close(): Promise<void> {
    await Promise.resolve()
    log.push(`connection ${this.number} closed`)
  }
}

@Component({ scope: 'request' })
class Session {
  static inject = [Connection]
  constructor(readonly connection: Connection) {}
  [Symbol.dispose](): void {
    log.push('session closed')
  }
}

@Component()
class Front {
  static inject = [lazy(Session)]
  constructor(readonly session: Lazy<Session>) {}
}

@Component({ scope: 'tenant' })
class Tenant {
  readonly number: number
  constructor() {
    this.number = serial += 1
  }
  [Symbol.dispose](): void {
    log.push(`tenant ${this.number} closed`)
  }
}

const ALL = [Connection, Session, Front]
const withTenants: ContainerOptions = { components: [...ALL, Tenant], scopes: ['tenant'] }
const session = (container: Container): Session => container.get(Session)

describe('a block of a scope', () => {
  it('has a promise that does its work when it is asked do it inside', async () => {
    const container = await start({ components: ALL })
    const work = { then: (done: (found: Session) => void) => Promise.resolve().then(() => done(session(container))) }
    const found = await container.runInScope('request', () => work as unknown as Promise<Session>)
    expect(found).toBeInstanceOf(Session)
    const life = container.openScope('request')
    expect(await life.run(() => work as unknown as Promise<Session>)).toBeInstanceOf(Session)
    await life.end()
  })

  it('PI-22 has one instance of its own, another than every other block', async () => {
    const container = await start({ components: ALL })
    const seen = await Promise.all(
      [1, 2, 3].map(() =>
        container.runInScope('request', async () => {
          const first = session(container)
          await settled()
          expect(session(container)).toBe(first)
          expect(container.get(Connection)).toBe(first.connection)
          return first
        }),
      ),
    )
    expect(new Set(seen).size).toBe(3)
  })

  it('PI-22 with an id is shared by nested and concurrent blocks with that id, and by no other', async () => {
    const container = await start({ components: ALL })
    const [ready, goOn] = [latch(), latch()]
    let first: Session | undefined
    const one = container.runInScope('request', 'a', async () => {
      first = session(container)
      ready.open()
      await goOn.passed
      return session(container)
    })
    await ready.passed
    const two = await container.runInScope('request', 'a', async () => {
      const outer = session(container)
      expect(await container.runInScope('request', 'b', () => session(container))).not.toBe(outer)
      expect(await container.runInScope('request', 'a', () => session(container))).toBe(outer)
      expect(session(container)).toBe(outer)
      return outer
    })
    expect(two).toBe(first)
    goOn.open()
    expect(await one).toBe(first)
  })

  it('PI-22 counts an id as text: a number and its digits are one', async () => {
    const container = await start({ components: ALL })
    await container.runInScope('request', 7, async () => {
      const outer = session(container)
      expect(await container.runInScope('request', '7', () => session(container))).toBe(outer)
    })
  })

  it('PI-23 gives what depends on it one per block, too', async () => {
    const container = await start({ components: ALL })
    const front = container.get(Front)
    const numbers = [1, 2].map(() => container.runInScope('request', () => front.session.get().connection.number))
    expect(new Set(await Promise.all(numbers)).size).toBe(2)
  })

  it('PI-26 PI-36 PI-W8 PI-W9 disposes at its end, last made first, each awaited; the same id then starts afresh', async () => {
    const container = await start({ components: ALL })
    const one = await container.runInScope('request', 'a', () => session(container))
    expect(log).toEqual(['session closed', 'connection 1 closed'])
    const two = await container.runInScope('request', 'a', () => session(container))
    expect(two).not.toBe(one)
    expect(log).toHaveLength(4)
  })

  it('PI-26 disposes when its work throws, too, and passes the error on', async () => {
    const container = await start({ components: ALL })
    const failing = (): never => {
      session(container)
      throw new RangeError('no')
    }
    expect(await rejection(container.runInScope('request', failing))).toEqual(new RangeError('no'))
    expect(log).toHaveLength(2)
  })

  it('PI-W21 inside another one with the same id leaves the outer one its instances', async () => {
    const container = await start({ components: ALL })
    await container.runInScope('request', 'a', async () => {
      const outer = session(container)
      await container.runInScope('request', 'a', () => session(container))
      expect(log).toEqual([])
      expect(session(container)).toBe(outer)
    })
    expect(log).toHaveLength(2)
  })

  it('ends with the last of those that share it, whichever that is', async () => {
    const container = await start({ components: ALL })
    const gates = [latch(), latch(), latch()]
    const blocks = gates.map(gate =>
      container.runInScope('request', 'a', async () => {
        session(container)
        await gate.passed
      }),
    )
    for (const index of [1, 0]) {
      gates[index]?.open()
      await blocks[index]
      expect(log).toEqual([])
    }
    gates[2]?.open()
    await Promise.all(blocks)
    expect(log).toEqual(['session closed', 'connection 1 closed'])
  })

  it('PI-29 is left on the way out', async () => {
    const container = await start({ components: ALL })
    await container.runInScope('request', () => session(container))
    expect(thrown(() => session(container))).toMatchObject({
      code: 'AMBIT_DI_SCOPE_INACTIVE',
      message: expect.stringContaining("next:  Ask for it inside a block of runInScope('request', …)."),
    })
    expect(container.has(Session)).toBe(true)
  })

  it('starts afresh for a block that comes while the one before is being disposed of', async () => {
    const gate = latch()
    const SLOW = new InjectionToken<object>('Slow')
    const container = await start({
      providers: [provide(SLOW, { scope: 'request', useFactory: () => ({}), close: () => gate.passed })],
    })
    let first: object | undefined
    const ending = container.runInScope('request', 'a', () => {
      first = container.get(SLOW)
    })
    await settled()
    const second = container.runInScope('request', 'a', () => container.get(SLOW))
    gate.open()
    await ending
    expect(await second).not.toBe(first)
  })

  it('costs nothing where nobody asks for its components', async () => {
    const container = await start({ components: ALL })
    expect(await container.runInScope('request', () => 7)).toBe(7)
    expect(log).toEqual([])
    expect(container.stats().lives).toEqual({ request: 0 })
  })

  it('of several names are independent of each other, in each order', async () => {
    const container = await start(withTenants)
    await container.runInScope('tenant', 't', async () => {
      const tenant = container.get(Tenant)
      const inner = await container.runInScope('request', () => {
        expect(container.get(Tenant)).toBe(tenant)
        return session(container)
      })
      await container.runInScope('request', () => expect(session(container)).not.toBe(inner))
      expect(log.filter(line => line.startsWith('tenant'))).toEqual([])
    })
    await container.runInScope('request', async () => {
      const outer = session(container)
      await container.runInScope('tenant', () => expect(session(container)).toBe(outer))
    })
    expect(log.filter(line => line.startsWith('session'))).toHaveLength(3)
  })
})

describe('work that belongs to a block', () => {
  it('belongs to it where it is detached, too', async () => {
    const container = await start({ components: ALL })
    await container.runInScope('request', () => {
      const outer = session(container)
      expect(runDetached(() => session(container))).toBe(outer)
    })
  })

  it('is refused a component once it has outlived its block, and gets no new life', async () => {
    const container = await start({ components: ALL })
    const gate = latch()
    let late: Promise<unknown> | undefined
    await container.runInScope('request', () => {
      late = gate.passed.then(() => thrown(() => session(container)))
    })
    gate.open()
    expect(await late).toMatchObject({
      code: 'AMBIT_DI_SCOPE_ENDED',
      message: [
        'Session was asked for by work that has outlived its request. [AMBIT_DI_SCOPE_ENDED]',
        '  where: get(Session)',
        "  next:  Await the work inside the block of runInScope('request', …), or give it a block of its own.",
      ].join('\n'),
    })
    expect(serial).toBe(0)
    expect(container.stats().lives).toEqual({ request: 0 })
  })

  it('is refused also where the component had been built, and in a block around which another one is open', async () => {
    const container = await start({ components: ALL })
    const gate = latch()
    await container.runInScope('request', async () => {
      let late: Promise<unknown> | undefined
      await container.runInScope('request', () => {
        session(container)
        late = gate.passed.then(() => rejection(container.resolve(Session)))
      })
      gate.open()
      expect(await late).toMatchObject({ code: 'AMBIT_DI_SCOPE_ENDED' })
    })
  })

  it('may begin a block of its own then', async () => {
    const container = await start({ components: ALL })
    const gate = latch()
    let late: Promise<unknown> | undefined
    await container.runInScope('request', 'a', () => {
      late = gate.passed.then(() => container.runInScope('request', 'a', () => session(container).connection.number))
    })
    gate.open()
    expect(await late).toBe(1)
  })

  it('may use what is there while it is being disposed of, and build nothing more', async () => {
    @Component({ scope: 'request' })
    class Last {
      static inject = [lazy(Session), lazy(Unused)]
      constructor(
        readonly session: Lazy<Session>,
        readonly unused: Lazy<object>,
      ) {}
      @PreDestroy()
      stop(): void {
        log.push(`last sees ${this.session.get().connection.number}`)
        log.push((thrown(() => this.unused.get()) as { code: string }).code)
      }
    }
    const container = await start({ components: [...ALL, Last, Unused] })
    await container.runInScope('request', () => {
      session(container)
      container.get(Last)
    })
    expect(log.slice(0, 2)).toEqual(['last sees 1', 'AMBIT_DI_SCOPE_ENDED'])
  })
})

@Component({ scope: 'request' })
class Unused {}

describe('the end of a block', () => {
  const failing = (name: string) =>
    provide(new InjectionToken<object>(name), {
      scope: 'request',
      useFactory: () => ({}),
      close: () => Promise.reject(new RangeError(name)),
    })

  it('PI-27 goes through failures, and rejects with all of them where the work has gone well', async () => {
    const [a, b] = [failing('A'), failing('B')]
    const container = await start({ components: ALL, providers: [a, b] })
    const error = await rejection(
      container.runInScope('request', () => {
        for (const token of [Session, a.token, b.token]) container.get(token)
      }),
    )
    expect(error).toMatchObject({
      code: 'AMBIT_DI_DISPOSAL',
      failures: [
        { component: 'B', error: new RangeError('B') },
        { component: 'A', error: new RangeError('A') },
      ],
      message: expect.stringContaining('2 components failed at the end of the request: B, A.'),
    })
    expect(log).toEqual(['session closed', 'connection 1 closed'])
  })

  it('PI-27 never hides the error of the work: its own failures are logged then', async () => {
    const errors: unknown[] = []
    const logger: Logger = { ...silent, error: (_message, error) => errors.push(error) }
    const bad = failing('Bad')
    const container = await start({ providers: [bad], logger })
    const error = await rejection(
      container.runInScope('request', () => {
        container.get(bad.token)
        throw new TypeError('of the work')
      }),
    )
    expect(error).toEqual(new TypeError('of the work'))
    expect(errors).toMatchObject([{ code: 'AMBIT_DI_DISPOSAL', failures: [{ component: 'Bad' }] }])
  })

  it('waits for what is still being built, and disposes of it', async () => {
    const gate = latch()
    const SLOW = new InjectionToken<object>('Slow')
    const build = async (): Promise<object> => {
      await gate.passed
      return { [Symbol.dispose]: () => log.push('slow closed') }
    }
    const container = await start({ providers: [provide(SLOW, { scope: 'request', useFactory: build })] })
    let asked: Promise<unknown> | undefined
    const block = container.runInScope('request', () => {
      asked = container.resolve(SLOW)
    })
    await settled()
    expect(log).toEqual([])
    gate.open()
    await block
    expect(log).toEqual(['slow closed'])
    await asked
  })
})

describe('PI-24 a scope', () => {
  it.each([
    ['nobody has named', 'tennant', "There is no scope 'tennant'.", "Did you mean 'tenant'? Use 'tenant', 'request'"],
    ['is a singleton', 'singleton', "The scope 'singleton' has no blocks to run.", 'as long as the container'],
    ['is a prototype', 'prototype', "The scope 'prototype' has no blocks to run.", 'Each asker'],
    ['is a transaction', 'transaction', "The scope 'transaction' has no blocks", 'Run the work in a @Transactional'],
    ['has no name', undefined as never, 'There is no scope without a name.', "Use 'tenant', 'request'"],
  ])('that %s cannot be run', async (_case, scope, what, next) => {
    const container = await start(withTenants)
    const run = jest.fn()
    const error = await rejection(container.runInScope(scope, run))
    expect(error).toMatchObject({ code: 'AMBIT_DI_SCOPE_USE', message: expect.stringContaining(what) })
    expect(error).toHaveProperty('message', expect.stringContaining(next))
    expect(thrown(() => container.openScope(scope))).toHaveProperty('code', 'AMBIT_DI_SCOPE_USE')
    expect(run).not.toHaveBeenCalled()
  })

  it.each([[''], [null], [NaN], [{}]])('cannot be run with the id %p, which others might share', async id => {
    const container = await start(withTenants)
    expect(await rejection(container.runInScope('tenant', id as never, () => 1))).toMatchObject({
      code: 'AMBIT_DI_SCOPE_USE',
      message: expect.stringContaining('neither a number nor a text'),
    })
  })

  it('cannot be run without a function', async () => {
    const container = await start(withTenants)
    for (const args of [['request'], ['request', 'a'], ['request', 'a', 'b']]) {
      expect(await rejection(container.runInScope(...(args as [string, never])))).toHaveProperty(
        'code',
        'AMBIT_DI_SCOPE_USE',
      )
    }
  })

  it('gets a life of its own where the id is left undefined', async () => {
    const container = await start(withTenants)
    const run = (): Promise<number> => container.runInScope('tenant', undefined, () => container.get(Tenant).number)
    expect(await Promise.all([run(), run()])).toEqual([1, 2])
  })

  it('of a built-in or empty name is a problem of the start, one that is named twice none', async () => {
    const scopes = ['request', 'singleton', '', ' ', undefined as never, 'tenant', 'tenant']
    const problems = await problemsOf({ components: [Tenant], scopes })
    expect(brief(problems)).toEqual(Array(5).fill('SCOPE_NAME scopes'))
    expect(problems.map(({ what }) => what)).toEqual([
      "The option scopes has 'request', which is built in.",
      "The option scopes has 'singleton', which is built in.",
      "The option scopes has '', which is no name.",
      "The option scopes has ' ', which is no name.",
      'The option scopes has undefined, which is no name.',
    ])
  })

  it('that a component asks for and nobody has named is a problem of the start, with what was meant', async () => {
    const problems = await problemsOf({ components: [Tenant], scopes: ['tenants'] })
    expect(problems).toMatchObject([
      {
        code: 'AMBIT_DI_SCOPE_UNKNOWN',
        what: "Tenant has the scope 'tenant', which this container does not know.",
        next: "Did you mean 'tenants'? Name it in the option scopes: ['tenant'], or use 'singleton', 'prototype', 'tenants', 'request'.",
      },
    ])
  })
})

describe('who may keep whom', () => {
  const holding = (name: string, scope: string, ...needs: unknown[]) => {
    const target = class {
      static inject = needs
      readonly needs: readonly unknown[]
      constructor(...args: unknown[]) {
        this.needs = args
      }
    }
    Object.defineProperty(target, 'name', { value: name })
    Component({ scope })(target)
    return target
  }

  it('PI-W7 is no longer-lived one, down a chain: a problem each, no promotion', async () => {
    const C = holding('C', 'request')
    const B = holding('B', 'singleton', C)
    const A = holding('A', 'singleton', B)
    const problems = await problemsOf({ components: [A, B, C] })
    expect(problems).toMatchObject([
      {
        code: 'AMBIT_DI_SHORTER_LIVED',
        component: 'B',
        what: 'B needs C (parameter 1), which lives for one request only and would be kept beyond it.',
        next: "Inject a handle, @Inject(lazy(C)), and call get() in the request; or give B the scope 'request' too.",
      },
    ])
  })

  it('is in the order: singletons, the scopes of one’s own as listed, requests', async () => {
    const scopes = ['region', 'tenant']
    const Region = holding('Region', 'region')
    const InTenant = holding('InTenant', 'tenant', Region)
    const InRequest = holding('InRequest', 'request', InTenant, Region)
    expect(await problemsOf({ components: [Region, InTenant, InRequest], scopes })).toEqual([])
    const Wrong = holding('Wrong', 'region', InTenant)
    const Wronger = holding('Wronger', 'tenant', InRequest)
    const components = [Region, InTenant, InRequest, Wrong, Wronger]
    expect(brief(await problemsOf({ components, scopes }))).toEqual(['SHORTER_LIVED Wrong', 'SHORTER_LIVED Wronger'])
  })

  it('PI-W7 sees through prototypes, which live as long as the shortest-lived that they keep', async () => {
    const Request = holding('Request', 'request')
    const Inner = holding('Inner', 'prototype', Request)
    const Outer = holding('Outer', 'prototype', Inner)
    const Keeper = holding('Keeper', 'singleton', Outer)
    const Fine = holding('Fine', 'request', Outer)
    const Lazily = holding('Lazily', 'singleton', lazy(Outer))
    expect(await problemsOf({ components: [Request, Inner, Outer, Keeper, Fine, Lazily] })).toMatchObject([
      {
        what: 'Keeper needs Outer (parameter 1), which keeps Request, which lives for one request only and would be kept beyond it.',
        next: "Inject a handle, @Inject(supplier(Outer)), and call get() in the request; or give Keeper the scope 'request' too.",
      },
      {
        component: 'Lazily',
        next: "Inject supplier(Outer) in place of lazy(Outer) and call get() in the request; or give Lazily the scope 'request' too.",
      },
    ])
  })

  it('sees through prototypes that need each other through handles, too', async () => {
    const Request = holding('Request', 'request')
    const Hen: unknown = holding(
      'Hen',
      'prototype',
      lazy(() => Egg as never),
    )
    const Egg: unknown = holding('Egg', 'prototype', Hen, Request)
    const Keeper = holding('Keeper', 'singleton', Hen)
    expect(brief(await problemsOf({ components: [Hen, Egg, Keeper, Request] as never }))).toEqual([
      'SHORTER_LIVED Keeper',
    ])
  })

  it('is checked where lives cross: nothing of one tenant is handed to another', async () => {
    const InRequest = holding('InRequest', 'request', Tenant)
    const Above = holding('Above', 'request', InRequest)
    const container = await start({ components: [Tenant, InRequest, Above], scopes: ['tenant'] })
    await container.runInScope('tenant', 'one', () =>
      container.runInScope('request', 'r', async () => {
        const first = container.get(Above)
        expect(await container.runInScope('request', 'r', () => container.get(Above))).toBe(first)
        const error = await container.runInScope('tenant', 'two', () => thrown(() => container.get(Above)))
        expect(error).toMatchObject({
          code: 'AMBIT_DI_SCOPE_MIXED',
          message: [
            'Above of this request keeps something of another tenant than the one that is active here, if any is. [AMBIT_DI_SCOPE_MIXED]',
            '  where: get(Above)',
            '  next:  Begin the tenant before the request, not inside it; or let Above take a handle, @Inject(lazy(…)), in place of what lives for the tenant.',
          ].join('\n'),
        })
        expect(container.get(Above)).toBe(first)
      }),
    )
  })

  it('is refused what the end of an inner block has left behind', async () => {
    const InRequest = holding('InRequest', 'request', Tenant)
    const container = await start({ components: [Tenant, InRequest], scopes: ['tenant'] })
    await container.runInScope('request', async () => {
      await container.runInScope('tenant', () => container.get(InRequest))
      expect(thrown(() => container.get(InRequest))).toMatchObject({ code: 'AMBIT_DI_SCOPE_MIXED' })
      expect(await rejection(container.resolve(InRequest))).toMatchObject({ code: 'AMBIT_DI_SCOPE_MIXED' })
    })
  })

  it('names who needs a component of a scope that is not active', async () => {
    const InRequest = holding('InRequest', 'request', Tenant)
    const container = await start({ components: [Tenant, InRequest], scopes: ['tenant'] })
    const error = await container.runInScope('request', () => thrown(() => container.get(InRequest)))
    expect(error).toMatchObject({
      code: 'AMBIT_DI_CREATION',
      component: 'InRequest',
      cause: { code: 'AMBIT_DI_SCOPE_INACTIVE', message: expect.stringContaining('Tenant lives for one tenant') },
    })
  })
})

describe('a life that is held open', () => {
  it('PI-26 keeps its instances from block to block, until it is ended', async () => {
    const container = await start({ components: ALL })
    const life = container.openScope('request', 'a')
    const one = await life.run(() => session(container))
    expect(await life.run(async () => session(container))).toBe(one)
    expect(await container.runInScope('request', 'a', () => session(container))).toBe(one)
    expect([life.scope, life.id, life.ended, log.length]).toEqual(['request', 'a', false, 0])
    const ends = [life.end(), life.end(), life[Symbol.asyncDispose]()]
    expect(new Set(ends).size).toBe(1)
    await Promise.all(ends)
    expect([life.ended, log.length]).toEqual([true, 2])
    expect(await rejection(life.run(() => 1))).toMatchObject({ code: 'AMBIT_DI_SCOPE_ENDED' })
    expect(await container.runInScope('request', 'a', () => session(container))).not.toBe(one)
  })

  it('PI-28 is never evicted by others; whoever holds many ends the oldest, and the newest stay', async () => {
    const container = await start(withTenants)
    const lives = Array.from({ length: 10 }, (_, index) => container.openScope('tenant', index))
    const numbers = await Promise.all(lives.map(life => life.run(() => container.get(Tenant).number)))
    for (let i = 0; i < 1_000; i++) await container.runInScope('tenant', () => container.get(Tenant))
    log = []
    expect(container.stats().lives).toEqual({ tenant: 10, request: 0 })
    for (const life of lives.slice(0, -3)) await life.end()
    expect(log).toEqual(numbers.slice(0, -3).map(number => `tenant ${number} closed`))
    expect(container.stats().lives).toEqual({ tenant: 3, request: 0 })
    for (const [index, life] of lives.entries()) {
      if (index >= 7) expect(await life.run(() => container.get(Tenant).number)).toBe(numbers[index])
    }
  })

  it('ends with the last block in it, where it is let go of before', async () => {
    const container = await start({ components: ALL })
    const life = container.openScope('request')
    const gate = latch()
    const block = life.run(async () => {
      session(container)
      await gate.passed
      return session(container).connection.number
    })
    await life.end()
    expect(log).toEqual([])
    gate.open()
    expect(await block).toBe(1)
    expect(log).toHaveLength(2)
  })

  it('is ended by await using', async () => {
    const container = await start({ components: ALL })
    {
      await using life = container.openScope('request')
      await life.run(() => session(container))
    }
    expect(log).toHaveLength(2)
  })
})

describe('PI-30 an initialiser', () => {
  it('runs for the instance of each life, before anybody gets it', async () => {
    const inits: number[] = []
    @Component({ scope: 'request' })
    class Loaded {
      static inject = [Connection]
      constructor(readonly connection: Connection) {}
      @PostConstruct()
      async load(): Promise<void> {
        await Promise.resolve()
        inits.push(this.connection.number)
      }
    }
    const container = await start({ components: [Connection, Loaded] })
    for (let i = 0; i < 3; i++) await container.runInScope('request', () => container.resolve(Loaded))
    expect(inits).toEqual([1, 2, 3])
  })
})

describe('two containers', () => {
  it('have scopes of their own', async () => {
    const [one, other] = [await start({ components: ALL }), await start({ components: ALL })]
    await one.runInScope('request', 'a', async () => {
      expect(thrown(() => session(other))).toMatchObject({ code: 'AMBIT_DI_SCOPE_INACTIVE' })
      await other.runInScope('request', 'a', () => expect(session(other)).not.toBe(session(one)))
    })
  })
})

describe('a bean, a factory and an alias', () => {
  it('can live for a block', async () => {
    const [MADE, ALIAS] = [new InjectionToken<object>('made'), new InjectionToken<object>('alias')]
    const Needy = made('Needy', () => [])
    const container = await start({
      providers: [
        provide(MADE, { scope: 'request', useFactory: () => ({}) }),
        provide(ALIAS, { useExisting: MADE }),
        provide(Needy, { scope: 'request', useClass: Needy as never }),
      ],
    })
    await container.runInScope('request', async () => {
      expect(container.get(ALIAS)).toBe(container.get(MADE))
      expect(await container.resolve(Needy)).toBe(container.get(Needy))
    })
  })
})
