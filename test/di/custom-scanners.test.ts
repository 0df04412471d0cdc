import {
  type Application,
  bootstrap,
  type BootstrapOptions,
  Component,
  type CustomScanner,
  InjectionToken,
  provide,
  type ScannerExport,
  scanComponents,
  type ScanOptions,
  Service,
} from 'ambit'
import type { ComponentScanError } from 'ambit/errors'
import { silentLogger } from '../support/engines'

/** Known by its base: nothing else marks it. */
abstract class Handler {
  abstract readonly topic: string
}

@Service()
class Clock {
  readonly now = 'noon'
}

class OrderHandler extends Handler {
  static readonly inject = [Clock]
  readonly topic = 'orders'
  constructor(readonly clock: Clock) {
    super()
  }
}

class UserHandler extends Handler {
  readonly topic = 'users'
}

const ROUTES = new InjectionToken<readonly string[]>('routes')

const isHandler = (value: unknown): value is new (...args: never[]) => Handler =>
  typeof value === 'function' && value.prototype instanceof Handler

const handlers: CustomScanner = {
  name: 'handlers',
  register: ({ value }) => (isHandler(value) ? value : undefined),
}
const routes: CustomScanner = {
  name: 'routes',
  register: ({ name, value }) => (name === 'routes' ? provide(ROUTES, { useValue: value as string[] }) : undefined),
}

/** Scans files that exist only in the test. */
const virtual = (files: Readonly<Record<string, unknown>>, scanners: readonly CustomScanner[]): ScanOptions => ({
  directories: ['/app'],
  listFiles: async () => Object.keys(files),
  importer: file => {
    const exported = files[file]
    if (exported instanceof Error) throw exported
    return exported
  },
  entry: undefined,
  scanners,
})

const open: Application[] = []
const start = async (scan: ScanOptions, options: BootstrapOptions = {}): Promise<Application> => {
  const app = await bootstrap({ scan, logger: silentLogger, ...options })
  open.push(app)
  return app
}
afterEach(() => Promise.all(open.splice(0).map(app => app.close())))

const refusal = (scan: ScanOptions): Promise<ComponentScanError> =>
  start(scan).then(
    () => Promise.reject(new Error('it started')),
    (error: unknown) => error as ComponentScanError,
  )

const FILES = {
  '/app/clock.service.js': { Clock },
  '/app/orders.service.js': { OrderHandler, UserHandler, helper: () => 1 },
  '/app/routes.service.js': { routes: ['/orders', '/users'], limit: 3 },
}

