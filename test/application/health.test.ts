import { createServer } from 'node:net'
import {
  type Application,
  bootstrap,
  type BootstrapOptions,
  Component,
  currentTransaction,
  type HealthAnswer,
  HealthCheck,
  type HealthCheckOptions,
  HealthIndicator,
  type HealthReport,
  InjectionToken,
  PreDestroy,
  provide,
  Service,
  transactional,
} from 'ambit'
import { HealthCheckTimeoutError, InvalidHealthCheckError, StartUpError } from 'ambit/errors'
import { ambientApplication } from '../../src/core/applications'
import { NOTES, write } from '../acceptance/notes'
import { type EngineDatabase, ENGINES, engineDatabase, silentLogger } from '../support/engines'
import { gate } from '../support/gate'
import { until } from '../support/until'

const open: Application[] = []

async function start(options: BootstrapOptions): Promise<Application> {
  const app = await bootstrap({ logger: silentLogger, ...options })
  open.push(app)
  return app
}

afterEach(async () => {
  await Promise.allSettled(open.splice(0).map(app => app.close()))
})

/** A class with one check, which does what a test says. */
function checking(check: (signal: AbortSignal) => HealthAnswer | Promise<HealthAnswer>, options?: HealthCheckOptions) {
  @Component()
  class Checked {
    @HealthCheck(options)
    look(signal: AbortSignal): HealthAnswer | Promise<HealthAnswer> {
      return check(signal)
    }
  }
  return Checked
}

async function health(
  check: (signal: AbortSignal) => unknown,
  options?: HealthCheckOptions,
): Promise<HealthReport['checks'][string]> {
  const app = await start({ components: [checking(check as () => HealthAnswer, options)] })
  const { checks } = await app.health(options?.kind && { kind: options.kind })
  const [only] = Object.values(checks)
  if (only === undefined) throw new Error('there is no check')
  return only
}

describe('PI-41: what a check answers', () => {
  it.each([
    ['nothing', undefined],
    ['true', true],
    ['up', { status: 'up' }],
  ])('%s is up', async (_, answer) => {
    expect(await health(() => answer)).toEqual({ status: 'up', durationMs: expect.any(Number) })
    expect(await health(() => Promise.resolve(answer))).toEqual({ status: 'up', durationMs: expect.any(Number) })
  })

  it.each([
    ['false', false],
    ['down', { status: 'down' }],
  ])('PI-W16: %s is down, also from a promise', async (_, answer) => {
    expect(await health(() => answer)).toEqual({ status: 'down', durationMs: expect.any(Number) })
    expect(await health(() => Promise.resolve(answer))).toEqual({ status: 'down', durationMs: expect.any(Number) })
  })

  it('details are shown, of what is up and of what is down', async () => {
    expect(await health(() => ({ status: 'up', details: { waiting: 3 } }))).toMatchObject({ details: { waiting: 3 } })
    expect(await health(async () => ({ status: 'down', details: { waiting: 9 } }))).toMatchObject({
      status: 'down',
      details: { waiting: 9 },
    })
  })

  it.each([null, 'ok', 1, {}, { status: 'UP' }, { ok: true }, []])('%j is no answer, and so is down', async answer => {
    expect(await health(() => answer)).toMatchObject({ status: 'down', error: { name: 'TypeError' } })
  })

  it('PI-41: what is thrown is down, with class and code, and without a message', async () => {
    const secret = Object.assign(new RangeError('password=hunter2'), { code: 'E_TOO_MUCH' })
    const thrown = await health(() => {
      throw secret
    })
    expect(thrown).toEqual({
      status: 'down',
      durationMs: expect.any(Number),
      error: { name: 'RangeError', code: 'E_TOO_MUCH' },
    })
    expect(JSON.stringify(await health(() => Promise.reject(secret)))).not.toContain('hunter2')
  })

  it.each<[unknown, string]>([
    ['a text', 'string'],
    [undefined, 'undefined'],
    [null, 'object'],
    [7, 'number'],
  ])('%p may be thrown too', async (thrown, name) => {
    expect(await health(() => Promise.reject(thrown as Error))).toMatchObject({ status: 'down', error: { name } })
  })

  it('PI-W16: no answer in time is down, and the signal is aborted with the reason', async () => {
    let reason: unknown
    const answer = await health(
      signal =>
        new Promise(() => {
          signal.addEventListener('abort', () => (reason = signal.reason))
        }),
      { timeoutMs: 5, name: 'slow' },
    )
    expect(answer).toMatchObject({
      status: 'down',
      error: { name: 'HealthCheckTimeoutError', code: 'AMBIT_HEALTH_TIMEOUT' },
    })
    expect(reason).toBeInstanceOf(HealthCheckTimeoutError)
    expect(reason).toMatchObject({ check: 'slow', timeoutMs: 5 })
  })

  it('what comes after its time is nobody’s business: no unhandled rejection', async () => {
    const unhandled: unknown[] = []
    const listen = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', listen)
    try {
      await health(
        signal =>
          new Promise((_, reject) => signal.addEventListener('abort', () => setImmediate(reject, new Error('late')))),
        { timeoutMs: 5 },
      )
      for (let turn = 0; turn < 5; turn += 1) await new Promise(resolve => setImmediate(resolve))
    } finally {
      process.off('unhandledRejection', listen)
    }
    expect(unhandled).toEqual([])
  })

  it('in time, nothing is aborted', async () => {
    let seen: AbortSignal | undefined
    await health(signal => void (seen = signal))
    await new Promise(resolve => setImmediate(resolve))
    expect(seen?.aborted).toBe(false)
  })
})

