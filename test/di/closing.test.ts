import { Deadline } from '../../src/core/deadline'
import type { Logger } from '../../src/core/logger'
import {
  Component,
  ComponentDisposalError,
  type Container,
  DisposalTimeoutError,
  InjectionToken,
  type Lazy,
  lazy,
  PostConstruct,
  PreDestroy,
  provide,
} from '../../src/di'
import { ScopeBlocks } from '../../src/di/lifecycle/scope-blocks'
import { closeAll, latch, made, rejection, settled, silent, start, thrown } from './support'

afterEach(closeAll)

let log: string[] = []
beforeEach(() => (log = []))

const closing = (name: string, close: () => unknown, ...needs: InjectionToken<object>[]) =>
  provide(new InjectionToken<object>(name), { inject: needs, useFactory: () => ({ name }), close })

const never = new Promise<never>(() => undefined)

describe('a close with a deadline', () => {
  it('names what hangs, and gives all others their turn', async () => {
    const first = closing('First', () => log.push('first closed'))
    const stuck = closing('Stuck', () => never, first.token as InjectionToken<object>)
    const slow = closing('Slow', () => settled().then(() => log.push('slow closed')))
    const container = await start({ providers: [first, stuck, slow] })
    const error = await rejection(container.close({ timeoutMs: 20 }))
    expect(error).toBeInstanceOf(ComponentDisposalError)
    const { failures } = error as ComponentDisposalError
    expect(failures).toMatchObject([{ component: 'Stuck', error: { component: 'Stuck', timeoutMs: 20 } }])
    expect(failures[0]?.error).toBeInstanceOf(DisposalTimeoutError)
    expect((failures[0]?.error as Error).message).toBe(
      [
        'Stuck was not done when the 20 ms of the close were over; the close went on without it. [AMBIT_DI_DISPOSAL_TIMEOUT]',
        '  where: Stuck',
        '  next:  Bound what its disposal (or a creation still under way) waits for, or close with a longer timeout.',
      ].join('\n'),
    )
    expect(log).toEqual(['slow closed', 'first closed'])
  })

  it('goes on through several that hang, and through the hooks of each', async () => {
    @Component()
    class Stuck {
      @PreDestroy()
      second(): void {
        log.push('second hook')
      }
      @PreDestroy()
      first(): Promise<never> {
        return never
      }
    }
    const other = closing('Other', () => never)
    const container = await start({ components: [Stuck], providers: [other] })
    const error = (await rejection(container.close({ timeoutMs: 10 }))) as ComponentDisposalError
    expect(error.failures.map(({ component }) => component)).toEqual(['Other', 'Stuck'])
    expect(log).toEqual(['second hook'])
    expect(thrown(() => container.get(Stuck))).toMatchObject({ code: 'AMBIT_DI_CLOSED' })
  })

  it('reports a hook that fails in time as its own failure, and one that ends in time not at all', async () => {
    const bad = closing('Bad', () => settled().then(() => Promise.reject(new RangeError('no'))))
    const good = closing('Good', () => settled())
    const container = await start({ providers: [bad, good] })
    expect(await rejection(container.close({ timeoutMs: 60_000 }))).toMatchObject({
      failures: [{ component: 'Bad', error: new RangeError('no') }],
    })
  })

  it('does not wait for ever for a creation; what comes of it too late is disposed of then, and refused to who asked', async () => {
    const gate = latch()
    const errors: unknown[] = []
    const logger: Logger = { ...silent, error: (_message, error) => errors.push(error) }
    const SLOW = new InjectionToken<object>('Slow')
    const slow = provide(SLOW, {
      lazy: true,
      useFactory: () => gate.passed.then(() => ({})),
      close: () => {
        log.push('slow closed')
        throw new RangeError('late')
      },
    })
    const container = await start({ providers: [slow], logger })
    const asked = rejection(container.resolve(SLOW))
    const error = (await rejection(container.close({ timeoutMs: 10 }))) as ComponentDisposalError
    expect(error.failures).toMatchObject([{ component: 'Slow', error: { code: 'AMBIT_DI_DISPOSAL_TIMEOUT' } }])
    expect(log).toEqual([])
    gate.open()
    expect(await asked).toMatchObject({ code: 'AMBIT_DI_CLOSED' })
    await settled()
    expect(log).toEqual(['slow closed'])
    expect(errors).toMatchObject([{ failures: [{ component: 'Slow', error: new RangeError('late') }] }])
  })

  it('names a prototype that is still being made', async () => {
    const HUNG = new InjectionToken<object>('Hung')
    const container = await start({ providers: [provide(HUNG, { scope: 'prototype', useFactory: () => never })] })
    void container.resolve(HUNG)
    expect(await rejection(container.close({ timeoutMs: 10 }))).toMatchObject({
      failures: [{ component: 'Hung', error: { code: 'AMBIT_DI_DISPOSAL_TIMEOUT' } }],
    })
  })
})

