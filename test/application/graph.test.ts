import {
  type Application,
  Bean,
  bootstrap,
  type BootstrapOptions,
  Component,
  componentGraph,
  Configuration,
  Container,
  CrudRepository,
  EventPublisher,
  Inject,
  InjectionToken,
  Interceptor,
  type Lazy,
  lazy,
  type MethodCall,
  MethodInterceptor,
  type Next,
  Optional,
  Primary,
  provide,
  Query,
  Repository,
  Service,
  UseInterceptors,
} from 'ambit'
import { StartUpError } from 'ambit/errors'
import { Note, NoteRepository } from '../acceptance/notes'
import { ENGINES, engineDatabase, silentLogger } from '../support/engines'

abstract class Mailer {
  abstract send(): void
}

@Component()
class SmtpMailer extends Mailer {
  send(): void {
    return undefined
  }
}

const CLOCK = new InjectionToken<() => number>('Clock')
const TIME = new InjectionToken<() => number>('Time')
const NOWHERE = new InjectionToken<string>('Nowhere')

@Service()
class Signup {
  constructor(
    readonly mailer: Mailer,
    readonly notes: NoteRepository,
    @Inject(lazy(() => Audit)) readonly audit: Lazy<Audit>,
    @Optional() @Inject(NOWHERE) readonly absent: string | undefined,
    @Optional() @Inject(TIME) readonly time: (() => number) | undefined,
  ) {}
}

@Component({ scope: 'transaction' })
class Audit {
  constructor(@Inject(lazy(() => Signup)) readonly signup: Lazy<Signup>) {}
}

class Engine {}

@Configuration()
class Engines {
  @Bean(Engine)
  engine(): Engine {
    return new Engine()
  }
}

const OPTIONS: BootstrapOptions = {
  entities: [Note],
  components: [SmtpMailer, NoteRepository, Signup, Audit, Engines],
  providers: [provide(CLOCK, { useValue: Date.now }), provide(TIME, { useExisting: CLOCK })],
}

const [SQLITE] = ENGINES