describe('PI-41: app.health()', () => {
  it('asks indicators and marked methods, by the names of their classes', async () => {
    @Component()
    class Provider extends HealthIndicator {
      check(): HealthAnswer {
        return { status: 'up', details: { latencyMs: 3 } }
      }
    }
    @Service()
    class Queue {
      @HealthCheck()
      backlog(): boolean {
        return true
      }

      @HealthCheck({ name: 'workers' })
      async work(): Promise<boolean> {
        return false
      }
    }
    const app = await start({ components: [Provider, Queue] })
    expect(await app.health()).toEqual({
      kind: 'readiness',
      status: 'down',
      checks: {
        Provider: { status: 'up', details: { latencyMs: 3 }, durationMs: expect.any(Number) },
        'Queue.backlog': { status: 'up', durationMs: expect.any(Number) },
        workers: { status: 'down', durationMs: expect.any(Number) },
      },
    })
  })

  it('is up where nothing is asked', async () => {
    const app = await start({})
    expect(await app.health()).toEqual({ kind: 'readiness', status: 'up', checks: {} })
    expect(await app.health({ kind: 'liveness' })).toEqual({ kind: 'liveness', status: 'up', checks: {} })
  })

  it('asks each kind its own checks only', async () => {
    const asked: string[] = []
    const noting = (name: string) => (): void => void asked.push(name)
    const Live = checking(noting('live'), { kind: 'liveness', name: 'live' })
    const Ready = checking(noting('ready'), { kind: 'readiness', name: 'ready' })
    @Component()
    class Deadlock extends HealthIndicator {
      override readonly kind = 'liveness'
      override readonly name = 'deadlock'
      check(): void {
        asked.push('deadlock')
      }
    }
    const app = await start({ components: [Live, Ready, Deadlock] })
    expect(Object.keys((await app.health({ kind: 'liveness' })).checks)).toEqual(['live', 'deadlock'])
    expect(asked).toEqual(['live', 'deadlock'])
    expect(Object.keys((await app.health({ kind: 'readiness' })).checks)).toEqual(['ready'])
    expect(asked).toEqual(['live', 'deadlock', 'ready'])
  })

  it('PI-W16: asks all side by side: each may wait for the others', async () => {
    const both = gate()
    let asked = 0
    const meet = async (): Promise<void> => {
      asked += 1
      if (asked === 2) both.open()
      await both.opened
    }
    const app = await start({ components: [checking(meet, { name: 'a' }), checking(meet, { name: 'b' })] })
    expect((await app.health()).status).toBe('up')
  })

  it('one that hangs, and one that throws, keep no other from its answer', async () => {
    const app = await start({
      components: [
        checking(() => new Promise<void>(() => undefined), { name: 'hangs', timeoutMs: 5 }),
        checking(
          () => {
            throw new Error('no')
          },
          { name: 'throws' },
        ),
        checking(() => true, { name: 'well' }),
      ],
    })
    const { status, checks } = await app.health()
    expect([status, checks['hangs']?.status, checks['throws']?.status, checks['well']?.status]).toEqual([
      'down',
      'down',
      'down',
      'up',
    ])
  })

  it('takes a time for the checks that set none, and of its own accord a second', async () => {
    const timers = jest.spyOn(global, 'setTimeout')
    const app = await start({ components: [checking(() => true), checking(() => true, { timeoutMs: 77 })] })
    timers.mockClear()
    await app.health({ timeoutMs: 33 })
    await app.health()
    const times = timers.mock.calls.map(([, ms]) => ms)
    timers.mockRestore()
    expect(times).toEqual([33, 77, 1_000, 77])
  })

  it('numbers checks of one name', async () => {
    const app = await start({ components: [checking(() => true), checking(() => false)] })
    const { checks } = await app.health()
    expect(Object.entries(checks).map(([name, { status }]) => [name, status])).toEqual([
      ['Checked.look', 'up'],
      ['Checked.look#2', 'down'],
    ])
  })

  it('asks inherited checks, and one that a subclass declares again once, as there', async () => {
    class Base {
      @HealthCheck()
      first(): boolean {
        return false
      }
      @HealthCheck()
      second(): boolean {
        return true
      }
    }
    @Component()
    class Derived extends Base {
      @HealthCheck({ name: 'mine' })
      override first(): boolean {
        return true
      }
    }
    const app = await start({ components: [Derived] })
    expect(Object.keys((await app.health()).checks)).toEqual(['Derived.second', 'mine'])
  })

  it('asks what a factory has made, and an object under two tokens once', async () => {
    class Client {
      @HealthCheck()
      ping(): boolean {
        return true
      }
    }
    const [ONE, OTHER, ALIAS] = ['One', 'Other', 'Alias'].map(name => new InjectionToken<Client>(name))
    if (!ONE || !OTHER || !ALIAS) throw new TypeError('three tokens')
    const client = new Client()
    const app = await start({
      providers: [
        provide(ONE, { useFactory: () => client }),
        provide(OTHER, { useValue: client }),
        provide(ALIAS, { useExisting: ONE }),
      ],
    })
    expect(Object.keys((await app.health()).checks)).toEqual(['Client.ping'])
  })

  it('PI-21: asks the replacement of an indicator, never what it replaces', async () => {
    @Component()
    class Real extends HealthIndicator {
      check(): boolean {
        return false
      }
    }
    class Fake extends HealthIndicator {
      check(): boolean {
        return true
      }
    }
    const app = await start({ components: [Real], overrides: [[Real, new Fake()]] })
    expect(await app.health()).toMatchObject({ status: 'up', checks: { Fake: { status: 'up' } } })
  })

  it('PI-W19: evaluates no property of a component', async () => {
    @Component()
    class Touchy {
      get burning(): never {
        throw new Error('who touched me?')
      }
      @HealthCheck()
      calm(): void {}
    }
    const app = await start({ components: [Touchy] })
    expect((await app.health()).status).toBe('up')
  })

  it('runs the checks in the application, and outside the transaction of whoever asks', async () => {
    const [SQLITE] = ENGINES
    const db = (await SQLITE?.create()) as EngineDatabase
    let inside: unknown
    let name: string | undefined
    const Asks = checking(() => {
      inside = currentTransaction()
      name = ambientApplication()?.name
    })
    const app = await start({ name: 'asked', database: db.settings, components: [Asks] })
    await start({ name: 'other' })
    await app.run(() => transactional({}, () => app.health()))
    expect([inside, name]).toEqual([undefined, 'asked'])
    await app.close()
    await db.drop()
  })

  it('answers frozen reports, which JSON can write', async () => {
    const app = await start({ components: [checking(() => true)] })
    const report = await app.health()
    expect([Object.isFrozen(report), Object.isFrozen(report.checks)]).toEqual([true, true])
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  })

  it.each([
    [{ kind: 'startup' }, "takes 'liveness' or 'readiness' as 'kind'"],
    [{ timeoutMs: 0 }, "takes a number of milliseconds above 0 as 'timeoutMs'"],
    [{ timeoutMs: Number.NaN }, 'takes a number of milliseconds'],
    [{ timeoutMs: Infinity }, 'takes a number of milliseconds'],
    [{ kin: 'liveness' }, "Did you mean 'kind'?"],
    ['liveness', 'was given no object'],
  ])('refuses %j', async (options, problem) => {
    const app = await start({})
    const asked = app.health(options as never)
    await expect(asked).rejects.toMatchObject({ code: 'AMBIT_APPLICATION_INTROSPECTION' })
    await expect(asked).rejects.toThrow(problem)
  })
})

