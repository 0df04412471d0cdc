import { AsyncLocalStorage } from 'node:async_hooks'
import * as fc from 'fast-check'
import {
  Component,
  ComponentCreationError,
  ComponentDisposalError,
  Container,
  ContainerValidationError,
  Inject,
  InjectionToken,
  lazy,
  type Lazy,
  PostConstruct,
  PreDestroy,
  provide,
} from '../../src/di'
import { closeAll, latch, made, rejection, silent, start } from './support'

const events: string[] = []

abstract class Mailer {
  abstract send(): string
}

@Component()
class SmtpMailer extends Mailer {
  static built = 0
  constructor() {
    super()
    SmtpMailer.built += 1
  }
  send(): string {
    return 'real'
  }
  @PreDestroy()
  stop(): void {
    events.push('SmtpMailer stopped')
  }
}

@Component()
class Clock {
  static built = 0
  constructor() {
    Clock.built += 1
  }
}

@Component()
class Letters {
  constructor(
    readonly mailer: Mailer,
    readonly clock: Clock,
  ) {}
  @PostConstruct()
  begin(): void {
    events.push('Letters begun')
  }
  @PreDestroy()
  stop(): void {
    events.push('Letters stopped')
  }
}

@Component()
class Office {
  constructor(readonly letters: Letters) {}
  @PreDestroy()
  stop(): void {
    events.push('Office stopped')
  }
}

@Component()
class Later {
  constructor(@Inject(lazy(Mailer)) readonly mailer: Lazy<Mailer>) {}
}

const COMPONENTS = [SmtpMailer, Clock, Letters, Office, Later]
const fake = { send: () => 'fake' }

beforeEach(() => {
  events.length = 0
  SmtpMailer.built = 0
  Clock.built = 0
})
afterEach(closeAll)

