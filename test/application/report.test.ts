import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Application,
  ApplicationReport,
  bootstrap,
  type BootstrapOptions,
  Component,
  definePlugin,
  Inject,
  InjectionToken,
  type Lazy,
  lazy,
  Optional,
  PostConstruct,
  provide,
  Service,
  Transactional,
} from 'ambit'
import { Note, NoteRepository } from '../acceptance/notes'
import { type EngineDatabase, ENGINES, engineDatabase, silentLogger } from '../support/engines'

abstract class Mailer {}

@Component()
class SmtpMailer extends Mailer {}

const CLOCK = new InjectionToken<() => number>('Clock')
const NOWHERE = new InjectionToken<string>('Nowhere')

@Transactional()
@Service()
class Billing {
  constructor(
    readonly mailer: Mailer,
    readonly notes: NoteRepository,
    @Inject(lazy(CLOCK)) readonly clock: Lazy<() => number>,
    @Optional() @Inject(NOWHERE) readonly nowhere: string | undefined,
  ) {}

  async pay(): Promise<void> {}
  total(): number {
    return 0
  }
  format(): Promise<string> {
    return Promise.resolve('')
  }
}

/** What the clock shows, where a test has stopped it. */
let now = 0

@Component()
class Waits {
  @PostConstruct()
  async begin(): Promise<void> {
    await Promise.resolve()
    now += 20
  }
}

const OPTIONS: BootstrapOptions = {
  name: 'shop',
  entities: [Note],
  components: [SmtpMailer, NoteRepository, Billing],
  providers: [provide(CLOCK, { useValue: Date.now })],
}