describe('scanners of one’s own', () => {
  it('PI-66: register classes without a decorator, and values; what they need is injected', async () => {
    const app = await start(virtual(FILES, [handlers, routes]))
    expect(app.get(OrderHandler).clock).toBe(app.get(Clock))
    expect(app.get(OrderHandler)).toBe(app.get(OrderHandler))
    expect(app.getAll(Handler).map(({ topic }) => topic)).toEqual(['orders', 'users'])
    expect(app.get(ROUTES)).toEqual(['/orders', '/users'])
  })

  it('PI-66: not given, nothing of that is found', async () => {
    const app = await start(virtual(FILES, []))
    expect(() => app.get(OrderHandler)).toThrow(expect.objectContaining({ code: 'AMBIT_DI_NOT_FOUND' }))
    expect(() => app.get(ROUTES)).toThrow(expect.objectContaining({ code: 'AMBIT_DI_NOT_FOUND' }))
    expect(app.getAll(Handler)).toEqual([])
  })

  it('PI-66: see every export of every file once, before the rules for decorated classes', async () => {
    const seen: ScannerExport[] = []
    const watching: CustomScanner = { name: 'watching', register: exported => void seen.push(exported) }
    const fn = (): number => 1
    await scanComponents(
      virtual(
        {
          '/app/a.service.js': { default: Clock, again: Clock, text: 'x', nothing: null, one: 1, uno: 1 },
          '/app/b.service.js': { default: { Clock, fn }, Clock },
          '/app/c.service.js': fn,
        },
        [watching],
      ),
    )
    expect(seen.map(({ file, name, value }) => [file.slice(5, 6), name, value])).toEqual([
      ['a', 'default', Clock],
      ['a', 'text', 'x'],
      ['a', 'nothing', null],
      ['a', 'one', 1],
      ['a', 'uno', 1],
      ['b', 'default', { Clock, fn }],
      ['b', 'Clock', Clock],
      ['b', 'fn', fn],
      ['c', 'default', fn],
    ])
  })

  it('PI-66: what one takes, the rules leave alone; undefined and an empty list take nothing', async () => {
    class Fake extends Clock {}
    const replacing: CustomScanner = {
      name: 'replacing',
      register: ({ value }) => (value === Clock ? [provide(Clock, { useClass: Fake })] : []),
    }
    const app = await start(virtual(FILES, [replacing, handlers]))
    expect(app.get(Clock)).toBeInstanceOf(Fake)
    expect(app.getAll(Clock)).toHaveLength(1)
  })

  it('PI-66: may take a class that is decorated, decorate one, or answer later; a class that two take is there once', async () => {
    const decorating: CustomScanner = {
      name: 'decorating',
      register: async ({ value }) => {
        if (value !== UserHandler) return undefined
        class Decorated extends UserHandler {}
        Component()(Decorated)
        return [Decorated, Clock]
      },
    }
    const app = await start(virtual(FILES, [decorating, handlers]))
    expect(
      app
        .getAll(UserHandler)
        .map(each => each.constructor.name)
        .sort(),
    ).toEqual(['Decorated', 'UserHandler'])
    expect(app.getAll(Clock)).toHaveLength(1)
  })

  it('PI-66: find enough for a start where nothing is decorated', async () => {
    const app = await start(virtual({ '/app/users.service.js': { UserHandler } }, [handlers]))
    expect(app.get(UserHandler).topic).toBe('users')
    await expect(scanComponents(virtual({ '/app/users.service.js': { UserHandler } }, []))).rejects.toMatchObject({
      code: 'AMBIT_DI_SCAN_EMPTY',
    })
  })

  it('PI-66: what they did is in the report of the scan and in the start-up report', async () => {
    const { components, providers, files } = await scanComponents(virtual(FILES, [handlers, routes]))
    expect(components).toEqual([Clock])
    expect(providers.map(({ token }) => token)).toEqual([ROUTES, OrderHandler, UserHandler])
    expect(files[1]).toEqual({
      file: '/app/orders.service.js',
      components: [],
      findings: [
        { scanner: 'handlers', export: 'OrderHandler', registered: [OrderHandler] },
        { scanner: 'handlers', export: 'UserHandler', registered: [UserHandler] },
      ],
    })
    const report = (await start(virtual(FILES, [handlers, routes]))).report()
    expect(report.scan?.files[2]).toEqual({
      file: '/app/routes.service.js',
      components: [],
      findings: [{ scanner: 'routes', export: 'routes', registered: ['routes'] }],
    })
    const [, scanned] = String(report).split('Scanned\n')
    expect(scanned).toMatchSnapshot()
  })

  it('PI-66: what they register is checked like all else: what a class needs and is not there stops the start', async () => {
    const { '/app/orders.service.js': orders } = FILES
    await expect(start(virtual({ '/app/orders.service.js': orders }, [handlers]))).rejects.toMatchObject({
      code: 'AMBIT_BOOTSTRAP_INVALID',
      message: expect.stringContaining('OrderHandler'),
    })
  })
})

describe('a scanner that fails', () => {
  const broken: CustomScanner = {
    name: 'broken',
    register: ({ name }) => {
      if (name.startsWith('User')) throw new RangeError('at users')
      return undefined
    },
  }

  it('PI-66: stops the start by its name, with the file and the export, and with all other failures', async () => {
    const wrong: CustomScanner = {
      name: 'wrong',
      register: ({ name }) => (name === 'limit' ? (42 as never) : undefined),
    }
    const error = await refusal(virtual({ ...FILES, '/app/x.service.js': new Error('no import') }, [broken, wrong]))
    expect(error.code).toBe('AMBIT_DI_SCAN_FAILED')
    expect(error.message).toMatchSnapshot()
    expect(error.failures).toMatchObject([
      { file: '/app/orders.service.js', scanner: 'broken', export: 'UserHandler', error: new RangeError('at users') },
      { file: '/app/routes.service.js', scanner: 'wrong', export: 'limit', error: expect.any(TypeError) },
      { file: '/app/x.service.js', error: new Error('no import') },
    ])
    expect((error.cause as AggregateError).errors).toHaveLength(3)
  })

  it('PI-66: also by a promise, and by an answer that cannot be registered', async () => {
    for (const answer of [Promise.reject(new Error('later')), null, {}, [Clock, undefined], 'Clock', () => Clock]) {
      const scanner: CustomScanner = {
        name: 'odd',
        register: ({ value }) => (value === Clock ? (answer as never) : undefined),
      }
      expect((await refusal(virtual(FILES, [scanner]))).failures).toMatchObject([{ scanner: 'odd', export: 'Clock' }])
    }
  })

  it.each([
    ['no array', {}],
    ['no name', [{ register: () => undefined }]],
    ['an empty name', [{ name: '', register: () => undefined }]],
    ['no function', [{ name: 'x' }]],
    ['nothing', [undefined]],
    ['two of a name', [handlers, { ...routes, name: 'handlers' }]],
  ])('is refused before any file is loaded: %s', async (_what, scanners) => {
    const importer = jest.fn()
    const scan = { ...virtual(FILES, []), importer, scanners: scanners as readonly CustomScanner[] } // wrong on purpose
    await expect(scanComponents(scan)).rejects.toMatchObject({ code: 'AMBIT_DI_SCAN_FAILED' })
    expect(importer).not.toHaveBeenCalled()
  })
})