describe('PI-21: container.withOverrides()', () => {
  it('PI-21: builds anew what needs a replaced component, however far away, and shares all else', async () => {
    const outer = await start({ components: COMPONENTS })
    const seen = await outer.withOverrides([[Mailer, fake]], inside => {
      expect(inside.get(Office).letters.mailer).toBe(fake)
      expect(inside.get(Mailer)).toBe(fake)
      expect(inside.get(SmtpMailer)).toBe(fake)
      expect(inside.get(Clock)).toBe(outer.get(Clock))
      expect(inside.get(Office).letters.clock).toBe(outer.get(Clock))
      expect(inside.get(Office)).toBe(inside.get(Office))
      return inside.get(Office)
    })
    expect(seen).not.toBe(outer.get(Office))
    expect(outer.get(Office).letters.mailer.send()).toBe('real')
    expect([SmtpMailer.built, Clock.built]).toEqual([1, 1])
  })

  it('PI-W12: never builds what is replaced by another class, nor has it in lists', async () => {
    class Fake extends Mailer {
      send(): string {
        return 'fake'
      }
    }
    const outer = await start({ components: COMPONENTS })
    await outer.withOverrides([[Mailer, { useClass: Fake }]], inside => {
      expect(inside.getAll(Mailer)).toEqual([expect.any(Fake)])
    })
    expect(SmtpMailer.built).toBe(1)
    expect(outer.getAll(Mailer)).toEqual([expect.any(SmtpMailer)])
  })

  it('counts handles: whoever could reach a replaced component through one is built anew', async () => {
    const outer = await start({ components: COMPONENTS })
    await outer.withOverrides([[Mailer, fake]], inside => {
      expect(inside.get(Later).mailer.get().send()).toBe('fake')
    })
    expect(outer.get(Later).mailer.get().send()).toBe('real')
  })

  it('gives whoever takes the container the nested one', async () => {
    @Component()
    class Locator {
      constructor(readonly container: Container) {}
    }
    const outer = await start({ components: [...COMPONENTS, Locator] })
    await outer.withOverrides([[Mailer, fake]], inside => {
      expect(inside.get(Locator).container).toBe(inside)
      expect(inside.get(Container)).toBe(inside)
    })
    expect(outer.get(Locator).container).toBe(outer)
  })

  it('disposes at the end of what was built inside, last made first, and of nothing else', async () => {
    class Fake extends Mailer {
      send(): string {
        return 'fake'
      }
      @PreDestroy()
      stop(): void {
        events.push('Fake stopped')
      }
    }
    const outer = await start({ components: COMPONENTS })
    events.length = 0
    await outer.withOverrides([[Mailer, { useClass: Fake }]], () => {
      expect(events).toEqual(['Letters begun'])
    })
    expect(events).toEqual(['Letters begun', 'Office stopped', 'Letters stopped', 'Fake stopped'])
    events.length = 0
    await outer.close()
    expect(events).toEqual(['Office stopped', 'Letters stopped', 'SmtpMailer stopped'])
  })

  it('leaves an instance that the test has made to the test', async () => {
    const disposed = { send: () => 'fake', [Symbol.dispose]: () => events.push('disposed') }
    const outer = await start({ components: COMPONENTS })
    await outer.withOverrides([[Mailer, disposed]], () => undefined)
    expect(events).not.toContain('disposed')
  })

  it('takes factories with dependencies, and what those need is the container’s own', async () => {
    const outer = await start({ components: COMPONENTS })
    const useFactory = (clock: Clock): Mailer => ({ send: () => (clock === outer.get(Clock) ? 'shared' : 'other') })
    await outer.withOverrides([[Mailer, { inject: [Clock], useFactory }]], inside => {
      expect(inside.get(Letters).mailer.send()).toBe('shared')
    })
  })

  it('leaves a component of the outer container to it where a replacement passes that on', async () => {
    @Component()
    class Gate extends Mailer {
      send(): string {
        return 'through the gate'
      }
    }
    const outer = await start({ components: [SmtpMailer, Gate] })
    await outer.withOverrides([[Gate, { inject: [SmtpMailer], useFactory: (real: SmtpMailer) => real }]], inside => {
      expect(inside.get(Gate)).toBe(outer.get(SmtpMailer))
    })
    expect(events).toEqual([])
    await outer.close()
    expect(events).toEqual(['SmtpMailer stopped'])
  })

  it('waits for asynchronous replacements and initialisers', async () => {
    const outer = await start({ components: COMPONENTS })
    const useFactory = async (): Promise<Mailer> => {
      await Promise.resolve()
      return fake
    }
    await outer.withOverrides([[Mailer, { useFactory }]], inside => {
      expect(inside.get(Letters).mailer).toBe(fake)
    })
  })

  it('replaces tokens and the targets of aliases', async () => {
    const [RATE, ALIAS] = [new InjectionToken<number>('Rate'), new InjectionToken<number>('Alias')]
    const DOUBLE = new InjectionToken<number>('Double')
    const providers = [
      provide(RATE, { useValue: 1 }),
      provide(ALIAS, { useExisting: RATE }),
      provide(DOUBLE, { inject: [ALIAS], useFactory: rate => rate * 2 }),
    ]
    const outer = await start({ providers })
    await outer.withOverrides([[RATE, 5]], inside => {
      expect([inside.get(RATE), inside.get(ALIAS), inside.get(DOUBLE)]).toEqual([5, 5, 10])
    })
    expect([outer.get(RATE), outer.get(ALIAS), outer.get(DOUBLE)]).toEqual([1, 1, 2])
  })

  it('answers what fn answers, also a promise of it', async () => {
    const outer = await start({ components: COMPONENTS })
    expect(await outer.withOverrides([], () => 7)).toBe(7)
    expect(await outer.withOverrides([], () => Promise.resolve(8))).toBe(8)
  })

  it('shares everything that cannot reach the container where nothing is replaced', async () => {
    const outer = await start({ components: COMPONENTS })
    await outer.withOverrides([], inside => {
      for (const token of [Mailer, Clock, Letters, Office, Later]) expect(inside.get(token)).toBe(outer.get(token))
    })
  })

  it('shows in its registrations what is replaced, and in the wiring what needs what', async () => {
    const outer = await start({ components: COMPONENTS })
    await outer.withOverrides([[Mailer, fake]], inside => {
      const overridden = inside.registrations.filter(each => each.overridden).map(({ origin }) => origin)
      expect(overridden).toEqual(['override of SmtpMailer (@Component)'])
      expect(inside.wiring.flatMap(({ dependencies }) => dependencies.flatMap(({ fault }) => fault ?? []))).toEqual([])
    })
    expect(outer.registrations.some(each => each.overridden)).toBe(false)
  })
})

