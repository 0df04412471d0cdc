import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type Application,
  bootstrap,
  type BootstrapOptions,
  Component,
  detached,
  Inject,
  type Lazy,
  lazy,
  PreDestroy,
  type ResolutionObserver,
  Service,
  Transactional,
  transactional,
} from 'ambit'
import { type ApplicationCloseError, StartUpError } from 'ambit/errors'
import { Boundaries, committed, NoteRepository, NOTES, write } from '../acceptance/notes'
import { type EngineDatabase, ENGINES, silentLogger } from '../support/engines'
import { gate } from '../support/gate'
import { outcomeOf, settled } from '../tx/harness'

let log: string[] = []
let serial = 0

@Component({ scope: 'tenant' })
class Tenant {
  readonly prefix: string
  constructor() {
    this.prefix = `t${(serial += 1)}`
  }
}

@Component({ scope: 'request' })
class Request {
  readonly number: number
  constructor(readonly notes: NoteRepository) {
    this.number = serial += 1
  }
  /** A component of a request is owned by the application as any other: its methods are boundaries, also at its end. */
  @PreDestroy()
  @Transactional()
  async end(): Promise<void> {
    await this.notes.insert({ k: `end of ${this.number}` })
    log.push(`request ${this.number} ended`)
  }
}

/** The shortest life of all may keep something of each other one. */
@Component({ scope: 'transaction' })
class Work {
  constructor(
    readonly request: Request,
    readonly tenant: Tenant,
  ) {}
  @PreDestroy()
  end(outcome: string | undefined): void {
    log.push(`work of ${this.request.number} ${outcome}`)
  }
}

@Service()
class Orders {
  constructor(
    readonly notes: NoteRepository,
    @Inject(lazy(Work)) readonly work: Lazy<Work>,
    @Inject(lazy(Request)) readonly request: Lazy<Request>,
  ) {}

  @Transactional()
  async place(): Promise<string> {
    const { request, tenant } = this.work.get()
    await this.notes.insert({ k: `${tenant.prefix} ${request.number}` })
    return `${tenant.prefix} ${request.number}`
  }
}

