import {
  Component,
  Container,
  Inject,
  InjectionToken,
  lazy,
  type Lazy,
  PostConstruct,
  PreDestroy,
  provide,
  supplier,
  type Supplier,
} from '../../src/di'
import { closeAll, rejection, start } from './support'

// Containers inside containers, with lazy components, prototypes, and blocks of scopes.

const events: string[] = []

@Component()
class Mailer {
  send(): string {
    return 'real'
  }
}
const fake = { send: () => 'fake' }

@Component({ scope: 'request' })
class User {
  @PreDestroy()
  stop(): void {
    events.push('User stopped')
  }
}

@Component({ scope: 'request' })
class Basket {
  constructor(
    readonly mailer: Mailer,
    readonly user: User,
  ) {}
  @PreDestroy()
  stop(): void {
    events.push(`Basket stopped: ${this.mailer.send()}`)
  }
}

@Component({ lazy: true })
class Heavy {
  static built = 0
  constructor() {
    Heavy.built += 1
  }
}

@Component({ lazy: true })
class HeavyMailing {
  constructor(
    readonly mailer: Mailer,
    readonly heavy: Heavy,
  ) {}
  @PostConstruct()
  async warm(): Promise<void> {
    await Promise.resolve()
  }
  @PreDestroy()
  stop(): void {
    events.push(`HeavyMailing stopped: ${this.mailer.send()}`)
  }
}

@Component({ scope: 'prototype' })
class Letter {
  constructor(readonly mailer: Mailer) {}
  @PreDestroy()
  stop(): void {
    events.push(`Letter stopped: ${this.mailer.send()}`)
  }
}

@Component({ scope: 'prototype' })
class Sheet {
  @PreDestroy()
  stop(): void {
    events.push('Sheet stopped')
  }
}

@Component()
class Desk {
  constructor(
    readonly mailer: Mailer,
    readonly sheet: Sheet,
    @Inject(supplier(Letter)) readonly letters: Supplier<Letter>,
    @Inject(lazy(Basket)) readonly basket: Lazy<Basket>,
  ) {}
}

const COMPONENTS = [Mailer, User, Basket, Heavy, HeavyMailing, Letter, Sheet, Desk]

beforeEach(() => {
  events.length = 0
  Heavy.built = 0
})
afterEach(closeAll)

describe('PI-21: blocks of scopes around and inside nested containers', () => {
  it.each([
    ['the nested container', (_outer: Container, inside: Container) => inside],
    ['the outer container', (outer: Container) => outer],
  ])('a block of %s is one life for both: what is shared is one, the rest is built anew', async (_, choose) => {
    const outer = await start({ components: COMPONENTS })
    await outer.withOverrides([[Mailer, fake]], async inside => {
      await choose(outer, inside).runInScope('request', () => {
        expect(inside.get(User)).toBe(outer.get(User))
        expect([inside.get(Basket).mailer.send(), outer.get(Basket).mailer.send()]).toEqual(['fake', 'real'])
        expect(inside.get(Basket).user).toBe(outer.get(User))
        expect(inside.get(Desk).basket.get()).toBe(inside.get(Basket))
        events.length = 0
      })
      expect([...events].sort()).toEqual(['Basket stopped: fake', 'Basket stopped: real', 'User stopped'])
    })
  })

  it.each([
    ['the outer container', (outer: Container, inside: Container) => [outer, inside]],
    ['the nested container', (outer: Container, inside: Container) => [inside, outer]],
  ])('the nested part of a life ends first, also where %s came to it first', async (_, inOrder) => {
    const outer = await start({ components: COMPONENTS })
    await outer.withOverrides([[Mailer, fake]], async inside => {
      await outer.runInScope('request', () => {
        const [first, second] = inOrder(outer, inside)
        first?.get(User)
        second?.get(User)
        inside.get(Basket)
        events.length = 0
      })
      expect(events).toEqual(['Basket stopped: fake', 'User stopped'])
    })
  })

  it('a failing disposal in one container leaves that of the other its turn', async () => {
    const failing = (name: string) => {
      const fail = (): Promise<never> => Promise.reject(new RangeError(name))
      return provide(new InjectionToken<object>(name), {
        inject: [Mailer],
        scope: 'request',
        useFactory: () => ({}),
        close: fail,
      })
    }
    const [a, b] = [failing('A'), failing('B')]
    const outer = await start({ components: COMPONENTS, providers: [a, b] })
    await outer.withOverrides([[Mailer, fake]], async inside => {
      const block = outer.runInScope('request', () => {
        for (const each of [outer, inside]) for (const token of [Basket, a.token, b.token]) each.get(token)
      })
      expect(await rejection(block)).toMatchObject({
        code: 'AMBIT_DI_DISPOSAL',
        failures: ['B', 'A', 'B', 'A'].map(component => ({ component, error: new RangeError(component) })),
      })
    })
    expect(events.filter(event => event.startsWith('Basket'))).toEqual(['Basket stopped: fake', 'Basket stopped: real'])
    expect(outer.stats().lives).toMatchObject({ request: 0 })
  })

  it('a nested container inside a block, and one whose block goes on after it', async () => {
    const outer = await start({ components: COMPONENTS })
    await outer.runInScope('request', async () => {
      const user = outer.get(User)
      await outer.withOverrides([[Mailer, fake]], inside => {
        expect(inside.get(Basket).user).toBe(user)
      })
      expect(events.filter(event => event.startsWith('Basket'))).toEqual([])
      expect(outer.get(User)).toBe(user)
    })
    expect([...events].sort()).toEqual(['Basket stopped: fake', 'Sheet stopped', 'User stopped'])
  })

  it('a nested close neither ends the blocks of the outer container nor waits for them', async () => {
    const outer = await start({ components: COMPONENTS })
    await outer.runInScope('request', async () => {
      await outer.withOverrides([], () => undefined)
      await outer.runInScope('request', () => outer.get(User))
      expect(outer.get(User)).toBeInstanceOf(User)
    })
  })
})