describe('PI-21: containers inside containers', () => {
  it('see the replacements of all around them, the nearest first', async () => {
    const NAME = new InjectionToken<string>('Name')
    const outer = await start({ components: COMPONENTS, providers: [provide(NAME, { useValue: 'outer' })] })
    await outer.withOverrides([[Mailer, fake]], async middle => {
      await middle.withOverrides([[NAME, 'inner']], inside => {
        expect([inside.get(NAME), inside.get(Letters).mailer]).toEqual(['inner', fake])
        expect(inside.get(Letters)).toBe(middle.get(Letters))
        expect(inside.get(Clock)).toBe(outer.get(Clock))
      })
      await middle.withOverrides([[Mailer, { send: () => 'nearer' }]], inside => {
        expect(inside.get(Letters).mailer.send()).toBe('nearer')
        expect(middle.get(Letters).mailer.send()).toBe('fake')
      })
      expect(middle.get(NAME)).toBe('outer')
    })
  })

  it('run side by side, each with its own', async () => {
    const outer = await start({ components: COMPONENTS })
    const all = latch()
    let arrived = 0
    const run = (n: number): Promise<string> =>
      outer.withOverrides([[Mailer, { send: () => `fake ${n}` }]], async inside => {
        arrived += 1
        if (arrived === 10) all.open()
        await all.passed
        expect(inside.get(Clock)).toBe(outer.get(Clock))
        return inside.get(Office).letters.mailer.send()
      })
    const numbers = Array.from({ length: 10 }, (_, n) => n)
    expect(await Promise.all(numbers.map(run))).toEqual(numbers.map(n => `fake ${n}`))
    expect(Clock.built).toBe(1)
    expect(outer.get(Office).letters.mailer.send()).toBe('real')
  })
})

describe('PI-21: when something fails inside', () => {
  it('fn’s error is thrown, and what was built is disposed of', async () => {
    const outer = await start({ components: COMPONENTS })
    events.length = 0
    const failing = outer.withOverrides([[Mailer, fake]], () => {
      throw new RangeError('no')
    })
    await expect(failing).rejects.toThrow(RangeError)
    expect(events).toEqual(['Letters begun', 'Office stopped', 'Letters stopped'])
    expect(outer.get(Office).letters.mailer.send()).toBe('real')
  })

  it('a disposal that fails is thrown, the others have had their turn', async () => {
    const outer = await start({ components: COMPONENTS })
    class Bad extends Mailer {
      send(): string {
        return 'bad'
      }
      @PreDestroy()
      stop(): never {
        throw new RangeError('no end')
      }
    }
    events.length = 0
    const error = await rejection(outer.withOverrides([[Mailer, { useClass: Bad }]], () => 1))
    expect(error).toBeInstanceOf(ComponentDisposalError)
    expect((error as ComponentDisposalError).failures).toEqual([
      { component: 'SmtpMailer', error: expect.any(RangeError) },
    ])
    expect(events).toEqual(['Letters begun', 'Office stopped', 'Letters stopped'])
  })

  it('both failures come as with `await using`', async () => {
    const outer = await start({ components: COMPONENTS })
    class Bad extends Mailer {
      send(): string {
        return 'bad'
      }
      @PreDestroy()
      stop(): never {
        throw new RangeError('no end')
      }
    }
    const failing = outer.withOverrides([[Mailer, { useClass: Bad }]], () => Promise.reject(new TypeError('no work')))
    expect(await rejection(failing)).toMatchObject({
      name: 'SuppressedError',
      error: expect.any(ComponentDisposalError),
      suppressed: expect.any(TypeError),
    })
  })

  it('a component that cannot be built inside undoes the start of it, and fn does not run', async () => {
    const outer = await start({ components: COMPONENTS })
    events.length = 0
    let ran = false
    class Explodes {
      constructor() {
        throw new Error('no construction')
      }
    }
    const overrides = [
      [Mailer, fake],
      [Later, { useClass: Explodes }],
    ] as const
    const error = await rejection(outer.withOverrides(overrides, () => (ran = true)))
    expect(error).toBeInstanceOf(ComponentCreationError)
    expect(error).toMatchObject({ component: 'Later' })
    expect(ran).toBe(false)
    expect(events.filter(event => event.endsWith('begun')).length).toBe(
      events.filter(event => event === 'Letters stopped').length,
    )
    expect(outer.get(Office).letters.mailer.send()).toBe('real')
  })

  it.each([
    ['what is not registered', [[new InjectionToken('Nowhere'), 1]], 'replaces nothing'],
    ['undefined', [[Mailer, undefined]], 'is undefined'],
    [
      'one twice',
      [
        [Mailer, fake],
        [SmtpMailer, fake],
      ],
      'is overridden twice',
    ],
    [
      'a class whose parts are missing',
      [[Mailer, { useClass: made('Needy', () => [new InjectionToken('Gone')]) }]],
      'needs Gone',
    ],
    ['a class that needs itself', [[Clock, { inject: [Office], useFactory: () => ({}) }]], '->'],
  ])('replacing %s is refused before anything is built', async (_, overrides, problem) => {
    const outer = await start({ components: COMPONENTS })
    events.length = 0
    const error = await rejection(outer.withOverrides(overrides as never, () => undefined))
    expect(error).toBeInstanceOf(ContainerValidationError)
    expect((error as Error).message).toContain(problem)
    expect(events).toEqual([])
  })

  it('is refused during the start, and after the close', async () => {
    let early: unknown
    @Component()
    class Early {
      constructor(readonly container: Container) {}
      @PostConstruct()
      async begin(): Promise<void> {
        early = await rejection(this.container.withOverrides([], () => undefined))
      }
    }
    const outer = await start({ components: [Early] })
    expect(early).toMatchObject({ code: 'AMBIT_DI_NOT_READY' })
    await outer.close()
    const late = outer.withOverrides([], () => undefined)
    await expect(late).rejects.toMatchObject({ code: 'AMBIT_DI_CLOSED' })
  })
})