describe('PI-42: the graph of an application', () => {
  if (SQLITE === undefined) throw new TypeError('SQLite is always tested')
  const db = engineDatabase(SQLITE)
  let app: Application | undefined
  afterEach(async () => {
    await app?.close()
    app = undefined
  })
  const start = async (options: BootstrapOptions = {}): Promise<Application> =>
    (app = await bootstrap({ name: 'shop', database: db.settings, logger: silentLogger, ...OPTIONS, ...options }))
  const arrows = (graph: ReturnType<Application['graph']>): string[] =>
    graph.edges.map(({ from, to }) => `${from} -> ${to}`)

  it('PI-42: has a node for each registration, with what is known of it, and one for each data source', async () => {
    const { nodes } = (await start()).graph()
    expect(nodes.filter(({ builtIn }) => !builtIn)).toEqual([
      node({ id: 'SmtpMailer', stereotype: 'component', origin: 'SmtpMailer (@Component)' }),
      node({ id: 'NoteRepository', stereotype: 'repository', origin: 'NoteRepository (@Repository)' }),
      node({ id: 'Signup', stereotype: 'service', origin: 'Signup (@Service)' }),
      node({ id: 'Audit', stereotype: 'component', scope: 'transaction', origin: 'Audit (@Component)' }),
      node({ id: 'Engines', stereotype: 'configuration', origin: 'Engines (@Configuration)' }),
      node({ id: 'Engine', kind: 'bean', stereotype: 'bean', origin: 'Engines.engine (@Bean)' }),
      node({ id: 'Clock', kind: 'value', stereotype: 'provider', origin: 'provide(Clock, useValue)' }),
      node({ id: 'Time', kind: 'alias', stereotype: 'provider', origin: 'provide(Time, useExisting)' }),
      node({
        id: 'data source default',
        kind: 'data-source',
        scope: undefined,
        stereotype: expect.stringMatching(/sqlite/) as never,
        origin: "data source 'default'",
      }),
    ])
    expect(nodes.filter(({ builtIn }) => builtIn).map(({ name }) => name)).toEqual([
      'Container',
      'ApplicationConfiguration',
      "DataSource 'default'",
      'DataSource',
      'EntityManager',
      "Repository<Note> of 'default'",
      'EventPublisher',
    ])
  })

  it('PI-07: an edge leads to the implementation of a base class, and says what was asked for', async () => {
    const { edges } = (await start()).graph()
    expect(edges.find(({ token }) => token === 'Mailer')).toEqual({
      from: 'Signup',
      to: 'SmtpMailer',
      kind: 'needs',
      token: 'Mailer',
      site: 'parameter 1',
      lazy: false,
      optional: false,
      fault: undefined,
    })
  })

  it('PI-42: has lazy, optional and alias edges, and edges to data sources; none to what is absent', async () => {
    const { edges, nodes } = (await start()).graph()
    const own = edges.filter(({ from }) => nodes.find(({ id }) => id === from)?.builtIn === false)
    expect(own.map(({ from, to, kind, lazy: isLazy, optional }) => [from, to, kind, isLazy, optional])).toEqual([
      ['NoteRepository', 'data source default', 'data-source', false, false],
      ['Signup', 'SmtpMailer', 'needs', false, false],
      ['Signup', 'NoteRepository', 'needs', false, false],
      ['Signup', 'Audit', 'needs', true, false],
      ['Signup', 'Clock', 'needs', false, true],
      ['Audit', 'Signup', 'needs', true, false],
      ['Engine', 'Engines', 'needs', false, false],
      ['Time', 'Clock', 'alias', false, false],
    ])
  })

  it('PI-W25: draws Mermaid with ids that can be read', async () => {
    expect(withoutDriver((await start()).graph().toMermaid())).toBe(`---
title: "shop"
---
flowchart TB
  SmtpMailer["SmtpMailer<br/>component"]
  NoteRepository["NoteRepository<br/>repository"]
  Signup["Signup<br/>service"]
  Audit["Audit<br/>component, transaction"]
  Engines["Engines<br/>configuration"]
  Engine["Engine<br/>bean"]
  Clock("Clock<br/>provider")
  Time(["Time<br/>provider"])
  data_source_default[("data source default<br/>DRIVER")]
  NoteRepository --> data_source_default
  Signup -->|"as Mailer"| SmtpMailer
  Signup --> NoteRepository
  Signup -.->|"lazy"| Audit
  Signup -->|"as Time, optional"| Clock
  Audit -.->|"lazy"| Signup
  Engine --> Engines
  Time ==>|"alias"| Clock
`)
  })

  it('PI-42: draws DOT with a title, a direction, and scopes left out on demand', async () => {
    const dot = (await start()).graph().toDot({ title: 'The "shop"', rankdir: 'LR', scopes: false })
    expect(withoutDriver(dot)).toBe(`digraph components {
  rankdir=LR;
  labelloc=t; label="The \\"shop\\"";
  node [fontname="sans-serif"]; edge [fontname="sans-serif", fontsize=10];
  "SmtpMailer" [label="SmtpMailer\\ncomponent", shape="box"];
  "NoteRepository" [label="NoteRepository\\nrepository", shape="box"];
  "Signup" [label="Signup\\nservice", shape="box"];
  "Audit" [label="Audit\\ncomponent", shape="box"];
  "Engines" [label="Engines\\nconfiguration", shape="box"];
  "Engine" [label="Engine\\nbean", shape="box"];
  "Clock" [label="Clock\\nprovider", shape="oval"];
  "Time" [label="Time\\nprovider", shape="cds"];
  "data source default" [label="data source default\\nDRIVER", shape="cylinder"];
  "NoteRepository" -> "data source default";
  "Signup" -> "SmtpMailer" [label="as Mailer"];
  "Signup" -> "NoteRepository";
  "Signup" -> "Audit" [label="lazy", style="dashed"];
  "Signup" -> "Clock" [label="as Time, optional"];
  "Audit" -> "Signup" [label="lazy", style="dashed"];
  "Engine" -> "Engines";
  "Time" -> "Clock" [label="alias", arrowhead="empty"];
}
`)
  })

  it('draws without a title where none is wanted, and what every application has on demand', async () => {
    const graph = (await start()).graph()
    const [first] = graph.toMermaid({ title: false }).split('\n')
    expect(first).toBe('flowchart TB')
    expect(graph.toDot({ title: false })).not.toContain('label=""')
    expect(graph.toDot()).not.toContain('EntityManager')
    expect(graph.toDot({ builtIns: true })).toContain('"EntityManager" -> "data source default"')
  })

  it('draws what every application has where something needs it', async () => {
    @Service()
    class Announces {
      constructor(readonly events: EventPublisher) {}
    }
    const graph = (await start({ components: [Announces] })).graph()
    expect(arrows(graph)).toEqual(
      expect.arrayContaining(['Announces -> EventPublisher', 'EventPublisher -> Container']),
    )
    expect(graph.toMermaid()).toContain('Announces --> EventPublisher\n')
    expect(graph.toMermaid()).toContain('EventPublisher --> Container\n')
    expect(graph.toMermaid()).not.toContain('EntityManager')
  })

  it('PI-21: shows that a component is overridden', async () => {
    const { nodes } = (await start({ overrides: [[Mailer, { send: () => undefined }]] })).graph()
    expect(nodes.find(({ name }) => name === 'SmtpMailer')).toMatchObject({
      kind: 'value',
      overridden: true,
      origin: 'override of SmtpMailer (@Component)',
    })
    expect((app as Application).graph().toMermaid()).toContain('SmtpMailer("SmtpMailer<br/>provider, overridden")')
  })

  it('is the same whenever it is asked for, and survives JSON', async () => {
    const one = (await start()).graph()
    const json: unknown = JSON.parse(JSON.stringify(one))
    await app?.close()
    const other = (await start()).graph()
    expect(JSON.parse(JSON.stringify(other))).toEqual(json)
    expect(json).toMatchObject({ name: 'shop', nodes: expect.any(Array), edges: expect.any(Array) })
    expect(Object.isFrozen(one.nodes)).toBe(true)
    expect(one.nodes.every(each => Object.isFrozen(each))).toBe(true)
  })

  it('still draws an application that has been closed', async () => {
    const { close } = { close: (await start()).close.bind(app) }
    await close()
    expect((app as Application).graph().toMermaid()).toContain('Signup')
  })

  it.each([
    [{ ranksdir: 'LR' }, "graph().toMermaid() has no option 'ranksdir'", "Did you mean 'rankdir'?"],
    [{ rankdir: 'XY' }, "takes 'TB' or 'BT' or 'LR' or 'RL' as 'rankdir'", 'Give { title, rankdir'],
    [{ title: 7 }, "takes a text, or false, as 'title'", 'Give { title'],
    [{ scopes: 'yes' }, "takes true or false as 'scopes'", 'Give { title'],
    ['LR', 'was given no object', 'Give { title'],
    [null, 'was given no object', 'Give { title'],
  ])('refuses %j', async (options, problem, next) => {
    const graph = (await start()).graph()
    const draw = (): string => graph.toMermaid(options as never)
    expect(draw).toThrow(expect.objectContaining({ code: 'AMBIT_APPLICATION_INTROSPECTION' }) as Error)
    expect(draw).toThrow(problem)
    expect(draw).toThrow(next)
  })

  it('takes undefined for an option that is not given', async () => {
    const graph = (await start()).graph()
    expect(graph.toMermaid({ title: undefined as never, rankdir: undefined as never })).toBe(graph.toMermaid())
  })

  it('comes with the error of a start that was refused, to draw what is wrong', async () => {
    @Service()
    class Broken {
      constructor(
        readonly missing: Engine,
        readonly notes: NoteRepository,
      ) {}
    }
    const error: unknown = await bootstrap({
      database: db.settings,
      entities: [Note],
      components: [NoteRepository, Broken],
      logger: silentLogger,
    }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StartUpError)
    const { graph } = error as StartUpError
    expect(Object.keys(error as StartUpError)).not.toContain('graph')
    expect(withoutDriver(graph?.toMermaid({ title: false }))).toBe(`flowchart TB
  NoteRepository["NoteRepository<br/>repository"]
  Broken["Broken<br/>service"]
  data_source_default[("data source default<br/>DRIVER")]
  Engine{{"Engine<br/>missing"}}
  NoteRepository --> data_source_default
  Broken --> Engine
  Broken --> NoteRepository
  classDef missing stroke:#c00,stroke-dasharray:4
  class Engine missing
`)
  })

  it('comes also where a query is wrong', async () => {
    @Repository(Note)
    class WrongNotes extends CrudRepository<Note, string> {
      @Query.unchecked({ where: 'nope = 1' })
      declare wrong: () => Promise<Note[]>
    }
    const started = bootstrap({
      database: db.settings,
      entities: [Note],
      components: [WrongNotes],
      logger: silentLogger,
    })
    const error = (await started.catch((thrown: unknown) => thrown)) as StartUpError
    expect(error.graph?.nodes.map(({ name }) => name)).toContain('WrongNotes')
  })

  /** Both lanes have a driver of their own. */
  const withoutDriver = (text: string | undefined): string | undefined =>
    text?.replaceAll(/(data source default(?:<br\/>|\\n))[\w-]+/g, '$1DRIVER')
})