describe('PI-21: lazy components inside', () => {
  it('are built when they are needed; what is shared once for all', async () => {
    const outer = await start({ components: COMPONENTS })
    await outer.withOverrides([[Mailer, fake]], async inside => {
      expect(Heavy.built).toBe(0)
      const mailing = await inside.resolve(HeavyMailing)
      expect(mailing.mailer.send()).toBe('fake')
      expect(mailing.heavy).toBe(outer.get(Heavy))
      expect(await inside.resolve(HeavyMailing)).toBe(mailing)
      expect(await outer.resolve(HeavyMailing)).not.toBe(mailing)
      events.length = 0
    })
    expect(events).toEqual(['HeavyMailing stopped: fake', 'Sheet stopped'])
    expect(Heavy.built).toBe(1)
  })

  it('that nobody needs are never built, inside and outside', async () => {
    const outer = await start({ components: COMPONENTS })
    await outer.withOverrides([[Mailer, fake]], () => undefined)
    expect(Heavy.built).toBe(0)
    expect(events.filter(event => event.startsWith('Heavy'))).toEqual([])
  })

  it('a hundred at once build one', async () => {
    const outer = await start({ components: COMPONENTS })
    await outer.withOverrides([[Mailer, fake]], async inside => {
      const all = await Promise.all(Array.from({ length: 100 }, () => inside.resolve(HeavyMailing)))
      expect(new Set(all).size).toBe(1)
    })
    expect(Heavy.built).toBe(1)
  })

  it('tells nobody of a shared one before it is there', async () => {
    const outer = await start({ components: COMPONENTS })
    const registration = outer.registrations.find(({ name }) => name === 'Heavy')
    await outer.withOverrides([[Mailer, fake]], inside => {
      if (registration === undefined) throw new Error('Heavy is registered')
      expect(inside.builtInstance(registration)).toBeUndefined()
      outer.get(Heavy)
      expect(inside.builtInstance(registration)).toBe(outer.get(Heavy))
    })
  })
})

describe('PI-21: prototypes inside', () => {
  it('are made with what is inside, whoever makes them', async () => {
    const outer = await start({ components: COMPONENTS })
    await outer.withOverrides([[Mailer, fake]], async inside => {
      const [one, other] = [inside.get(Letter), inside.get(Desk).letters.get()]
      expect([one.mailer.send(), other.mailer.send(), outer.get(Letter).mailer.send()]).toEqual([
        'fake',
        'fake',
        'real',
      ])
      expect(inside.get(Letter)).not.toBe(one)
      await inside.release(one)
      expect(events).toEqual(['Letter stopped: fake'])
    })
  })

  it('that reach nothing replaced are made for who is built inside, and disposed of with it', async () => {
    const outer = await start({ components: COMPONENTS })
    await outer.withOverrides([[Mailer, fake]], inside => {
      expect(inside.get(Desk).sheet).not.toBe(outer.get(Desk).sheet)
      expect(inside.get(Sheet)).toBeInstanceOf(Sheet)
    })
    expect(events).toEqual(['Sheet stopped'])
  })

  it('are released by either container', async () => {
    const outer = await start({ components: COMPONENTS })
    await outer.withOverrides([[Mailer, fake]], async inside => {
      await inside.release(outer.get(Letter))
      await inside.release(inside.get(Sheet))
    })
    expect(events.slice(0, 2)).toEqual(['Letter stopped: real', 'Sheet stopped'])
  })
})

describe('PI-21: a nested container that is over', () => {
  it('hands out nothing any more, also not what it shared', async () => {
    const outer = await start({ components: COMPONENTS })
    let kept: Container | undefined
    await outer.withOverrides([[Mailer, fake]], inside => {
      kept = inside
      inside.get(Heavy)
    })
    for (const token of [Mailer, Desk, Heavy, HeavyMailing, Letter]) {
      expect(await rejection((kept as Container).resolve<unknown>(token))).toMatchObject({ code: 'AMBIT_DI_CLOSED' })
    }
    expect(outer.get(Heavy)).toBeInstanceOf(Heavy)
  })

  it('a component under construction inside cannot close the outer container', async () => {
    let refused: unknown
    const outer = await start({ components: COMPONENTS })
    const useFactory = async (): Promise<{ send(): string }> => {
      refused = await rejection(outer.close())
      return fake
    }
    await outer.withOverrides([[Mailer, { useFactory }]], () => undefined)
    expect(refused).toMatchObject({ code: 'AMBIT_DI_CLOSING' })
    expect(outer.get(Mailer).send()).toBe('real')
  })
})
