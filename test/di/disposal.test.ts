import {
  Component,
  ComponentCreationError,
  ComponentDisposalError,
  Container,
  InjectionToken,
  PostConstruct,
  PreDestroy,
  provide,
} from '../../src/di'
import { closeAll, latch, made, NAME, rejection, settled, silent, start, thrown } from './support'

afterEach(closeAll)

let log: string[] = []
beforeEach(() => (log = []))

@Component()
class Database {
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve().then(() => void log.push('database'))
  }
}

@Component()
class Repository {
  constructor(readonly database: Database) {}
  @PreDestroy()
  async flush(): Promise<void> {
    await Promise.resolve()
    log.push('repository')
  }
}

@Component()
class Server {
  constructor(readonly repository: Repository) {}
  [Symbol.dispose](): void {
    log.push('server')
  }
}

const ALL = [Database, Server, Repository]

describe('close()', () => {
  it('PI-36 PI-W8 disposes of everything, dependents before what they need, each awaited', async () => {
    const container = await start({ components: ALL })
    await container.close()
    expect(log).toEqual(['server', 'repository', 'database'])
  })

  it('PI-37 disposes once, whoever calls it and how often: the calls share one promise', async () => {
    const container = await start({ components: ALL })
    const calls = [container.close(), container.close(), container[Symbol.asyncDispose]()]
    expect(new Set(calls).size).toBe(1)
    await Promise.all(calls)
    expect(container.close()).toBe(calls[0])
    expect(log).toHaveLength(3)
  })

  it('waits for each one before the next has its turn', async () => {
    const { passed, open } = latch()
    const slow = new InjectionToken<object>('Slow')
    const container = await start({
      components: [Database],
      providers: [provide(slow, { inject: [Database], useFactory: () => ({}), close: () => passed })],
    })
    const closing = container.close()
    await new Promise(resolve => setImmediate(resolve))
    expect(log).toEqual([])
    open()
    await closing
    expect(log).toEqual(['database'])
  })

  it('happens at the end of an await using block', async () => {
    {
      await using container = await Container.start({ components: ALL, logger: silent })
      expect(container.get(Server)).toBeInstanceOf(Server)
    }
    expect(log).toEqual(['server', 'repository', 'database'])
  })

  it('goes through the failures, and reports all of them in one error', async () => {
    const failing = (name: string, error: unknown) =>
      provide(new InjectionToken<object>(name), {
        useFactory: () => ({}),
        close: () => {
          throw error
        },
      })
    const container = await start({
      components: ALL,
      providers: [failing('A', 'a'), failing('B', new RangeError('b'))],
    })
    const error = (await rejection(container.close())) as ComponentDisposalError
    expect(error).toBeInstanceOf(ComponentDisposalError)
    expect(error.failures).toEqual([
      { component: 'B', error: new RangeError('b') },
      { component: 'A', error: 'a' },
    ])
    expect((error.cause as AggregateError).errors).toEqual([new RangeError('b'), 'a'])
    expect(error.message).toBe(
      '2 components failed while the container was closed: B, A. [AMBIT_DI_DISPOSAL]\n' +
        '  next:  See the cause; every other component has been disposed.',
    )
    expect(log).toEqual(['server', 'repository', 'database'])
    expect(await rejection(container.close())).toBe(error)
  })

  it('has the original as the cause when only one fails', async () => {
    const container = await start({
      providers: [provide(NAME, { useFactory: () => 'x', close: () => Promise.reject(new RangeError('no')) })],
    })
    expect(await rejection(container.close())).toMatchObject({ code: 'AMBIT_DI_DISPOSAL', cause: new RangeError('no') })
  })

  it('ends what the container hands out', async () => {
    const container = await start({ components: ALL })
    await container.close()
    expect(thrown(() => container.get(Server))).toMatchObject({
      code: 'AMBIT_DI_CLOSED',
      message: expect.stringContaining('Server was asked for after the container had been closed.'),
    })
    expect(thrown(() => container.getAll(Server))).toMatchObject({ code: 'AMBIT_DI_CLOSED' })
    expect(container.has(Server)).toBe(true)
  })

  it('leaves the container usable for components that are being disposed of', async () => {
    @Component()
    class Last {
      constructor(readonly container: Container) {}
      @PreDestroy()
      leave(): void {
        log.push(this.container.get(Database).constructor.name)
      }
    }
    const container = await start({ components: [Last, Database] })
    await container.close()
    expect(log).toEqual(['database', 'Database'])
  })

  it('called by a component in its own disposal is an error, not a deadlock', async () => {
    @Component()
    class Eager {
      constructor(readonly container: Container) {}
      @PreDestroy()
      async stop(): Promise<void> {
        await Promise.resolve()
        await this.container.close()
      }
    }
    const container = await start({ components: [Eager, Database] })
    const error = (await rejection(container.close())) as ComponentDisposalError
    expect(error.failures).toMatchObject([{ component: 'Eager', error: { code: 'AMBIT_DI_CLOSING' } }])
    expect(log).toEqual(['database'])
  })

  it('of another container in a disposal is allowed', async () => {
    const inner = await start({ components: [Database] })
    const outer = await start({
      providers: [provide(Container2, { useFactory: () => inner, close: other => other.close() })],
    })
    await outer.close()
    expect(log).toEqual(['database'])
  })

  it('called from the disposal of a container inside is an error too', async () => {
    const inner = await start({
      providers: [provide(NAME, { useFactory: () => 'x', close: () => outer.close() })],
    })
    const outer: Container = await start({
      providers: [provide(Container2, { useFactory: () => inner, close: other => other.close() })],
    })
    const error = (await rejection(outer.close())) as ComponentDisposalError
    expect(error.cause).toMatchObject({ code: 'AMBIT_DI_DISPOSAL', cause: { code: 'AMBIT_DI_CLOSING' } })
  })

  it('called by a component while the container is being started is an error', async () => {
    @Component()
    class Hasty {
      constructor(readonly container: Container) {}
      @PostConstruct()
      async init(): Promise<void> {
        await this.container.close()
      }
    }
    expect(await rejection(start({ components: [Hasty] }))).toMatchObject({
      cause: { code: 'AMBIT_DI_NOT_READY', message: expect.stringContaining('container.close()') },
    })
  })
})