describe('a close while something is being built', () => {
  const SLOW = new InjectionToken<object>('Slow')
  const OTHER = new InjectionToken<object>('Other')

  it('waits for it, lets it have what it needs, disposes of it, and builds nothing new', async () => {
    const gate = latch()
    const useFactory = async (other: Lazy<object>): Promise<object> => {
      await gate.passed
      return { other: await other.resolve() }
    }
    const container = await start({
      providers: [
        provide(OTHER, { lazy: true, useFactory: () => ({}), close: () => log.push('other closed') }),
        provide(SLOW, { lazy: true, inject: [lazy(OTHER)], useFactory, close: () => log.push('slow closed') }),
      ],
    })
    const asked = container.resolve(SLOW)
    const closed = container.close()
    expect(thrown(() => container.get(OTHER))).toMatchObject({ code: 'AMBIT_DI_CLOSED' })
    expect(await rejection(container.resolve(OTHER))).toMatchObject({ code: 'AMBIT_DI_CLOSED' })
    const joined = rejection(container.resolve(SLOW))
    await settled()
    expect(log).toEqual([])
    gate.open()
    expect(Object.keys(await asked)).toEqual(['other'])
    await closed
    expect(log).toEqual(['slow closed', 'other closed'])
    expect(await joined).toMatchObject({ code: 'AMBIT_DI_CLOSED' })
  })

  it('lets a disposal look at what is there, and build no further singleton', async () => {
    @Component()
    class Last {
      static inject = [lazy(OTHER), lazy(First)]
      constructor(
        readonly other: Lazy<object>,
        readonly first: Lazy<object>,
      ) {}
      @PreDestroy()
      stop(): void {
        log.push(this.first.get().constructor.name)
        log.push((thrown(() => this.other.get()) as { code: string }).code)
      }
    }
    const container = await start({
      components: [First, Last],
      providers: [provide(OTHER, { lazy: true, useFactory: () => ({}), close: () => log.push('other closed') })],
    })
    await container.close()
    expect(log).toEqual(['First', 'AMBIT_DI_CLOSED'])
  })

  it('called by what is being built is an error, not a deadlock', async () => {
    @Component({ lazy: true })
    class Closes {
      static inject = [Containing]
      constructor(readonly of: Containing) {}
      @PostConstruct()
      async init(): Promise<void> {
        await Promise.resolve()
        await this.of.container?.close()
      }
    }
    const container = await start({ components: [Closes, Containing] })
    container.get(Containing).container = container
    expect(await rejection(container.resolve(Closes))).toMatchObject({
      cause: { code: 'AMBIT_DI_CLOSING', message: expect.stringContaining('waits for') },
    })
    await container.close()
  })
})

@Component()
class First {}

@Component()
class Containing {
  container: Container | undefined
}

@Component({ scope: 'request' })
class Page {
  [Symbol.dispose](): void {
    log.push('page closed')
  }
}