describe('PI-41: health while the application closes', () => {
  it('is down for readiness at once, and up for liveness; no check is asked any more', async () => {
    const [disposing, goOn] = [gate(), gate()]
    const asked: string[] = []
    @Component()
    class Slow {
      @PreDestroy()
      async stop(): Promise<void> {
        disposing.open()
        await goOn.opened
      }
    }
    const app = await start({ components: [Slow, checking(() => void asked.push('asked'))] })
    const closing = app.close()
    const both = async (): Promise<HealthReport[]> => [await app.health(), await app.health({ kind: 'liveness' })]
    const state = (kind: string, status: string, at: string): object => ({
      kind,
      status,
      checks: { application: { status, details: { state: at }, durationMs: 0 } },
    })
    const during = [state('readiness', 'down', 'closing'), state('liveness', 'up', 'closing')]
    expect(await both()).toEqual(during)
    await disposing.opened
    expect(await both()).toEqual(during)
    goOn.open()
    await closing
    expect(await both()).toEqual([state('readiness', 'down', 'closed'), state('liveness', 'up', 'closed')])
    expect(asked).toEqual([])
  })
})

describe('a wrong health check', () => {
  it.each([
    [{ kind: 'startup' }, "takes 'liveness' or 'readiness' as 'kind'"],
    [{ timeoutMs: -1 }, "as 'timeoutMs'"],
    [{ name: '' }, "takes a text as 'name'"],
    [{ timeout: 3 }, "has no option 'timeout'. [AMBIT_HEALTH_CHECK]"],
    [3, 'was given no object'],
  ])('%j is refused when the class is defined', (options, problem) => {
    expect(() => checking(() => true, options as never)).toThrow(InvalidHealthCheckError)
    expect(() => checking(() => true, options as never)).toThrow(problem)
  })

  it('on a static method, a property or a class is refused', () => {
    const decorate = HealthCheck() as (...args: unknown[]) => void
    class Some {
      static look(): void {}
    }
    const refused = expect.objectContaining({ code: 'AMBIT_HEALTH_CHECK' }) as Error
    expect(() => decorate(Some, 'look', Object.getOwnPropertyDescriptor(Some, 'look'))).toThrow(refused)
    expect(() => decorate(Some.prototype, 'field', undefined)).toThrow(refused)
    expect(() => decorate(Some, undefined, undefined)).toThrow(refused)
  })

  it('without parentheses is refused, where a build that checks no types would lose the method', () => {
    const bare = HealthCheck as unknown as (...args: unknown[]) => void
    class Some {
      look(): void {}
    }
    expect(() => bare(Some.prototype, 'look', Object.getOwnPropertyDescriptor(Some.prototype, 'look'))).toThrow(
      '@HealthCheck was used without parentheses.',
    )
  })

  it('as a standard decorator is refused with the way out', () => {
    const decorate = HealthCheck() as (...args: unknown[]) => void
    expect(() => decorate(() => undefined, { kind: 'method', name: 'look' })).toThrow('experimentalDecorators')
  })

  it('in the fields of an indicator fails the start, which is undone', async () => {
    const events: string[] = []
    @Component()
    class Odd extends HealthIndicator {
      override readonly kind = 'startup' as never
      check(): void {}
      @PreDestroy()
      stop(): void {
        events.push('stopped')
      }
    }
    await expect(start({ components: [Odd] })).rejects.toMatchObject({
      code: 'AMBIT_HEALTH_CHECK',
      message: expect.stringContaining('The health check Odd takes'),
    })
    expect(events).toEqual(['stopped'])
  })

  it('on a component that is no singleton is a problem of the start', async () => {
    const [SQLITE] = ENGINES
    const db = (await SQLITE?.create()) as EngineDatabase
    @Component({ scope: 'transaction' })
    class Passing {
      @HealthCheck()
      look(): void {}
    }
    const error: unknown = await start({ database: db.settings, components: [Passing] }).catch(
      (thrown: unknown) => thrown,
    )
    await db.drop()
    expect(error).toBeInstanceOf(StartUpError)
    expect((error as StartUpError).problems).toEqual([
      {
        code: 'AMBIT_HEALTH_CHECK',
        message: expect.stringContaining("Passing (@Component) has a health check and the scope 'transaction'"),
      },
    ])
  })
})