const Container2 = new InjectionToken<Container>('other container')

describe('what is called on a component', () => {
  it('is every @PreDestroy() method in the reverse order of initialisers, then Symbol.asyncDispose', async () => {
    class Base {
      @PreDestroy()
      base(): void {
        log.push('base')
      }
    }
    @Component()
    class Sub extends Base {
      @PreDestroy()
      first(): void {
        log.push('first')
      }
      @PreDestroy()
      second(): void {
        log.push('second')
      }
      [Symbol.dispose](): void {
        log.push('sync disposal')
      }
      async [Symbol.asyncDispose](): Promise<void> {
        log.push('async disposal')
      }
    }
    await (await start({ components: [Sub] })).close()
    expect(log).toEqual(['second', 'first', 'base', 'async disposal'])
  })

  it('goes on after one of its methods has failed', async () => {
    @Component()
    class Half {
      @PreDestroy()
      second(): void {
        log.push('second')
      }
      @PreDestroy()
      first(): void {
        throw new RangeError('first')
      }
      [Symbol.dispose](): void {
        throw new RangeError('disposal')
      }
    }
    const error = (await rejection((await start({ components: [Half] })).close())) as ComponentDisposalError
    expect(error.failures.map(failure => (failure.error as Error).message)).toEqual(['first', 'disposal'])
    expect(error.message).toContain('1 component failed while the container was closed: Half.')
    expect(log).toEqual(['second'])
  })

  it('is its disposal once, when @PreDestroy() stands on it', async () => {
    @Component()
    class Both {
      @PreDestroy()
      [Symbol.asyncDispose](): Promise<void> {
        log.push('disposed')
        return Promise.resolve()
      }
    }
    await (await start({ components: [Both] })).close()
    expect(log).toEqual(['disposed'])
  })

  it('is the close of its provider in place of its own disposal, which it may not have', async () => {
    class Client {
      [Symbol.dispose](): void {
        log.push('own')
      }
    }
    const container = await start({
      providers: [
        provide(Client, { useFactory: () => new Client(), close: () => log.push('closed') }),
        provide(NAME, { useFactory: () => 'text', close: text => log.push(text) }),
      ],
    })
    await container.close()
    expect(log).toEqual(['text', 'closed'])
  })

  it('is called once for an object that two registrations return', async () => {
    const again = new InjectionToken<Database>('Again')
    const container = await start({
      components: [Database],
      providers: [
        provide(again, { inject: [Database], useFactory: database => database }),
        provide(NAME, { useExisting: again as never }),
      ],
    })
    await container.close()
    expect(log).toEqual(['database'])
  })

  it('is called for each time that a pool hands the same object out', async () => {
    const client = { id: 1 }
    const CLIENT = new InjectionToken<object>('Client')
    const useFactory = (): object => (log.push('acquired'), client)
    const close = (): void => void log.push('released')
    const container = await start({ providers: [provide(CLIENT, { scope: 'request', useFactory, close })] })
    for (let block = 0; block < 3; block += 1) await container.runInScope('request', () => container.get(CLIENT))
    expect(log).toEqual(Array(3).fill(['acquired', 'released']).flat())
  })

  it('is called also where a pool hands the object on while it is being given back', async () => {
    const client = { id: 1 }
    const CLIENT = new InjectionToken<object>('Client')
    const free = latch()
    const acquired = [Promise.resolve(client), free.passed.then(() => client)]
    const provider = provide(CLIENT, {
      scope: 'request',
      useFactory: () => acquired.shift() ?? client,
      close: async () => {
        log.push('released')
        free.open()
        await settled()
      },
    })
    const container = await start({ providers: [provider] })
    const blocks = [1, 2].map(() => container.runInScope('request', () => container.resolve(CLIENT)))
    expect(await Promise.all(blocks)).toEqual([client, client])
    expect(log).toEqual(['released', 'released'])
  })

  it('is called for an object that is made again by the same factory after its initialiser has failed', async () => {
    class Client {
      @PostConstruct()
      connect(): void {
        log.push('connected')
        if (log.length === 1) throw new RangeError('not yet')
      }
      @PreDestroy()
      end(): void {
        log.push('ended')
      }
    }
    const client = new Client()
    const container = await start({ providers: [provide(Client, { lazy: true, useFactory: () => client })] })
    expect(thrown(() => container.get(Client))).toBeInstanceOf(ComponentCreationError)
    expect(container.get(Client)).toBe(client)
    await container.close()
    expect(log).toEqual(['connected', 'ended', 'connected', 'ended'])
  })

  it('is nothing for a value, even where a factory passes it on', async () => {
    const value = new Database()
    const again = new InjectionToken<Database>('Again')
    const container = await start({
      providers: [
        provide(Database, { useValue: value }),
        provide(again, { inject: [Database], useFactory: database => database }),
      ],
    })
    await container.close()
    expect(log).toEqual([])
  })
})

