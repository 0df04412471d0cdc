import { writeFileSync } from 'node:fs'
import {
  type Application,
  ApplicationConfiguration,
  bootstrap,
  type BootstrapOptions,
  Component,
  ConditionalOnProperty,
  ConfigurationChangedEvent,
  Container,
  environmentSource,
  EventListener,
  Inject,
  jsonFile,
  type Live,
  live,
  loadConfiguration,
  objectSource,
  Profile,
  Repository,
  CrudRepository,
  Query,
  Service,
  Setting,
  Settings,
} from 'ambit'
import { InvalidConfigurationError, StartUpError } from 'ambit/errors'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'
import type { Class } from '../../src/core/metadata'
import { gate } from '../support/gate'
import { silent } from '../di/support'
import { brief, file, removeFiles } from './support'

@Settings('mail')
class Mail {
  @Setting() readonly host!: string
  @Setting() readonly port: number = 587
  @Setting({ secret: true, optional: true }) readonly password?: string
}

@Settings('pool')
class Pool {
  @Setting() readonly size: number = 10
}

const heard: ConfigurationChangedEvent[] = []

@Service()
class Mailer {
  constructor(
    readonly mail: Mail,
    @Inject(live(Mail)) readonly live: Live<Mail>,
  ) {}

  @EventListener()
  changed(event: ConfigurationChangedEvent): void {
    heard.push(event)
  }
}

const open: Application[] = []

async function start(options: BootstrapOptions): Promise<Application> {
  const app = await bootstrap({ logger: silent, components: [Mail, Mailer], ...options })
  open.push(app)
  return app
}

afterEach(async () => {
  heard.length = 0
  await Promise.all(open.splice(0).map(app => app.close()))
  removeFiles()
})

async function startProblems(options: BootstrapOptions): Promise<StartUpError> {
  return start(options).then(
    () => {
      throw new Error('it started')
    },
    (error: unknown) => {
      if (error instanceof StartUpError) return error
      throw error
    },
  )
}

describe('an application', () => {
  it('PI-47: injects settings by their class, bound and frozen, one object for all', async () => {
    const config = [objectSource({ mail: { host: 'a' } }), environmentSource({ variables: { MAIL_PORT: '25' } })]
    const app = await start({ config })
    const { mail } = app.get(Mailer)
    expect(mail).toEqual({ host: 'a', port: 25 })
    expect(mail).toBeInstanceOf(Mail)
    expect(app.get(Mail)).toBe(mail)
    expect(app.get(ApplicationConfiguration).settings(Mail)).toBe(mail)
    expect(Object.isFrozen(mail)).toBe(true)
  })

  it('reports settings as what they are', async () => {
    const app = await start({ config: [objectSource({ mail: { host: 'a' } })] })
    expect(app.registrations.find(({ token }) => token === Mail)).toMatchObject({
      name: 'Mail',
      stereotype: 'settings',
      origin: 'Mail (@Settings)',
      kind: 'value',
      implementation: Mail,
    })
  })

  it('PI-42: shows them in its graph, and how long reading took in its report', async () => {
    const app = await start({ config: [objectSource({ mail: { host: 'a' } })] })
    const { nodes } = app.graph()
    expect(nodes.find(({ name }) => name === 'Mail')).toMatchObject({ stereotype: 'settings', builtIn: false })
    expect(nodes.find(({ name }) => name === 'live(Mail)')?.builtIn).toBe(true)
    expect(app.report().start.phases.map(({ phase }) => phase)).toContain('configuration')
  })

  it('binds settings whose values are all defaults without any source', async () => {
    expect((await start({ components: [Pool] })).get(Pool).size).toBe(10)
  })

  it('injects its configuration, with and without sources', async () => {
    const app = await start({ components: [], config: [objectSource({ a: { b: [1] } })] })
    const configuration = app.get(ApplicationConfiguration)
    expect([configuration.get('a.b[0]'), configuration.has('a.b'), configuration.has('a.c')]).toEqual([1, true, false])
    expect((await start({ components: [] })).get(ApplicationConfiguration).has('a')).toBe(false)
  })

  it('finds settings by a base class, and primary ones first', async () => {
    abstract class Store {
      abstract readonly url: string
    }
    @Settings('store')
    class Main extends Store {
      @Setting() override readonly url: string = 'main'
    }
    const app = await start({ components: [Main] })
    expect(app.get(Store)).toBe(app.get(Main))
  })

  it('takes what loadConfiguration() has read, for what has to be known before', async () => {
    const config = await loadConfiguration({
      sources: [objectSource({ mail: { host: 'a' }, pool: { size: 1 } })],
      settings: [Pool],
    })
    expect(config.settings(Pool).size).toBe(1)
    const app = await start({ config, components: [Mail, Mailer, Pool] })
    expect([app.get(Mail).host, app.get(Pool).size]).toEqual(['a', 1])
    expect(() => config.settings(Mail)).toThrow(expect.objectContaining({ code: 'AMBIT_CONFIG_NOT_BOUND' }))
  })

  it.each([
    ['no list', {}],
    ['a plain object in the list', [{ mail: {} }]],
  ])('refuses a config that is %s', async (_, config) => {
    await expect(start({ config: config as never })).rejects.toMatchObject({ code: 'AMBIT_CONFIG_SOURCES' })
  })
})

