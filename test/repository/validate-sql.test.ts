import { createServer } from 'node:net'
import {
  type Application,
  bootstrap,
  type BootstrapOptions,
  CrudRepository,
  entityManager,
  type Page,
  PageRequest,
  Query,
  Repository,
  Service,
  type Slice,
  transactional,
  type Window,
  type WindowRequest,
} from 'ambit'
import { Column, DataSource, Entity, JoinColumn, ManyToOne, PrimaryGeneratedColumn } from 'typeorm'
import { lane } from '#lane'
import * as verdicts from '../../src/data-source/statements/statement-verdict'
import { ENGINES, engineDatabase, silentLogger } from '../support/engines'

@Entity('shelf')
class Shelf {
  @PrimaryGeneratedColumn() id!: number
  @Column() label!: string
}

@Entity('item')
class Item {
  @PrimaryGeneratedColumn() id!: number
  @Column() name!: string
  @Column({ type: 'integer', nullable: true }) weight!: number | null
  @ManyToOne(() => Shelf) @JoinColumn({ name: 'shelf_id' }) shelf!: Shelf
}

@Repository(Shelf)
class Shelves extends CrudRepository<Shelf> {}

/** One of each kind of query, all of them right. */
@Repository(Item)
class Items extends CrudRepository<Item> {
  @Query({ where: 'name = :name and shelf.label in :labels order by weight desc', result: 'one' })
  declare named: (params: { name: string; labels: string[] }) => Promise<Item | null>
  @Query({ result: 'page' })
  declare findByWeightGreaterThan: (weight: number, page: PageRequest) => Promise<Page<Item>>
  @Query({ result: 'slice' })
  declare findByShelfLabelOrderByNameAsc: (label: string, page: PageRequest) => Promise<Slice<Item>>
  @Query({ where: 'id > :id order by weight', select: ['name'], result: 'window' })
  declare namesByWeight: (id: number, request: WindowRequest) => Promise<Window<Pick<Item, 'name'>>>
  @Query({ where: 'id > :id', select: ['weight'], distinct: true, result: 'window' })
  declare weights: (id: number, request: WindowRequest) => Promise<Window<Pick<Item, 'weight'>>>
  @Query({ select: ['weight'], distinct: true })
  declare streamByName: (name: string) => AsyncIterable<Pick<Item, 'weight'>>
  @Query() declare countByWeightIsNull: () => Promise<number>
  @Query() declare existsByName: (name: string) => Promise<boolean>
  @Query() declare deleteByNameAndShelfLabel: (name: string, label: string) => Promise<number>
  @Query.sql('SELECT name, count(*) AS n FROM item WHERE weight > :least GROUP BY name', { result: 'page' })
  declare heavy: (least: number, page: PageRequest) => Promise<Page<unknown>>
  @Query.sql('UPDATE item SET weight = :weight', { result: 'affected' })
  declare weigh: (weight: number) => Promise<number>
  @Query.sql('INSERT INTO item (name, shelf_id) VALUES (:name, :shelf) RETURNING id', { result: 'scalar' })
  declare add: (params: { name: string; shelf: number }) => Promise<number>
}

/** What TypeORM asks when it connects. */
const OF_CONNECTING = ['SELECT version()', 'SELECT * FROM current_schema()', 'SHOW server_version']

interface Failure extends Error {
  readonly code?: string
  readonly problems?: readonly Problem[]
}

interface Problem {
  readonly code: string
  readonly message: string
  readonly databaseCode?: string
  readonly position?: { readonly index: number; readonly line: number; readonly column: number }
}