describe.each(ENGINES)('the report of an application on $name', engine => {
  const db = engineDatabase(engine)
  let app: Application | undefined
  afterEach(async () => {
    await app?.close()
    app = undefined
  })
  const start = async (options: BootstrapOptions = {}): Promise<ApplicationReport> => {
    app = await bootstrap({ database: db.settings, logger: silentLogger, ...OPTIONS, ...options })
    return app.report()
  }
  const component = (report: ApplicationReport, name: string): ApplicationReport['components'][number] => {
    const found = report.components.find(each => each.name === name)
    if (found === undefined) throw new Error(`no ${name} in the report`)
    return found
  }

  it('lists the components: where each comes from, how long it lives, and what it is given', async () => {
    const report = await start()
    expect(report.components.filter(({ builtIn }) => !builtIn).map(({ name }) => name)).toEqual([
      'SmtpMailer',
      'NoteRepository',
      'Billing',
      'Clock',
    ])
    expect(component(report, 'Billing')).toEqual({
      name: 'Billing',
      origin: 'Billing (@Service)',
      kind: 'class',
      stereotype: 'service',
      scope: 'singleton',
      primary: false,
      overridden: false,
      builtIn: false,
      needs: ['SmtpMailer as Mailer', 'NoteRepository', 'Clock, lazy', 'Nowhere, optional, absent'],
      buildMs: expect.any(Number),
    })
    expect(component(report, 'EntityManager').builtIn).toBe(true)
    expect(report.components.map(({ name }) => name)).not.toContain('Container')
  })

  it('PI-21: says what is overridden', async () => {
    const report = await start({ overrides: [[Mailer, {}]] })
    expect(component(report, 'SmtpMailer')).toMatchObject({
      overridden: true,
      origin: 'override of SmtpMailer (@Component)',
    })
  })

  it('has the steps of the start in their order, and how long each took', async () => {
    const { start: started } = await start({ components: [...(OPTIONS.components ?? []), Waits] })
    expect(started.phases.map(({ phase }) => phase)).toEqual([
      'data sources',
      'check',
      'connect',
      'schema',
      'components',
      'initializers',
      'plugins',
    ])
    const sum = started.phases.reduce((total, { ms }) => total + ms, 0)
    expect(started.totalMs).toBeGreaterThanOrEqual(sum - 1)
    expect(started.at).toBeInstanceOf(Date)
    const later = (app as Application).report()
    expect(later.start.totalMs).toBe(started.totalMs)
  })

  it('has the build time of each singleton: its own, not that of what it needs', async () => {
    @Component()
    class Needs {
      constructor(readonly waits: Waits) {
        now += 3
      }
    }
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now)
    try {
      const report = await start({ components: [Needs, Waits] })
      expect([component(report, 'Needs').buildMs, component(report, 'Waits').buildMs]).toEqual([3, 20])
      expect(report.start.phases.find(({ phase }) => phase === 'components')?.ms).toBe(23)
      expect(report.start.totalMs).toBe(23)
    } finally {
      clock.mockRestore()
    }
  })

  it('has no build time for what lives for a transaction, or is another name', async () => {
    @Component({ scope: 'transaction' })
    class Passing {}
    const ALIAS = new InjectionToken<Mailer>('Alias')
    const report = await start({
      components: [SmtpMailer, Passing],
      providers: [provide(ALIAS, { useExisting: Mailer })],
    })
    expect([component(report, 'Passing').buildMs, component(report, 'Alias').buildMs]).toEqual([undefined, undefined])
  })

  it('describes the data source: driver, isolation, schema, pool', async () => {
    const { dataSources } = await start()
    expect(dataSources).toEqual([
      {
        name: 'default',
        driver: expect.stringMatching(engine.oneWriter ? /sqlite/ : /^postgres$/) as never,
        location: expect.any(String),
        schema: 'create',
        isolation: engine.oneWriter ? 'SERIALIZABLE' : 'READ COMMITTED',
        entities: 1,
        pool: { size: engine.oneWriter ? 4 : 10, inUse: 0, waiting: 0 },
        statements: expect.anything(),
      },
    ])
  })

  it('says on which way statements are sent, and why', async () => {
    const before = (await start()).dataSources[0]?.statements
    await app?.get(NoteRepository).count()
    const after = app?.report().dataSources[0]?.statements
    if (engine.oneWriter) {
      expect(before).toEqual({ tier: 'prepared', reason: expect.stringContaining('prepares them once') })
      expect(after).toEqual(before)
    } else {
      expect(before).toEqual({ tier: 'undecided', reason: 'no fixed statement has been sent yet' })
      expect(after).toEqual({ tier: 'wire', reason: expect.any(String) })
      expect(after?.reason).not.toBe('')
    }
  })

  it('names the methods that have no transaction although their class is @Transactional', async () => {
    const { unwrapped } = await start()
    expect(unwrapped).toEqual([{ component: 'Billing', methods: ['total', 'format'] }])
  })

  it('says nothing of a scan where there was none', async () => {
    expect((await start()).scan).toBeUndefined()
  })

  it('lists what was scanned, and what was not and why', async () => {
    mkdirSync(join(__dirname, '../../.tmp'), { recursive: true })
    const folder = mkdtempSync(join(__dirname, '../../.tmp/report-'))
    try {
      const [service, empty, both] = ['one.service.js', 'none.service.js', 'two.service.js'].map(name =>
        join(folder, name),
      )
      writeFileSync(
        service as string,
        `const { Service } = require('ambit'); class Scanned {}; Service()(Scanned); exports.Scanned = Scanned`,
      )
      writeFileSync(empty as string, 'exports.nothing = 1')
      writeFileSync(both as string, 'exports.nothing = 1')
      writeFileSync(join(folder, 'two.service.ts'), 'throw new Error("not imported")')
      const report = await start({ scan: folder })
      expect(report.scan).toEqual({
        files: [
          { file: empty, components: [], findings: [] },
          { file: service, components: ['Scanned'], findings: [] },
          { file: both, components: [], findings: [] },
        ],
        skipped: [{ file: join(folder, 'two.service.ts'), reason: 'also there as JavaScript' }],
      })
      expect(report.start.phases.map(({ phase }) => phase)).toContain('scan')
      const text = String(report)
      expect(text).toContain(`Scanned\n  ${String(empty)}: nothing\n`)
      expect(text).toContain(`Not scanned\n  ${join(folder, 'two.service.ts')}: also there as JavaScript\n`)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('says what plugins contribute', async () => {
    const plugin = definePlugin({ name: 'metrics', components: [Waits] })
    const report = await start({ plugins: [plugin] })
    expect(report.plugins).toEqual(['metrics'])
    expect(component(report, 'Waits').origin).toBe("Waits (@Component) of the plugin 'metrics'")
  })

  it('says where the application is in its life', async () => {
    expect((await start()).state).toBe('running')
    const closing = app?.close()
    expect(app?.report().state).toBe('closing')
    await closing
    expect(app?.report().state).toBe('closed')
    expect(String(app?.report())).toContain("Application 'shop', closed.")
  })

  it('is data that JSON can write', async () => {
    const report = await start()
    expect(JSON.parse(JSON.stringify(report))).toMatchObject({ name: 'shop', components: expect.any(Array) })
    expect(Object.isFrozen(report)).toBe(true)
  })

  it('is a text to read', async () => {
    const report = await start()
    expect(withoutNumbers(String(report), report))
      .toBe(`Application 'shop', running. Started in _ ms: data sources _ ms, check _ ms, connect _ ms, schema _ ms, components _ ms, initializers _ ms, plugins _ ms.

Data sources
  default: DRIVER, LOCATION
    ${engine.oneWriter ? 'SERIALIZABLE' : 'READ COMMITTED'}, schema 'create', 1 entity
    ${engine.oneWriter ? 4 : 10} connections, 0 in use, 0 waiting
    statements: TIER (REASON)

Components: 4
  SmtpMailer: SmtpMailer (@Component), singleton, _ ms
  NoteRepository: NoteRepository (@Repository), singleton, _ ms
  Billing: Billing (@Service), singleton, _ ms
    needs SmtpMailer as Mailer; NoteRepository; Clock, lazy; Nowhere, optional, absent
  Clock: provide(Clock, useValue), singleton, _ ms

Not wrapped by @Transactional of their class, since nothing proves them asynchronous
  Billing: total, format
`)
  })

  function withoutNumbers(text: string, { dataSources }: ApplicationReport): string {
    const [described] = dataSources
    return text
      .replace(`: ${described?.driver}, ${described?.location}`, ': DRIVER, LOCATION')
      .replace(`${described?.statements.tier} (${described?.statements.reason})`, 'TIER (REASON)')
      .replaceAll(/\d+(\.\d+)? ms/g, '_ ms')
  }
})

describe('a report', () => {
  const [, POSTGRES] = ENGINES
  if (POSTGRES === undefined) throw new TypeError('PostgreSQL is always tested')
  let db: EngineDatabase
  beforeEach(async () => {
    db = await POSTGRES.create()
  })
  afterEach(() => db.drop())

  it('has no user and no password, of URLs and of options', async () => {
    const url = new URL(db.url)
    url.password = 'hunter2'
    const secretive = { url: url.href, typeorm: { extra: { token: 'hunter2' } } }
    await using app = await bootstrap({ database: secretive, logger: silentLogger, entities: [Note] })
    const report = app.report()
    expect(report.dataSources[0]?.location).toBe(`${url.hostname}:${url.port}${url.pathname}`)
    for (const text of [String(report), JSON.stringify(report)]) {
      expect(text).not.toContain('hunter2')
      expect(text).not.toContain(`${url.username}@`)
    }
  })

  it('is there without any data source and without components', async () => {
    await using app = await bootstrap({ logger: silentLogger })
    const text = String(app.report())
    expect(text).toMatch(
      /^Application 'application', running\. Started in [\d.]+ ms: .*\.\n\nComponents: 0\n$|^Application/,
    )
    expect(text).not.toContain('Data sources')
    expect(text).not.toContain('Scanned')
  })
})