describe('a start with a wrong configuration', () => {
  @Entity('thing')
  class Thing {
    @PrimaryGeneratedColumn() id!: number
    @Column() name!: string
  }

  @Repository(Thing)
  class Things extends CrudRepository<Thing> {
    @Query.unchecked({ where: 'nme = 1' })
    declare wrong: () => Promise<Thing[]>
  }

  class Nowhere {}

  @Service()
  class Lacking {
    constructor(readonly nowhere: Nowhere) {}
  }

  it('PI-W24: lists its problems with those of queries and components, in one error, before anything is made', async () => {
    let built = 0
    @Component()
    class Built {
      constructor() {
        built++
      }
    }
    const { problems, message } = await startProblems({
      database: { url: 'sqlite::memory:', schema: 'create' },
      entities: [Thing],
      components: [Mail, Mailer, Pool, Things, Lacking, Built],
      config: [jsonFile('nowhere.json'), objectSource({ pool: { size: 'hunter2', sise: 1 } })],
    })
    expect(problems.map(({ code }) => code).sort()).toEqual([
      'AMBIT_CONFIG_SOURCE',
      'AMBIT_CONFIG_UNKNOWN',
      'AMBIT_CONFIG_VALUE',
      'AMBIT_DI_DEPENDENCY_MISSING',
      'AMBIT_QUERY_UNKNOWN_PROPERTY',
    ])
    expect(message).toContain('pool.size is a text; expected a number. [AMBIT_CONFIG_VALUE]')
    expect(message).not.toContain('hunter2')
    expect(built).toBe(0)
  })

  it('PI-W24: reads as one list', async () => {
    const { message } = await startProblems({
      components: [Mail, Pool],
      config: [
        objectSource({ pool: { sise: 1 } }),
        environmentSource({ prefix: 'APP_', variables: { APP_POOL_SIZE: 'x' } }),
      ],
    })
    expect(message).toBe(`The application cannot start: 3 problems. [AMBIT_BOOTSTRAP_INVALID]
  next:  Correct the following; no SQL was sent, and nothing has been built.
  1. mail.host is missing; expected a text. [AMBIT_CONFIG_MISSING]
     next:  Set mail.host in objectSource, or environment variable APP_MAIL__HOST.
  2. Nothing knows the key pool.sise. [AMBIT_CONFIG_UNKNOWN]
     where: objectSource
     next:  Did you mean 'size'? Known are size.
  3. pool.size is a text; expected a number. [AMBIT_CONFIG_VALUE]
     where: environment variable APP_POOL_SIZE
     next:  Write a number.`)
  })
})