describe('a close while blocks of scopes run', () => {
  it('waits for them, lets them have what they need, and takes no new ones from outside', async () => {
    const HEAVY = new InjectionToken<object>('Heavy')
    const [ready, gate] = [latch(), latch()]
    const container = await start({
      components: [Page],
      providers: [provide(HEAVY, { lazy: true, useFactory: () => ({}), close: () => log.push('heavy closed') })],
    })
    const block = container.runInScope('request', 'a', async () => {
      ready.open()
      await gate.passed
      const nested = await container.runInScope('request', () => container.get(Page))
      return nested !== container.get(Page) && typeof container.get(HEAVY) === 'object'
    })
    await ready.passed
    const closed = container.close()
    const run = jest.fn()
    expect(await rejection(container.runInScope('request', run))).toMatchObject({
      code: 'AMBIT_DI_CLOSED',
      message: [
        "A block of the scope 'request' was begun while the container is being closed, or after it. [AMBIT_DI_CLOSED]",
        "  where: runInScope('request')",
        '  next:  Nothing of the block was run. Stop taking work before the close.',
      ].join('\n'),
    })
    expect(thrown(() => container.openScope('request'))).toMatchObject({ code: 'AMBIT_DI_CLOSED' })
    expect(run).not.toHaveBeenCalled()
    await settled()
    expect(log).toEqual([])
    gate.open()
    expect(await block).toBe(true)
    await closed
    expect(log).toEqual(['page closed', 'page closed', 'heavy closed'])
    expect(await rejection(container.runInScope('request', run))).toMatchObject({ code: 'AMBIT_DI_CLOSED' })
  })

  it('ends at the deadline those that are left, and says so; they are refused what they ask for then', async () => {
    const [ready, gate] = [latch(), latch()]
    const container = await start({ components: [Page, First] })
    const blocks = [1, 2].map(() =>
      container.runInScope('request', async () => {
        container.get(Page)
        ready.open()
        await gate.passed
        return (thrown(() => container.get(Page)) as { code: string }).code
      }),
    )
    await ready.passed
    const error = (await rejection(container.close({ timeoutMs: 10 }))) as ComponentDisposalError
    expect(error.failures).toMatchObject([{ component: 'runInScope()', error: { code: 'AMBIT_DI_SCOPE_UNFINISHED' } }])
    expect((error.failures[0]?.error as Error).message).toContain(
      'After 10 ms of the close these blocks were still running: request (2). Their components were disposed of.',
    )
    expect(log).toEqual(['page closed', 'page closed'])
    gate.open()
    expect(await Promise.all(blocks)).toEqual(Array(2).fill('AMBIT_DI_CLOSED'))
    expect(log).toHaveLength(2)
  })

  it('waits the same for the last of a great many as for the first', async () => {
    const gate = latch()
    const blocks = new ScopeBlocks(['request'], { logger: silent, finishing: () => true })
    const last = blocks.run('request', undefined, () => gate.passed)
    let drained = false
    const drain = blocks.drain(new Deadline()).then(error => {
      drained = true
      return error
    })
    // Each of these wakes whoever waits; none of it may pile up.
    for (let block = 0; block < 20_000; block += 1) await blocks.run('request', undefined, () => undefined)
    expect(drained).toBe(false)
    gate.open()
    await last
    expect(await drain).toBeUndefined()
  })

  it('does not wait for the block that closes it', async () => {
    const container = await start({ components: [Page] })
    await container.runInScope('request', async () => {
      container.get(Page)
      await container.close()
      log.push('closed')
    })
    expect(log).toEqual(['page closed', 'closed'])
  })

  it('ends what is held open, newest first, before the singletons, and waits for no one to let go of it', async () => {
    @Component()
    class Under {
      [Symbol.dispose](): void {
        log.push('singleton closed')
      }
    }
    @Component({ scope: 'request' })
    class Numbered {
      static inject = [Under]
      readonly number: number
      constructor(readonly under: Under) {
        this.number = count += 1
      }
      [Symbol.dispose](): void {
        log.push(`number ${this.number} closed`)
      }
    }
    let count = 0
    const container = await start({ components: [Numbered, Under] })
    const lives = [container.openScope('request'), container.openScope('request')]
    for (const life of lives) await life.run(() => container.get(Numbered))
    await container.close()
    expect(log).toEqual(['number 2 closed', 'number 1 closed', 'singleton closed'])
    await Promise.all(lives.map(life => life.end()))
    expect(log).toHaveLength(3)
    expect(await rejection(lives[0]?.run(() => 1) ?? Promise.resolve())).toMatchObject({ code: 'AMBIT_DI_SCOPE_ENDED' })
  })

  it('reports what fails and what hangs in them, by name', async () => {
    const bad = provide(new InjectionToken<object>('Bad'), {
      scope: 'request',
      useFactory: () => ({}),
      close: () => Promise.reject(new RangeError('no')),
    })
    const stuck = provide(new InjectionToken<object>('Stuck'), {
      scope: 'request',
      useFactory: () => ({}),
      close: () => never,
    })
    const container = await start({ providers: [bad, stuck] })
    const life = container.openScope('request')
    await life.run(() => [container.get(bad.token), container.get(stuck.token)])
    const error = (await rejection(container.close({ timeoutMs: 10 }))) as ComponentDisposalError
    expect(error.failures).toMatchObject([
      { component: 'Stuck', error: { code: 'AMBIT_DI_DISPOSAL_TIMEOUT' } },
      { component: 'Bad', error: new RangeError('no') },
    ])
  })
})

describe('PI-37 closing from many sides', () => {
  it('disposes once, and every caller hears of the same failure', async () => {
    const bad = closing('Bad', () => {
      log.push('bad')
      throw new RangeError('no')
    })
    const container = await start({ providers: [bad] })
    const calls = [1, 2, 3, 4].map(timeoutMs => container.close({ timeoutMs: timeoutMs * 1_000 }))
    const results = await Promise.allSettled([...calls, container.close()])
    expect(new Set(results.map(result => (result as PromiseRejectedResult).reason as unknown)).size).toBe(1)
    expect(log).toEqual(['bad'])
  })
})

describe('a component that a request keeps', () => {
  it('is refused where the container has been closed under it', async () => {
    const Holder = made(
      'Holder',
      () => [lazy(Page)],
      function (this: object, page) {
        Object.assign(this, { page })
      },
    )
    const container = await start({ components: [Page, Holder] })
    const { page } = container.get(Holder) as unknown as { page: Lazy<Page> }
    await container.runInScope('request', async () => {
      await container.close()
      expect(thrown(() => page.get())).toMatchObject({ code: 'AMBIT_DI_CLOSED' })
    })
  })
})