const codeOf = (run: () => unknown): string => {
  try {
    run()
    return 'ok'
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe.each(ENGINES)('scopes of an application on $name', engine => {
  let db: EngineDatabase
  let app: Application
  beforeEach(async () => {
    log = []
    serial = 0
    db = await engine.create()
  })
  afterEach(async () => {
    await app.close().catch(() => undefined)
    await db.drop()
  })
  const start = async (options: BootstrapOptions = {}): Promise<void> => {
    app = await bootstrap({
      database: db.settings,
      ...NOTES,
      components: [...NOTES.components, Tenant, Request, Work, Orders],
      scopes: ['tenant'],
      logger: silentLogger,
      ...options,
    })
  }
  const request = <T>(fn: () => T | PromiseLike<T>): Promise<T> =>
    app.runInScope('tenant', 'acme', () => app.runInScope('request', fn))

  it('lie around transactions: components of one keep those of the request and the tenant', async () => {
    await start()
    const orders = app.get(Orders)
    const placed = await request(async () => {
      const first = await orders.place()
      expect(log).toEqual(['work of 3 committed'.replace('3', String(orders.request.get().number))])
      expect(app.get(Request)).toBe(orders.request.get())
      return first
    })
    expect(log).toHaveLength(2)
    expect(await committed(db)).toEqual([`end of ${placed.split(' ')[1]}`, placed].sort())
  })

  it('belong to a transaction’s work also where that is detached', async () => {
    await start()
    await request(() =>
      transactional({}, async () => {
        const outer = app.get(Request)
        expect(detached(() => app.get(Request))).toBe(outer)
        expect(detached(() => codeOf(() => app.get(Work)))).toBe('AMBIT_DI_SCOPE_INACTIVE')
        await Promise.resolve()
      }),
    )
  })

  it('never hand a transaction’s component from one request into another', async () => {
    await start()
    await app.runInScope('tenant', () =>
      app.runInScope('request', () =>
        transactional({}, async () => {
          const work = app.get(Work)
          expect(await app.runInScope('request', () => codeOf(() => app.get(Work)))).toBe('AMBIT_DI_SCOPE_MIXED')
          expect(app.get(Work)).toBe(work)
        }),
      ),
    )
  })

  it('make their application the ambient one', async () => {
    const second = await engine.create()
    await start()
    const other = await bootstrap({ database: second.settings, ...NOTES, logger: silentLogger, name: 'other' })
    try {
      expect(await outcomeOf(transactional({}, () => write('a')))).toBe('AMBIT_APP_AMBIGUOUS')
      await app.runInScope('request', () => transactional({}, () => write('a')))
      const life = app.openScope('tenant', 'acme')
      await life.run(() => transactional({}, () => write('b')))
      await life.end()
      expect([life.scope, life.id, life.ended]).toEqual(['tenant', 'acme', true])
      expect(await committed(db)).toEqual(['a', 'b'])
    } finally {
      await other.close()
      await second.drop()
    }
  })

  it('are let come to their end by a close, with new transactions and blocks of their own', async () => {
    await start()
    const orders = app.get(Orders)
    const boundaries = app.get(Boundaries)
    const [inside, goOn] = [gate(), gate()]
    const block = request(async () => {
      inside.open()
      await goOn.opened
      await orders.place()
      await app.runInScope('request', () => boundaries.requiresNew(() => write('nested')))
      return 'done'
    })
    await inside.opened
    const closing = app.close()
    await settled()
    const run = jest.fn()
    expect(await outcomeOf(app.runInScope('request', run))).toBe('AMBIT_DI_CLOSED')
    expect(await outcomeOf(boundaries.required(() => write('x')))).toBe('AMBIT_APP_CLOSING')
    expect(run).not.toHaveBeenCalled()
    goOn.open()
    expect(await block).toBe('done')
    await closing
    expect(await committed(db)).toEqual(expect.arrayContaining(['nested']))
    expect(await committed(db)).toHaveLength(3)
  })

  it('can be begun by a transaction that a close lets come to its end', async () => {
    await start()
    const boundaries = app.get(Boundaries)
    const [inside, goOn] = [gate(), gate()]
    const work = boundaries.required(async () => {
      inside.open()
      await goOn.opened
      return request(() => app.get(Request).number)
    })
    await inside.opened
    const closing = app.close()
    await settled()
    goOn.open()
    expect(await work).toBe(1)
    await closing
  })

  it('that last too long are ended by the close, which says so', async () => {
    await start({ closeTimeoutMs: 20 })
    const [inside, goOn] = [gate(), gate()]
    const boundaries = app.get(Boundaries)
    const block = request(async () => {
      app.get(Request)
      inside.open()
      await goOn.opened
      return [codeOf(() => app.get(Request)), await outcomeOf(boundaries.required(() => write('late')))]
    })
    await inside.opened
    const { failures } = (await app.close().catch((error: unknown) => error)) as ApplicationCloseError
    expect(failures).toMatchObject([{ code: 'AMBIT_DI_SCOPE_UNFINISHED' }])
    expect(log).toEqual(['request 1 ended'])
    goOn.open()
    expect(await block).toEqual(['AMBIT_DI_CLOSED', 'AMBIT_APP_CLOSED'])
    expect(await committed(db)).toEqual(['end of 1'])
  })

  it('name a component that hangs at the end of the application, and close everything else', async () => {
    @Component()
    class Stuck {
      @PreDestroy()
      stop(): Promise<never> {
        return new Promise(() => undefined)
      }
    }
    await start({ closeTimeoutMs: 20, components: [...NOTES.components, Stuck] })
    const { failures } = (await app.close().catch((error: unknown) => error)) as ApplicationCloseError
    expect(failures).toMatchObject([
      { failures: [{ component: 'Stuck', error: { code: 'AMBIT_DI_DISPOSAL_TIMEOUT' } }] },
    ])
    expect(await outcomeOf(transactional({}, () => write('x')))).toBe('AMBIT_APP_NONE')
  })

  it('are checked with everything else at the start', async () => {
    @Service()
    class Keeper {
      constructor(readonly tenant: Tenant) {}
    }
    const failed = await bootstrap({
      database: db.settings,
      ...NOTES,
      components: [...NOTES.components, Keeper, Tenant],
      scopes: ['tenant', 'transaction'],
    }).then(
      started => started.close(),
      (error: unknown) => error,
    )
    await start()
    expect(failed).toBeInstanceOf(StartUpError)
    expect((failed as StartUpError).problems.map(({ code }) => code)).toEqual([
      'AMBIT_DI_SCOPE_NAME',
      'AMBIT_DI_SHORTER_LIVED',
    ])
  })

  it('PI-39 PI-40 are counted, and observed', async () => {
    const hits: string[] = []
    const observer: ResolutionObserver = { onCacheHit: ({ name }) => hits.push(name) }
    await start({ observers: [observer] })
    const before = app.stats()
    hits.length = 0
    for (let i = 0; i < 3; i++) app.get(Orders)
    expect(hits).toEqual(['Orders', 'Orders', 'Orders'])
    const { resolves, hits: counted, lives, registered } = app.stats()
    expect([resolves - before.resolves, counted - before.hits]).toEqual([3, 3])
    expect(lives).toMatchObject({ request: 0, tenant: 0 })
    expect(registered).toBe(app.registrations.length)
    await request(() => expect(app.stats().lives).toMatchObject({ request: 1, tenant: 1 }))
  })

  it('can be a request of a server whose middleware goes on without a promise', async () => {
    await start()
    const orders = app.get(Orders)
    const perRequest = (_: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void => {
      const answered = (): Promise<void> =>
        new Promise(resolve => {
          response.once('close', resolve)
          next()
        })
      app.runInScope('tenant', 'acme', () => app.runInScope('request', answered)).catch(next)
    }
    const server = createServer((incoming, response) => {
      perRequest(incoming, response, () => {
        setImmediate(() => void orders.place().then(placed => response.end(placed)))
      })
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const answers = await Promise.all(Array.from({ length: 8 }, async () => (await fetch(url)).text()))
    await new Promise(resolve => server.close(resolve))
    await app.close()
    expect(new Set(answers).size).toBe(8)
    expect(await committed(db)).toHaveLength(16)
  })

  it('leave prototypes to whoever has asked for them', async () => {
    @Component({ scope: 'prototype' })
    class Draft {
      constructor(readonly notes: NoteRepository) {}
      @PreDestroy()
      async discard(): Promise<void> {
        await this.notes.insert({ k: 'discarded' })
      }
    }
    await start({ components: [...NOTES.components, Draft] })
    const [kept, released] = [app.get(Draft), app.get(Draft)]
    expect(kept).not.toBe(released)
    await app.release(released)
    expect(await committed(db)).toEqual(['discarded'])
  })
})