describe('overrides for tests', () => {
  it('replace settings, whose values need not be there then', async () => {
    const app = await start({ overrides: [[Mail, { host: 'fake', port: 1 }]] })
    expect(app.get(Mailer).mail).toEqual({ host: 'fake', port: 1 })
    expect(app.get(Mailer).live.get()).toBe(app.get(Mailer).mail)
  })

  it('may be replaced in a part of a test, in handles too', async () => {
    const app = await start({ config: [objectSource({ mail: { host: 'a' } })] })
    await app.withOverrides([[Mail, { host: 'inside' }]], inside => {
      const { mail, live: handle } = inside.get(Mailer)
      expect([mail.host, handle.get().host]).toEqual(['inside', 'inside'])
    })
    expect(app.get(Mailer).live.get().host).toBe('a')
  })

  it('keep the keys of what they replace known', async () => {
    @Settings('mail')
    class Other {
      @Setting() readonly port: number = 1
    }
    const config = [objectSource({ mail: { host: 'a', port: 'x' } })]
    const { problems } = await startProblems({
      components: [Mail, Mailer, Other],
      config,
      overrides: [[Mail, { host: 'x' }]],
    })
    expect(problems.map(({ code }) => code)).toEqual(['AMBIT_CONFIG_VALUE'])
  })
})

describe('conditions', () => {
  @ConditionalOnProperty('pool.enabled')
  @Settings('pool.extra')
  class Extra {
    @Setting() readonly url!: string
  }

  @ConditionalOnProperty('pool.enabled')
  @Service()
  class Pooled {
    constructor(@Inject(live(Extra)) readonly extra: Live<Extra>) {}
  }

  it('look at the sources, and settings that they leave out are not required', async () => {
    const components = [Extra, Pooled]
    const off = await start({ components, config: [objectSource({ pool: { enabled: false, extra: { other: 1 } } })] })
    expect([off.getAll(Extra), off.getAll(Pooled), off.getAll(live(Extra))]).toEqual([[], [], []])
    expect(await off.refreshConfig()).toEqual([])
    const environment = environmentSource({
      prefix: 'APP_',
      variables: { APP_POOL_EXTRA_URL: 'u', APP_POOL_ENABLED: 'yes' },
    })
    const on = await start({ components, config: [objectSource({ pool: { enabled: false } }), environment] })
    expect(on.get(Pooled).extra.get().url).toBe('u')
    const { problems } = await startProblems({ components, config: [objectSource({ pool: { enabled: true } })] })
    expect(problems.map(({ code }) => code)).toEqual(['AMBIT_CONFIG_MISSING'])
  })

  it('of profiles leave settings out too', async () => {
    @Profile('production')
    @Settings('secret')
    class Production {
      @Setting() readonly key!: string
    }
    expect((await start({ components: [Production] })).getAll(Production)).toEqual([])
    const { problems } = await startProblems({ components: [Production], profiles: ['production'] })
    expect(problems.map(({ code }) => code)).toEqual(['AMBIT_CONFIG_MISSING'])
  })
})

describe('a container without an application', () => {
  it('refuses settings, which nobody binds there', async () => {
    await expect(Container.start({ components: [Mail], logger: silent })).rejects.toThrow(
      expect.objectContaining({
        problems: [expect.objectContaining({ code: 'AMBIT_DI_NOT_SUPPLIED', component: 'Mail' })],
      }),
    )
  })
})