describe.each(ENGINES)('PI-41: the health of a data source on $name', engine => {
  const db = engineDatabase(engine)

  it('is up, with its pool; liveness never asks the database', async () => {
    const app = await start({ database: db.settings, ...NOTES })
    db.log.clear()
    expect(await app.health()).toEqual({
      kind: 'readiness',
      status: 'up',
      checks: {
        'dataSource:default': {
          status: 'up',
          details: { pool: { size: expect.any(Number), inUse: 0, waiting: 0 } },
          durationMs: expect.any(Number),
        },
      },
    })
    const before = db.log.texts.length
    expect(await app.health({ kind: 'liveness' })).toEqual({ kind: 'liveness', status: 'up', checks: {} })
    expect(db.log.texts.length).toBe(before)
  })

  it('tells no listener and no trace of its statement', async () => {
    const events: unknown[] = []
    const app = await start({
      database: db.settings,
      trace: { print: false },
      listeners: [{ onEvent: event => void events.push(event) }],
    })
    events.length = 0
    await app.health()
    expect([events, app.traces]).toEqual([[], []])
  })

  it('is asked beside a transaction that holds the writer, and does not wait for it', async () => {
    const app = await start({ database: db.settings, ...NOTES })
    const [written, goOn] = [gate(), gate()]
    const work = app.run(() =>
      transactional({}, async () => {
        await write('kept')
        written.open()
        await goOn.opened
      }),
    )
    await written.opened
    expect(await app.health()).toMatchObject({ status: 'up', checks: { 'dataSource:default': { status: 'up' } } })
    goOn.open()
    await work
    await db.query('DELETE FROM note')
  })

  it('names each data source', async () => {
    const second = await engine.create()
    const app = await start({ dataSources: { default: db.settings, reporting: second.settings } })
    expect(Object.keys((await app.health()).checks)).toEqual(['dataSource:default', 'dataSource:reporting'])
    await app.close()
    await second.drop()
  })
})