describe('a start that fails half-way', () => {
  const failing = (error: unknown, ...needs: unknown[]) =>
    made(
      'Failing',
      () => [Server, ...needs],
      () => {
        throw error
      },
    )

  it('PI-W21 disposes of what was built, in reverse, and leaves the rest alone', async () => {
    const Never = made(
      'Never',
      () => [],
      () => log.push('never built'),
    )
    const error = await rejection(start({ components: [...ALL, failing(new RangeError('late')), Never] }))
    expect(error).toMatchObject({ component: 'Failing', cause: new RangeError('late'), disposalErrors: [] })
    expect(log).toEqual(['server', 'repository', 'database'])
  })

  it('keeps the error of the start, and attaches those of the disposal', async () => {
    const BAD = new InjectionToken<object>('Bad')
    const bad = provide(BAD, {
      useFactory: () => ({}),
      close: () => {
        throw new RangeError('cannot close')
      },
    })
    const error = (await rejection(
      start({ providers: [bad], components: [...ALL, failing(new RangeError('late'), BAD)] }),
    )) as ComponentCreationError
    expect(error).toBeInstanceOf(ComponentCreationError)
    expect(error.cause).toEqual(new RangeError('late'))
    expect(error.disposalErrors).toEqual([new RangeError('cannot close')])
    expect(error.message).toContain('its constructor threw RangeError (1 error more while undoing the start).')
  })

  it('disposes also of the component whose initialiser failed: its constructor may hold something', async () => {
    @Component()
    class Opened {
      @PostConstruct()
      init(): void {
        throw new RangeError('init')
      }
      [Symbol.dispose](): void {
        log.push('opened')
      }
    }
    await rejection(start({ components: [Opened] }))
    expect(log).toEqual(['opened'])
  })

  it('names a disposal that never ends, and goes on without it', async () => {
    const hanging = provide(NAME, { useFactory: () => 'x', close: () => new Promise<never>(() => undefined) })
    const Failing = made(
      'Failing',
      () => [Database, NAME],
      () => {
        throw new RangeError('no')
      },
    )
    const error = await rejection(start({ components: [Database, Failing], providers: [hanging], undoTimeoutMs: 1 }))
    expect(error).toMatchObject({
      code: 'AMBIT_DI_CREATION',
      cause: new RangeError('no'),
      disposalErrors: [{ code: 'AMBIT_DI_DISPOSAL_TIMEOUT', component: 'Name', timeoutMs: 1 }],
    })
    expect(log).toEqual(['database'])
  })

  it('leaves a container that was injected meanwhile closed', async () => {
    let seen: Container | undefined
    @Component()
    class Keeper {
      constructor(container: Container) {
        seen = container
      }
    }
    const Late = made(
      'Late',
      () => [Keeper],
      () => {
        throw new RangeError('late')
      },
    )
    await rejection(start({ components: [Keeper, Late] }))
    expect(thrown(() => seen?.get(Keeper))).toMatchObject({ code: 'AMBIT_DI_CLOSED' })
    await seen?.close()
  })
})