describe('PI-21: closing around and inside', () => {
  it('the outer close disposes of the nested ones first, and their components are gone', async () => {
    const outer = await start({ components: COMPONENTS })
    events.length = 0
    const [inside, goOn] = [latch(), latch()]
    let nested: Container | undefined
    const running = outer.withOverrides([[Mailer, fake]], async container => {
      nested = container
      inside.open()
      await goOn.passed
    })
    await inside.passed
    await outer.close()
    expect(events).toEqual([
      'Letters begun',
      'Office stopped',
      'Letters stopped',
      'Office stopped',
      'Letters stopped',
      'SmtpMailer stopped',
    ])
    expect(() => nested?.get(Office)).toThrow(expect.objectContaining({ code: 'AMBIT_DI_CLOSED' }) as Error)
    goOn.open()
    await running
  })

  it('the outer close waits for a nested one that is being started', async () => {
    const outer = await start({ components: COMPONENTS })
    const [building, goOn] = [latch(), latch()]
    const useFactory = async (): Promise<Mailer> => {
      building.open()
      await goOn.passed
      return fake
    }
    events.length = 0
    const running = outer.withOverrides([[Mailer, { useFactory }]], inside => inside.get(Office))
    await building.passed
    const closing = outer.close()
    expect(events).toEqual([])
    goOn.open()
    await closing
    expect(events.slice(-1)).toEqual(['SmtpMailer stopped'])
    await expect(running).rejects.toMatchObject({ code: 'AMBIT_DI_CLOSED' })
  })

  it('a component that closes the outer container in its disposal is told so', async () => {
    let refused: unknown
    const outer = await start({ components: [...COMPONENTS] })
    class Closes extends Mailer {
      send(): string {
        return 'closes'
      }
      @PreDestroy()
      async stop(): Promise<void> {
        refused = await rejection(outer.close())
      }
    }
    await outer.withOverrides([[Mailer, { useClass: Closes }]], () => undefined)
    expect(refused).toMatchObject({ code: 'AMBIT_DI_CLOSING' })
    await outer.close()
  })

  it('a component under construction inside that closes the outer container is told so', async () => {
    let refused: unknown
    const outer = await start({ components: COMPONENTS })
    const useFactory = async (): Promise<Mailer> => {
      refused = await rejection(outer.close())
      return fake
    }
    await outer.withOverrides([[Mailer, { useFactory }]], () => undefined)
    expect(refused).toMatchObject({ code: 'AMBIT_DI_CLOSING' })
    expect(outer.get(Mailer).send()).toBe('real')
  })

  it('what a component inside has begun may close the outer container when it is built', async () => {
    let close: (() => Promise<void>) | undefined
    const outer = await start({ components: COMPONENTS })
    const useFactory = (): Mailer => {
      const run = AsyncLocalStorage.snapshot()
      close = () => run(() => outer.close())
      return fake
    }
    await outer.withOverrides([[Mailer, { useFactory }]], () => undefined)
    await close?.()
    expect(() => outer.get(Clock)).toThrow(expect.objectContaining({ code: 'AMBIT_DI_CLOSED' }) as Error)
  })

  it('a nested one that fn closes itself is closed once', async () => {
    const outer = await start({ components: COMPONENTS })
    events.length = 0
    await outer.withOverrides([[Mailer, fake]], inside => inside.close())
    expect(events).toEqual(['Letters begun', 'Office stopped', 'Letters stopped'])
  })
})