describe.each(ENGINES)('validateSql on $name', engine => {
  const db = engineDatabase(engine)
  const postgres = engine.name === 'PostgreSQL'
  let app: Application | undefined
  const tables = [
    postgres
      ? 'CREATE TABLE shelf (id serial PRIMARY KEY, label text)'
      : 'CREATE TABLE shelf (id integer PRIMARY KEY, label text)',
    postgres
      ? 'CREATE TABLE item (id serial PRIMARY KEY, name text, weight integer, shelf_id integer)'
      : 'CREATE TABLE item (id integer PRIMARY KEY, name text, weight integer, shelf_id integer)',
  ]

  beforeEach(async () => {
    for (const table of ['item', 'shelf']) await db.query(`DROP TABLE IF EXISTS ${table}`)
    for (const table of tables) await db.query(table)
    db.log.clear()
  })
  afterEach(async () => {
    await app?.close()
    app = undefined
  })

  const start = async (options: Partial<BootstrapOptions> = {}): Promise<Application> =>
    (app = await bootstrap({
      database: { ...db.settings, schema: 'none' },
      entities: [Item, Shelf],
      components: [Items, Shelves],
      validateSql: true,
      logger: silentLogger,
      ...options,
    }))
  const refused = (options: Partial<BootstrapOptions>): Promise<Failure> =>
    start(options).then(
      () => new Error('the application started'),
      (error: unknown) => error as Failure,
    )

  /** Nothing ran: on PostgreSQL only the transaction around the looking. */
  const expectNothingRan = (refusals: number): void => {
    const texts = db.log.texts.filter(text => text !== '' && !OF_CONNECTING.includes(text))
    if (!postgres) return expect(texts).toEqual([])
    expect(new Set(texts)).toEqual(new Set(['BEGIN READ ONLY', 'ROLLBACK']))
    expect(texts.filter(text => text.startsWith('BEGIN'))).toHaveLength(refusals + 1)
  }

  it('SP-58 a start whose SQL is right goes through, and tells how long the looking took', async () => {
    const running = await start()
    expectNothingRan(0)
    const phases = running.report().start.phases
    expect(phases.map(({ phase }) => phase)).toEqual([
      'data sources',
      'check',
      'connect',
      'schema',
      'validate sql',
      'components',
      'initializers',
      'plugins',
    ])
    expect(await running.get(Items).countByWeightIsNull()).toBe(0)
  })

  it('looks at the schema that the start has made', async () => {
    await db.query('DROP TABLE item')
    await db.query('DROP TABLE shelf')
    await start({ database: { ...db.settings, schema: 'create' } })
    expect(await app?.get(Items).count()).toBe(0)
  })

  it('SP-58 names class, method, code and place of everything that the database refuses, and builds nothing', async () => {
    let built = 0
    @Service()
    class Built {
      constructor() {
        built += 1
      }
    }
    @Repository()
    class Reports {
      @Query.sql('SELECT name\nFROM itm WHERE weight > :weight')
      declare noTable: (weight: number) => Promise<unknown[]>
      @Query.sql('SELECT wieght FROM item', { result: 'scalar' })
      declare noColumn: () => Promise<unknown>
      @Query.sql('SELECT weigh_it(weight) FROM item')
      declare noFunction: () => Promise<unknown[]>
      @Query.sql('SELECT name FRM item WHERE 1 = 1')
      declare noSyntax: () => Promise<unknown[]>
      @Query.sql('SELECT name FROM item', { result: 'page', countSql: 'SELECT count(*) FROM itms' })
      declare noCount: (page: PageRequest) => Promise<Page<unknown>>
      @Query.sql('SELECT name FROM item WHERE weight = :weight')
      declare fine: (weight: number) => Promise<unknown[]>
    }
    const failure = await refused({ components: [Built, Items, Shelves, Reports] })
    expect(failure.code).toBe('AMBIT_BOOTSTRAP_INVALID')
    expect(failure.message).toContain('the databases have prepared the SQL and run none of it')
    expect(built).toBe(0)
    const problems = failure.problems ?? []
    expect(problems.map(({ code }) => code)).toEqual(Array(5).fill('AMBIT_QUERY_SQL_INVALID'))
    const places = problems.map(({ message }) => /where: (\S+)/.exec(message)?.[1])
    expect(places).toEqual(['noColumn', 'noCount', 'noFunction', 'noSyntax', 'noTable'].map(each => `Reports.${each}`))
    expect(problems.map(({ databaseCode }) => databaseCode)).toEqual(
      postgres ? ['42703', '42P01', '42883', '42601', '42P01'] : Array(5).fill('SQLITE_ERROR'),
    )
    expect(problems[4]?.position).toEqual({ index: 17, line: 2, column: 6 })
    expect(problems[4]?.message).toContain('FROM itm WHERE weight > ')
    expect(problems[4]?.message).toContain('Create the table (is a migration missing?), or correct its name.')
    expect(problems[1]?.message).toContain('Reports.noCount (its total)')
    if (postgres) expect(problems[0]?.message).toContain('Perhaps you meant to reference the column "item.weight"')
    expectNothingRan(5)
  })

  it('SP-58 finds what the entities have and the database has not, in every query that uses it', async () => {
    await db.query('ALTER TABLE item DROP COLUMN weight')
    const failure = await refused({})
    const places = failure.problems?.map(({ message }) => /where: (.+)/.exec(message)?.[1])
    const queries = [
      'countByWeightIsNull',
      'findByShelfLabelOrderByNameAsc',
      'findByWeightGreaterThan',
      'heavy',
      'named',
      'namesByWeight',
      'streamByName',
      'weigh',
      'weights',
    ]
    for (const query of queries) expect(places).toContain(`Items.${query}`)
    expect(places?.filter(place => /findAll|insert|update/.test(place ?? '')).join()).toMatch(
      /findAll.*insert.*update/s,
    )
    expect(places?.join()).not.toMatch(/existsByName|deleteByName|Shelves|\badd\b/)
  })

  it('a table that is missing is one problem of the methods that a repository inherits', async () => {
    await db.query('DROP TABLE shelf')
    const failure = await refused({ components: [Shelves] })
    expect(failure.problems).toHaveLength(1)
    expect(failure.message).toContain('where: Shelves.findAll, count, findById, exists, deleteById, insert, update')
  })

  it('runs nothing: neither functions, nor sequences, nor writes', async () => {
    if (postgres) {
      await db.query('CREATE SEQUENCE IF NOT EXISTS ticket')
      await db.query(`CREATE OR REPLACE FUNCTION shout() RETURNS int LANGUAGE plpgsql VOLATILE
        AS $$ BEGIN INSERT INTO shelf (label) VALUES ('shouted'); RETURN 1; END $$`)
      await db.query(`CREATE OR REPLACE FUNCTION fail() RETURNS int LANGUAGE plpgsql IMMUTABLE
        AS $$ BEGIN RAISE EXCEPTION 'was run'; END $$`)
    }
    await db.query("INSERT INTO shelf (label) VALUES ('kept')")
    @Repository()
    class Effects {
      @Query.sql('DELETE FROM shelf', { result: 'affected' })
      declare remove: () => Promise<number>
      @Query.sql("INSERT INTO shelf (label) VALUES ('new') RETURNING id", { result: 'scalar' })
      declare insert: () => Promise<number>
    }
    @Repository()
    class PostgresEffects {
      @Query.sql('SELECT shout()', { result: 'scalar' }) declare shout: () => Promise<number>
      @Query.sql('SELECT fail() WHERE fail() = 1', { result: 'scalar' }) declare fail: () => Promise<number>
      @Query.sql("SELECT nextval('ticket')", { result: 'scalar' }) declare ticket: () => Promise<number>
      @Query.sql('TRUNCATE shelf', { result: 'affected' }) declare truncate: () => Promise<number>
      @Query.sql('SELECT pg_sleep(60)', { result: 'scalar' }) declare sleep: () => Promise<unknown>
      @Query.sql('COMMIT', { result: 'affected' }) declare commit: () => Promise<number>
    }
    @Repository()
    class SqliteEffects {
      @Query.sql('PRAGMA user_version = 7', { result: 'affected' }) declare version: () => Promise<number>
      @Query.sql('EXPLAIN PRAGMA user_version = 7') declare explained: () => Promise<unknown>
      @Query.sql('PRAGMA journal_mode = DELETE') declare journal: () => Promise<unknown>
      // A flag is set while the statement is compiled.
      @Query.sql('PRAGMA recursive_triggers = ON') declare flag: () => Promise<unknown>
      @Query.sql('EXPLAIN PRAGMA recursive_triggers = ON') declare explainedFlag: () => Promise<unknown>
      @Query.sql('DROP TABLE shelf', { result: 'affected' }) declare drop: () => Promise<number>
    }
    const before = await state()
    await start({ components: [Effects, postgres ? PostgresEffects : SqliteEffects] })
    expectNothingRan(0)
    expect(await state()).toEqual(before)
    if (!postgres) {
      const flag = transactional({}, () => entityManager().query('PRAGMA recursive_triggers'))
      expect(await flag).toEqual([{ recursive_triggers: 0 }])
    }

    async function state(): Promise<unknown> {
      const shelves = await db.query('SELECT * FROM shelf')
      const more = postgres ? 'SELECT last_value, is_called FROM ticket' : 'PRAGMA user_version'
      const journal = postgres ? [] : await db.query('PRAGMA journal_mode')
      // The start itself switches a file to WAL.
      return [shelves, await db.query(more), journal.length]
    }
  })

  /** Its page and slices are in a total order, which the key gives where a query's own does not. */
  @Repository(Item)
  class Names extends CrudRepository<Item> {
    @Query({ where: 'weight is not null order by name', select: ['name'], result: 'page' })
    declare named: (page: PageRequest) => Promise<Page<Pick<Item, 'name'>>>
    @Query({ where: 'weight is not null', select: ['name'], distinct: true, result: 'page' })
    declare distinct: (page: PageRequest) => Promise<Page<Pick<Item, 'name'>>>
    @Query({ where: 'weight is not null', select: ['weight'], result: 'slice' })
    declare weighed: (page: PageRequest) => Promise<Slice<Pick<Item, 'weight'>>>
  }

  it('prepares of pages of projections what they send: their rows in a total order, and the total', async () => {
    const judged = jest.spyOn(verdicts, 'judgeStatements')
    try {
      const names = (await start({ components: [Names] })).get(Names)
      for (const name of ['a', 'b', 'c']) await db.query(`INSERT INTO item (name, weight) VALUES ('${name}', 7)`)
      db.log.clear()
      // Behind a full page nobody knows whether more follow: so both statements are sent.
      const second = PageRequest.of(1, 1)
      expect(await names.named(second)).toMatchObject({ content: [{ name: 'b' }], total: 3 })
      expect(await names.distinct(second)).toMatchObject({ content: [{ name: 'b' }], total: 3 })
      const sent = db.log.texts.filter(text => text.startsWith('SELECT'))
      expect(sent).toHaveLength(4)
      expect(judged.mock.calls.flatMap(([, texts]) => texts)).toEqual(expect.arrayContaining(sent))
    } finally {
      judged.mockRestore()
    }
  })

  it('finds that the key is missing, by which pages and slices of projections are ordered', async () => {
    await db.query('DROP TABLE item')
    await db.query('CREATE TABLE item (name text, weight integer)')
    const failure = await refused({ components: [Names] })
    const places = failure.problems?.map(({ message }) => /where: (.+)/.exec(message)?.[1])
    expect(places).toEqual(expect.arrayContaining(['Names.named', 'Names.weighed']))
    expect(places).not.toContain('Names.distinct')
  })

  it('rows that are asked for must have columns', async () => {
    @Repository()
    class Empty {
      @Query.sql(postgres ? 'SELECT FROM item' : 'CREATE TEMP TABLE x (a)', { result: 'one' })
      declare nothing: () => Promise<unknown>
    }
    if (!postgres && lane.name !== 'main') return // sqlite3 tells no columns
    const failure = await refused({ components: [Empty] })
    expect(failure.problems).toEqual([expect.objectContaining({ code: 'AMBIT_QUERY_KIND_MISMATCH' })])
    expect(failure.message).toContain('The SQL of Empty.nothing answers no columns')
  })

  it('is off by default, and a data source of its own mind comes first', async () => {
    @Repository()
    class Broken {
      @Query.sql('SELECT * FROM nowhere') declare nowhere: () => Promise<unknown[]>
    }
    const database = { ...db.settings, schema: 'none' as const }
    const components = [Broken]
    await start({ components, validateSql: false })
    expect(db.log.texts).toEqual([])
    await app?.close()
    await start({ components, validateSql: true, database: { ...database, validateSql: false } })
    expect(app?.report().start.phases.map(({ phase }) => phase)).not.toContain('validate sql')
    await app?.close()
    app = undefined
    const failure = await refused({ components, validateSql: false, database: { ...database, validateSql: true } })
    expect(failure.problems).toHaveLength(1)
  })

  it.each([
    ['of bootstrap', { validateSql: 'yes' }, 'AMBIT_BOOTSTRAP_OPTIONS'],
    [
      'of a data source',
      { database: { url: 'sqlite::memory:', validateSql: 1 } },
      'AMBIT_DATA_SOURCE_INVALID_SETTINGS',
    ],
  ])('the option %s is true or false', async (_, options, code) => {
    expect(await refused(options as unknown as BootstrapOptions)).toMatchObject({ code })
  })

  it('leaves no connection in use and no transaction open', async () => {
    const running = await start()
    expect(await db.leftovers(running, 'default')).toEqual({ checkedOut: 0, waiting: 0, openTransactions: 0 })
  })

  it('does not wait longer than its bound for whoever has locked what it looks at', async () => {
    const other = new DataSource(
      postgres
        ? { type: 'postgres', url: db.url, applicationName: 'ambit_test_admin' }
        : ({
            type: lane.name === 'main' ? 'better-sqlite3' : 'sqlite',
            database: db.url.slice('sqlite:'.length),
          } as never),
    )
    await other.initialize()
    const runner = other.createQueryRunner()
    try {
      await runner.query(postgres ? 'BEGIN' : 'PRAGMA locking_mode = EXCLUSIVE')
      await runner.query(postgres ? 'LOCK TABLE item IN ACCESS EXCLUSIVE MODE' : 'BEGIN EXCLUSIVE')
      const failure = await refused({ waitTimeoutMs: 300 })
      expect(failure.code).toMatch(postgres ? 'AMBIT_DATABASE_TIMEOUT' : 'AMBIT_SQLITE_FILE_LOCKED')
    } finally {
      await runner.query('ROLLBACK')
      await runner.release()
      await other.destroy()
    }
  })

  if (postgres) {
    it('one round trip is enough for any number of statements that are right', async () => {
      class Wide {}
      for (let index = 0; index < 200; index += 1)
        Query.sql(`SELECT ${index} AS n FROM item`)(Wide.prototype, `query${index}`)
      Repository()(Wide)
      await start({ components: [Wide] })
      expectNothingRan(0)
    })

    it('a parameter of no known type is refused, as its calls would be', async () => {
      @Repository()
      class Vague {
        @Query.sql('SELECT 1 AS one WHERE :maybe IS NULL')
        declare vague: (maybe: string | null) => Promise<unknown[]>
        @Query.sql('SELECT 1 AS one WHERE :maybe::text IS NULL')
        declare plain: (maybe: string | null) => Promise<unknown[]>
      }
      const failure = await refused({ components: [Vague] })
      expect(failure.problems).toEqual([expect.objectContaining({ databaseCode: '42P18' })])
      expect(failure.message).toContain("Say the parameter's type with a cast: :name::text.")
      const running = await start({ components: [Vague], validateSql: false })
      await expect(running.get(Vague).vague('x')).rejects.toMatchObject({ databaseCode: '42P18' })
      expect(await running.get(Vague).plain(null)).toEqual([{ one: 1 }])
    })

    it('a place behind signs outside the Basic Multilingual Plane is counted as JavaScript does', async () => {
      @Repository()
      class Smiling {
        @Query.sql("SELECT '😀😀' AS smile, wieght FROM item") declare smile: () => Promise<unknown[]>
      }
      const failure = await refused({ components: [Smiling] })
      expect(failure.problems?.[0]?.position?.index).toBe("SELECT '😀😀' AS smile, ".length)
    })

    it('a server that is away fails the start, and says so', async () => {
      const server = createServer()
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as { port: number }
      await new Promise(resolve => server.close(resolve))
      const url = `postgres://somebody:do-not-tell@127.0.0.1:${port}/shop`
      const failure = await refused({ database: { url, connectTimeoutMs: 1_000 } })
      expect(failure.code).toBe('AMBIT_DATA_SOURCE_UNREACHABLE')
      expect(failure.message).not.toContain('do-not-tell')
    })

    it('a server that never answers is given up', async () => {
      const failure = await refused({ waitTimeoutMs: 100, components: [Shelves], database: await silentPool() })
      expect(failure.message).toMatch(/no answer within 1100 ms/)
    })
  }

  /** A data source whose client swallows what it is asked. */
  async function silentPool(): Promise<BootstrapOptions['database'] & object> {
    const dataSource = new DataSource({ type: 'postgres', url: db.url, entities: [Shelf, Item] })
    await dataSource.initialize()
    const { driver } = dataSource as unknown as { driver: { obtainMasterConnection(): Promise<[object, unknown]> } }
    const obtain = driver.obtainMasterConnection.bind(driver)
    driver.obtainMasterConnection = async () => {
      const [client, release] = await obtain()
      const query = (client as { query(...args: unknown[]): unknown }).query.bind(client)
      const quiet = (given: unknown, ...rest: unknown[]): unknown =>
        typeof given === 'object' ? undefined : query(given, ...rest)
      return [Object.assign(client, { query: quiet }), release]
    }
    return { dataSource }
  }
})