describe('PI-41: the health of a SQLite without readers', () => {
  it('does not wait for who holds the only connection', async () => {
    const app = await start({ database: { url: 'sqlite::memory:', schema: 'create' }, ...NOTES })
    const [written, goOn] = [gate(), gate()]
    const work = app.run(() =>
      transactional({}, async () => {
        await write('kept')
        written.open()
        await goOn.opened
      }),
    )
    await written.opened
    expect((await app.health()).status).toBe('up')
    goOn.open()
    await work
    expect((await app.health()).status).toBe('up')
  })
})

describe('PI-41: the health of a PostgreSQL', () => {
  const POSTGRES = ENGINES.find(({ name }) => name === 'PostgreSQL')
  if (POSTGRES === undefined) throw new TypeError('PostgreSQL is always tested')
  const db = engineDatabase(POSTGRES)

  it('behind a full pool is down in its time, asks once however often it is asked, and leaves nothing', async () => {
    const app = await start({ database: { ...db.settings, poolSize: 1 }, ...NOTES })
    const [held, goOn] = [gate(), gate()]
    const work = app.run(() =>
      transactional({}, async () => {
        await write('held')
        held.open()
        await goOn.opened
      }),
    )
    await held.opened
    const asked = await Promise.all([1, 2, 3].map(() => app.health({ timeoutMs: 20 })))
    for (const { checks } of asked) {
      expect(checks['dataSource:default']).toEqual({
        status: 'down',
        error: { name: 'HealthCheckTimeoutError', code: 'AMBIT_HEALTH_TIMEOUT' },
        // One ping waits, for all of them.
        details: { pool: { size: 1, inUse: 1, waiting: 1 } },
        durationMs: expect.any(Number),
      })
    }
    goOn.open()
    await work
    await until('the ping is over', async () => (await db.leftovers(app, 'default')).checkedOut === 0)
    expect(await db.leftovers(app, 'default')).toEqual({ checkedOut: 0, waiting: 0, openTransactions: 0 })
    expect((await app.health()).status).toBe('up')
    await db.query('DELETE FROM note')
  })

  it('that is away is down, without a word about where it was', async () => {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    await new Promise(resolve => server.close(resolve))
    const url = `postgres://somebody:hunter2@127.0.0.1:${port}/shop`
    const app = await start({ database: { url } })
    const report = await app.health({ timeoutMs: 10_000 })
    expect(report.checks['dataSource:default']).toMatchObject({
      status: 'down',
      error: { name: 'DataSourceUnreachableError', code: 'AMBIT_DATA_SOURCE_UNREACHABLE' },
    })
    expect(JSON.stringify(report)).not.toMatch(/hunter2|somebody|127\.0\.0\.1/)
    expect((await app.health({ kind: 'liveness' })).status).toBe('up')
  })

  it('whose session was ended connects anew', async () => {
    const app = await start({ database: { ...db.settings, poolSize: 1 } })
    expect((await app.health()).status).toBe('up')
    await db.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'ambit'`,
    )
    await until('it is up again', async () => (await app.health()).status === 'up')
    expect((await db.leftovers(app, 'default')).checkedOut).toBe(0)
  })
})