describe('PI-21: components of a passing scope inside', () => {
  class Life {
    readonly ends: ((outcome: unknown) => Promise<void>)[] = []
  }
  let life: Life | undefined
  const scopeSources = {
    transaction: {
      remedy: 'Begin one.',
      current: () => {
        const key = life
        return key && { key, onEnd: (end: (outcome: unknown) => Promise<void>) => void key.ends.push(end) }
      },
    },
  }
  const end = async (): Promise<void> => {
    for (const each of life?.ends ?? []) await each('committed')
    life = undefined
  }

  @Component({ scope: 'transaction' })
  class Plain {
    @PreDestroy()
    stop(): void {
      events.push('Plain stopped')
    }
  }
  @Component({ scope: 'transaction' })
  class Sends {
    constructor(
      readonly mailer: Mailer,
      readonly plain: Plain,
    ) {}
    @PreDestroy()
    stop(): void {
      events.push(`Sends stopped: ${this.mailer.send()}`)
    }
  }

  it('share what reaches nothing that is replaced, and build the rest anew in the same life', async () => {
    const outer = await start({ components: [...COMPONENTS, Plain, Sends], scopeSources })
    await outer.withOverrides([[Mailer, fake]], async inside => {
      life = new Life()
      const [real, replaced] = [outer.get(Sends), inside.get(Sends)]
      expect([real.mailer.send(), replaced.mailer.send()]).toEqual(['real', 'fake'])
      expect(replaced.plain).toBe(real.plain)
      expect(inside.get(Plain)).toBe(outer.get(Plain))
      events.length = 0
      await end()
      expect([...events].sort()).toEqual(['Plain stopped', 'Sends stopped: fake', 'Sends stopped: real'])
    })
  })
})

describe('PI-21: random graphs (property)', () => {
  it('rebuild exactly what reaches a replaced component, and dispose of exactly that, in reverse', async () => {
    const edges = fc.uniqueArray(fc.tuple(fc.nat(11), fc.nat(11), fc.boolean(), fc.boolean()), {
      selector: ([from, to]) => `${from} ${to}`,
      maxLength: 40,
    })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), edges, fc.uniqueArray(fc.nat(11), { minLength: 1 }), check),
      { numRuns: 150 },
    )
  })

  /** Constructors need lower numbers only; handles may lead anywhere. */
  async function check(
    size: number,
    drawn: readonly (readonly [number, number, boolean, boolean])[],
    picked: readonly number[],
  ): Promise<void> {
    const log: string[] = []
    const tokens = Array.from({ length: size }, (_, n) => new InjectionToken<Part>(`T${n}`))
    const needs = tokens.map((_, from) =>
      drawn.filter(([a, to, isLazy]) => a === from && to < size && (isLazy || to < from)),
    )
    const providers = tokens.map((token, n) => {
      const inject = (needs[n] ?? []).map(([, to, isLazy, optional]) => {
        const target = tokens[to] as InjectionToken<Part>
        return { token: isLazy ? lazy(target) : target, optional }
      })
      return provide(token, {
        inject,
        useFactory: () => ({ n }),
        close: () => void log.push(`T${n}`),
      })
    })
    const replaced = picked.filter(n => n < size)
    const outer = await Container.start({ providers, logger: silent })
    const before = tokens.map(token => outer.get(token))
    const overrides = replaced.map(n => [tokens[n] as InjectionToken<Part>, { useValue: { n, fake: true } }] as const)
    const reach = reaching(new Set(replaced), needs)
    await outer.withOverrides(overrides, inside => {
      const anew = tokens.flatMap((token, n) => (inside.get(token) === before[n] ? [] : [n]))
      expect(anew).toEqual([...reach].sort((a, b) => a - b))
    })
    const built = [...reach].filter(n => !replaced.includes(n))
    expect([...log].sort()).toEqual(built.map(n => `T${n}`).sort())
    expect(tokens.map(token => outer.get(token))).toEqual(before)
    for (const [at, name] of log.entries()) {
      const later = log.slice(at + 1)
      for (const [, to, isLazy] of needs[Number(name.slice(1))] ?? []) {
        if (!isLazy && built.includes(to)) expect(later).toContain(`T${to}`)
      }
    }
    await outer.close()
  }

  interface Part {
    readonly n: number
    readonly fake?: boolean
  }

  function reaching(
    found: Set<number>,
    needs: readonly (readonly (readonly [number, number, boolean, boolean])[])[],
  ): Set<number> {
    for (let size = -1; size !== found.size;) {
      size = found.size
      for (const [n, list] of needs.entries()) if (list.some(([, to]) => found.has(to))) found.add(n)
    }
    return found
  }
})