describe('refreshConfig()', () => {
  const json = (value: unknown) => file('app.json', JSON.stringify(value))
  const write = (path: string, value: unknown) => writeFileSync(path, JSON.stringify(value))

  it('PI-57: answers exactly the prefixes that changed, were added or are gone, and publishes one event', async () => {
    const path = json({ mail: { host: 'a' }, pool: { size: 1 }, gone: 1, list: [1], same: { x: [1, { y: null }] } })
    const app = await start({ components: [Mail, Mailer, Pool], config: [jsonFile(path)] })
    write(path, {
      mail: { host: 'b', port: 1 },
      pool: { size: 1 },
      list: [1, 2],
      same: { x: [1, { y: null }] },
      added: {},
    })
    expect([...(await app.refreshConfig())].sort()).toEqual(['added', 'gone', 'list', 'mail'])
    expect(heard).toHaveLength(1)
    const [event] = heard
    expect([...(event?.keys ?? [])].sort()).toEqual(['added', 'gone', 'list', 'mail.host', 'mail.port'])
    expect([
      event?.affects(Mail),
      event?.affects(Pool),
      event?.affects('mail.host'),
      event?.affects('mail.password'),
    ]).toEqual([true, false, true, false])
    expect([event?.affects('list[0]'), event?.affects('same'), event?.affects('added.below')]).toEqual([
      true,
      false,
      true,
    ])
  })

  it('PI-57: finds nothing where nothing changed, and publishes nothing', async () => {
    const path = json({ mail: { host: 'a' } })
    const app = await start({ config: [jsonFile(path)] })
    const before = app.get(Mailer).live.get()
    write(path, { mail: { host: 'a' } })
    expect(await app.refreshConfig()).toEqual([])
    expect(heard).toEqual([])
    expect(app.get(Mailer).live.get()).toBe(before)
  })

  it('PI-57: finds nothing without any source', async () => {
    expect(await (await start({ components: [] })).refreshConfig()).toEqual([])
  })

  it('leaves settings as they are, and gives handles and the configuration the new ones', async () => {
    const path = json({ mail: { host: 'a' } })
    const app = await start({ config: [jsonFile(path)] })
    const mailer = app.get(Mailer)
    expect(mailer.live.get()).toBe(mailer.mail)
    write(path, { mail: { host: 'b' } })
    await app.refreshConfig()
    expect([mailer.mail.host, mailer.live.get().host]).toEqual(['a', 'b'])
    expect(mailer.live.get()).toBeInstanceOf(Mail)
    expect(Object.isFrozen(mailer.live.get())).toBe(true)
    const configuration = app.get(ApplicationConfiguration)
    expect([configuration.get('mail.host'), configuration.settings(Mail)]).toEqual(['b', mailer.live.get()])
  })

  it('keeps the objects of settings that nothing changed for', async () => {
    const path = json({ mail: { host: 'a' }, pool: { size: 1 } })
    const app = await start({ components: [Mail, Mailer, Pool], config: [jsonFile(path)] })
    write(path, { mail: { host: 'b' }, pool: { size: 1 } })
    await app.refreshConfig()
    const configuration = app.get(ApplicationConfiguration)
    expect(configuration.settings(Pool)).toBe(app.get(Pool))
    expect(configuration.settings(Mail)).not.toBe(app.get(Mail))
  })

  it('publishes nothing once the application was closed while it read', async () => {
    const reading = gate()
    const read = gate()
    let reads = 0
    const source = objectSource(async () => {
      if (reads++ === 0) return { mail: { host: 'a' } }
      reading.open()
      await read.opened
      return { mail: { host: 'b' } }
    })
    const errors: Error[] = []
    const app = await start({ config: [source], onError: error => errors.push(error) })
    const refreshed = app.refreshConfig()
    await reading.opened
    await app.close()
    read.open()
    expect(await refreshed).toEqual(['mail'])
    expect([heard, errors]).toEqual([[], []])
  })

  it('lets a handle whose settings are replaced keep the replacement', async () => {
    const path = json({ mail: { host: 'a' } })
    const app = await start({ config: [jsonFile(path)], overrides: [[Mail, { host: 'fake' }]] })
    write(path, { mail: { host: 5 } })
    expect(await app.refreshConfig()).toEqual(['mail'])
    expect(app.get(Mailer).live.get()).toEqual({ host: 'fake' })
  })

  it('PI-W24: changes nothing where anything is wrong, and says all of it', async () => {
    const path = json({ mail: { host: 'a' }, pool: { size: 1 } })
    const app = await start({ components: [Mail, Mailer, Pool], config: [jsonFile(path)] })
    write(path, { mail: { port: 'x' }, pool: { size: 2, sise: 1 } })
    const error: unknown = await app.refreshConfig().catch((failure: unknown) => failure)
    if (!(error instanceof InvalidConfigurationError)) throw error
    expect(brief(error.problems).map(text => text.replace(/: .*/, ''))).toEqual([
      'MISSING mail.host',
      'VALUE mail.port',
      'UNKNOWN pool.sise',
    ])
    expect(error.message).toContain('Nothing was changed')
    expect([app.get(Mailer).live.get().host, app.get(ApplicationConfiguration).get('pool.size'), heard]).toEqual([
      'a',
      1,
      [],
    ])
    write(path, 'no map')
    await expect(app.refreshConfig()).rejects.toMatchObject({ code: 'AMBIT_CONFIG_INVALID' })
    write(path, { mail: { host: 'c' } })
    expect(await app.refreshConfig()).toEqual(['mail', 'pool'])
  })

  it('takes turns: every call sees what the one before has put in place, also behind one that failed', async () => {
    const gates = [gate(), gate(), gate()]
    const values: unknown[] = ['a', 5, 'c', 'd']
    let reads = 0
    const source = objectSource(async () => {
      const read = reads++
      if (read > 0) await gates[read - 1]?.opened
      return { mail: { host: values[read] } }
    })
    const app = await start({ config: [source] })
    const calls = [app.refreshConfig(), app.refreshConfig(), app.refreshConfig()]
    const settled = Promise.allSettled(calls)
    gates[2]?.open()
    gates[1]?.open()
    expect(reads).toBeLessThanOrEqual(2)
    gates[0]?.open()
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    expect(app.get(Mailer).live.get().host).toBe('d')
    expect(heard).toHaveLength(2)
  })

  it('hands the new values to a listener, whose failure is told to onError and is none of the refresh', async () => {
    const errors: Error[] = []
    const seen: string[] = []
    @Service()
    class Failing {
      constructor(@Inject(live(Mail)) readonly mail: Live<Mail>) {}
      @EventListener()
      changed(_event: ConfigurationChangedEvent): void {
        seen.push(this.mail.get().host)
        throw new RangeError('no')
      }
    }
    const path = json({ mail: { host: 'a' } })
    const app = await start({
      components: [Mail, Failing],
      config: [jsonFile(path)],
      onError: error => errors.push(error),
    })
    write(path, { mail: { host: 'b' } })
    expect(await app.refreshConfig()).toEqual(['mail'])
    expect(seen).toEqual(['b'])
    expect(errors).toEqual([expect.objectContaining({ code: 'AMBIT_CONFIG_LISTENER', cause: new RangeError('no') })])
  })

  it('may be called by a listener of its own event', async () => {
    let value = 0
    const source = objectSource(() => ({ pool: { size: value++ < 3 ? value : 3 } }))
    const sizes: number[] = []
    @Service()
    class Again {
      @EventListener()
      async changed(_event: ConfigurationChangedEvent): Promise<void> {
        sizes.push(app.get(ApplicationConfiguration).settings(Pool).size)
        await app.refreshConfig()
      }
    }
    const app: Application = await start({ components: [Pool, Again], config: [source] })
    await app.refreshConfig()
    expect(sizes).toEqual([2, 3])
  })

  it('is refused once the application is closed', async () => {
    const app = await start({ config: [objectSource({ mail: { host: 'a' } })] })
    await app.close()
    await expect(app.refreshConfig()).rejects.toMatchObject({ code: 'AMBIT_APP_CLOSED' })
  })

  it('follows a function in code, and placeholders whose variable changed', async () => {
    const variables: Record<string, string> = { HOST: 'a' }
    const app = await start({
      config: [objectSource({ mail: { host: '${ENV:HOST}' } }, { interpolate: true, variables })],
    })
    variables['HOST'] = 'b'
    expect(await app.refreshConfig()).toEqual(['mail'])
    expect(app.get(Mailer).live.get().host).toBe('b')
  })
})