describe('PI-42: componentGraph()', () => {
  it('draws a container without a database', async () => {
    await using container = await Container.start({ components: [SmtpMailer], logger: silentLogger })
    const graph = componentGraph(container)
    expect(graph.name).toBe('container')
    expect(graph.nodes.map(({ id }) => id)).toEqual(['Container', 'SmtpMailer'])
    expect(graph.toMermaid({ title: false })).toBe('flowchart TB\n  SmtpMailer["SmtpMailer<br/>component"]\n')
  })

  it('PI-42: has an edge to each interceptor, which names the methods; of those that are not registered none', () => {
    @Interceptor()
    class Timing extends MethodInterceptor {
      intercept(_call: MethodCall, next: Next): unknown {
        return next()
      }
    }
    @Interceptor()
    class Unregistered extends Timing {}
    @Service()
    class Reports {
      @UseInterceptors(Timing)
      async daily(): Promise<void> {
        // nothing to report
      }

      @UseInterceptors(Timing, Unregistered)
      async yearly(): Promise<void> {
        // nothing to report
      }
    }
    const graph = componentGraph({ components: [Timing, Reports] })
    expect(graph.edges).toEqual([
      {
        from: 'Reports',
        to: 'Timing',
        kind: 'interceptor',
        token: 'Timing',
        site: 'Reports.daily, Reports.yearly',
        lazy: true,
        optional: false,
        fault: undefined,
      },
    ])
    expect(graph.toMermaid()).toContain('Reports -.->|"intercepted by"| Timing')
    expect(graph.toDot()).toContain('"Reports" -> "Timing" [label="intercepted by", style="dashed"];')
  })

  it('draws what could not start: missing, ambiguous, circular and shorter-lived parts, and builds nothing', () => {
    let built = 0
    const counts = (): void => {
      built += 1
    }
    class Cache {}
    @Component()
    class Left extends Cache {
      constructor(@Inject(() => Right) readonly right: unknown) {
        super()
        counts()
      }
    }
    @Component()
    class Right extends Cache {
      constructor(readonly left: Left) {
        super()
        counts()
      }
    }
    @Component({ scope: 'transaction' })
    class Passing {}
    @Component()
    class Keeper {
      constructor(
        readonly passing: Passing,
        readonly cache: Cache,
        @Inject(NOWHERE) readonly nowhere: string,
      ) {
        counts()
      }
    }
    const scopeSources = { transaction: { current: () => undefined, remedy: '' } }
    const graph = componentGraph({ components: [Left, Right, Passing, Keeper], scopeSources })
    expect(graph.edges.map(({ from, to, fault }) => [from, to, fault])).toEqual([
      ['Left', 'Right', undefined],
      ['Right', 'Left', undefined],
      ['Keeper', 'Passing', 'shorter-lived'],
      ['Keeper', 'Left', 'ambiguous'],
      ['Keeper', 'Right', 'ambiguous'],
      ['Keeper', 'Nowhere', 'missing'],
    ])
    expect(graph.toDot()).toContain('"Keeper" -> "Passing" [label="shorter-lived", color="red"];')
    expect(graph.toDot()).toContain(
      '"Nowhere" [label="Nowhere\\nmissing", shape="octagon", color="red", style="dashed"];',
    )
    expect(built).toBe(0)
  })

  it('numbers components of one name', () => {
    const [one, other] = [new InjectionToken<number>('Rate'), new InjectionToken<number>('Rate')]
    const providers = [provide(one, { useValue: 1 }), provide(other, { useFactory: rate => rate + 1, inject: [one] })]
    const { nodes, edges } = componentGraph({ providers })
    expect(nodes.map(({ id, name }) => [id, name])).toEqual([
      ['Container', 'Container'],
      ['Rate', 'Rate'],
      ['Rate#2', 'Rate'],
    ])
    expect(edges).toMatchObject([{ from: 'Rate#2', to: 'Rate', token: 'Rate' }])
  })

  it('draws two providers of one token, of which neither is primary', () => {
    const providers = [provide(CLOCK, { useValue: Date.now }), provide(CLOCK, { useValue: () => 0 })]
    const graph = componentGraph({ providers: [...providers, provide(TIME, { useExisting: CLOCK })] })
    expect(graph.edges).toMatchObject([
      { from: 'Time', to: 'Clock', fault: 'ambiguous' },
      { from: 'Time', to: 'Clock#2', fault: 'ambiguous' },
    ])
  })

  it('marks the primary one', () => {
    @Primary()
    @Component()
    class Chosen {}
    expect(componentGraph({ components: [Chosen] }).toMermaid()).toContain('["Chosen<br/>component, primary"]')
  })

  const HOSTILE = [
    'end',
    'class',
    '"] --> evil["',
    'a<b>&amp;</b>',
    '`code`',
    'back\\slash',
    'new\nline\r',
    '#quot;',
    '%% comment',
    'üñï ☕',
    '7up',
    '-->|x|',
    '\\N',
    '',
    '{{x}}',
    '[(x)]',
    "';DROP",
  ]

  it.each(HOSTILE)(
    'PI-W25: escapes the name %j in Mermaid: ids are words, and labels have nothing that ends them',
    name => {
      const lines = draw(name, 'toMermaid').split('\n')
      expect(lines[0]).toBe('flowchart TB')
      expect(lines.slice(1, -1)).toEqual([
        expect.stringMatching(/^ {2}\w+\("[\p{L}\p{N} .,:@_()/'#;-]*<br\/>provider"\)$/u),
        '  Other["Other<br/>provider"]',
        expect.stringMatching(/^ {2}Other --> \w+$/),
      ])
      for (const line of lines) expect(line.trim().split(/[( ]/)[0]).not.toMatch(/^(end|class|graph|style|click)$/i)
    },
  )

  it.each(HOSTILE)('PI-W25: escapes the name %j in DOT: each text is one quoted string', name => {
    const lines = draw(name, 'toDot').split('\n').slice(3, -2)
    const text = '"(?:[^"\\\\\n]|\\\\.)*"'
    expect(lines).toEqual([
      expect.stringMatching(new RegExp(`^ {2}${text} \\[label=${text}, shape="oval"\\];$`)),
      '  "Other" [label="Other\\nprovider", shape="box"];',
      expect.stringMatching(new RegExp(`^ {2}"Other" -> ${text};$`)),
    ])
  })

  it('gives names that differ only in their signs ids of their own in Mermaid', () => {
    const tokens = ['a-b', 'a+b', 'a_b', 'end', 'end_', 'END'].map(name => new InjectionToken<number>(name))
    const graph = componentGraph({ providers: tokens.map(token => provide(token, { useValue: 1 })) })
    const ids = graph
      .toMermaid({ title: false })
      .split('\n')
      .slice(1, -1)
      .map(line => line.trim().split('(')[0])
    expect(ids).toEqual(['a_b', 'a_b_2', 'a_b_3', 'end_', 'end__2', 'END_'])
  })

  it('quotes a title in both languages', () => {
    const graph = componentGraph({ providers: [provide(CLOCK, { useValue: Date.now })] })
    expect(graph.toMermaid({ title: 'a: "b"\n---' }).split('\n')[1]).toBe('title: "a: \\"b\\"\\n---"')
    expect(graph.toDot({ title: 'a "b"\nc' })).toContain('label="a \\"b\\"\\nc";')
  })

  function draw(name: string, method: 'toMermaid' | 'toDot'): string {
    const [token, other] = [new InjectionToken<number>(name), new InjectionToken<number>('Other')]
    const providers = [provide(token, { useValue: 1 }), provide(other, { useFactory: one => one, inject: [token] })]
    const graph = componentGraph({ providers })
    return graph[method]({ title: false })
  }
})

function node(facts: Readonly<Record<string, unknown>> & { readonly id: string }): object {
  return {
    name: facts.id,
    kind: 'class',
    scope: 'singleton',
    primary: false,
    overridden: false,
    qualifiers: [],
    builtIn: false,
    ...facts,
  }
}