describe('secrets', () => {
  const secret = { mail: { host: 'smtp://user:hunter2@host', password: 'hunter2' }, raw: { token: 'hunter2' } }

  it('PI-W26: are not shown by the console, by JSON, by a copy or by the report', async () => {
    const app = await start({ config: [objectSource(secret)] })
    const mail = app.get(Mail)
    expect(mail.password).toBe('hunter2')
    const { inspect } = await import('node:util')
    const shown = [
      inspect(mail),
      inspect(app.get(Mailer), { depth: 5 }),
      JSON.stringify(mail),
      JSON.stringify({ ...mail }),
    ]
    expect(shown.join().replaceAll(secret.mail.host, '')).not.toContain('hunter2')
    const described = app.get(ApplicationConfiguration).describe()
    expect(JSON.stringify(described)).not.toContain('hunter2')
    expect(described).toEqual([
      { key: 'mail.host', value: 'smtp://user:***@host', source: 'objectSource', settings: 'Mail' },
      { key: 'mail.password', value: '***', source: 'objectSource', settings: 'Mail' },
      { key: 'mail.port', value: '587', source: 'default', settings: 'Mail' },
      { key: 'raw.token', value: '***', source: 'objectSource', settings: undefined },
    ])
    expect(inspect(app.get(ApplicationConfiguration), { depth: 10 })).not.toContain('hunter2')
  })

  it('PI-W26: what sounds like one is masked in reports, marked or not', async () => {
    @Settings('db')
    class Database {
      @Setting() readonly apiKey: string = 'hunter2'
      @Setting() readonly password: string = 'hunter2'
      @Setting() readonly slashed: string = ''
      @Setting() readonly text: string = ''
      @Setting({ list: String }) readonly hosts: readonly string[] = ['x://a:hunter2@b']
    }
    const tree = {
      db: { password: 'hunter2', slashed: 'x://a:hun/ter2@hunter2@b', text: 'host=a password=hunter2 user=b' },
    }
    const app = await start({ components: [Database], config: [objectSource(tree)] })
    expect(
      app
        .get(ApplicationConfiguration)
        .describe()
        .map(({ key, value }) => `${key}: ${value}`),
    ).toEqual([
      'db.apiKey: ***',
      'db.hosts: [x://a:***@b]',
      'db.password: ***',
      'db.slashed: x://a:***@b',
      'db.text: host=a password=*** user=b',
    ])
  })

  it('PI-W26: defaults, objects, lists and references of them are masked too', async () => {
    class Credentials {
      @Setting() readonly user: string = 'hunter2'
      @Setting({ list: String }) readonly tokens: readonly string[] = []
    }
    @Settings('s')
    class Secrets {
      @Setting({ secret: true }) readonly standard: string = 'hunter2'
      @Setting({ secret: true }) readonly all: Credentials = new Credentials()
      @Setting() readonly url: string = ''
      @Setting({ list: String }) readonly open: readonly string[] = []
    }
    const tree = { s: { all: { tokens: ['hunter2', 'hunter2'] }, url: '${ref:s.standard:-hunter3}', open: ['a', 'b'] } }
    const app = await start({ components: [Secrets], config: [objectSource(tree, { interpolate: true })] })
    const { inspect } = await import('node:util')
    expect(inspect(app.get(Secrets), { depth: 9 })).not.toContain('hunter2')
    const described = app.get(ApplicationConfiguration).describe()
    expect(described.map(({ key, value }) => `${key}=${value}`)).toEqual([
      's.all.tokens[0]=***',
      's.all.tokens[1]=***',
      's.all.user=***',
      's.open[0]=a',
      's.open[1]=b',
      's.standard=***',
      's.url=${ref:s.standard:-hunter3}',
    ])
  })
})

it.each<[string, Class]>([['Mail', Mail]])('%s is a class of its own for the handle', (_, target) => {
  expect(live(target)).toBe(live(target))
  expect(live(Pool)).not.toBe(live(target))
})
