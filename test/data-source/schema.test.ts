import { transactional } from 'ambit'
import { Column, DataSource, Entity, type MigrationInterface, PrimaryGeneratedColumn, type QueryRunner } from 'typeorm'
import { openTransactions, postgresDatabase, rejection, type StartOptions, type World } from './harness'

// The schema modes, also when several applications start at once.

const postgres = postgresDatabase()

@Entity('tool')
class Tool {
  @PrimaryGeneratedColumn()
  id!: number

  @Column({ unique: true })
  name!: string
}

@Entity('tool')
class SharperTool {
  @PrimaryGeneratedColumn()
  id!: number

  @Column({ unique: true })
  name!: string

  @Column({ type: 'int', default: 1 })
  edges!: number
}

class CreateTool1700000000000 implements MigrationInterface {
  readonly name = 'CreateTool1700000000000'

  async up(runner: QueryRunner): Promise<void> {
    ran.push(this.name)
    await runner.query('CREATE TABLE tool (id serial PRIMARY KEY, name varchar NOT NULL UNIQUE)')
    // Long enough for the others to come.
    await runner.query('SELECT pg_sleep(0.1)')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE tool')
  }
}

class FillTool1700000000001 implements MigrationInterface {
  readonly name = 'FillTool1700000000001'

  async up(runner: QueryRunner): Promise<void> {
    ran.push(this.name)
    await runner.manager.insert(Tool, { name: 'saw' })
  }

  async down(): Promise<void> {}
}

class Failing1700000000002 implements MigrationInterface {
  readonly name = 'Failing1700000000002'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE half (id int)')
    await runner.query('SELECT nope')
  }

  async down(): Promise<void> {}
}

let ran: string[] = []
beforeEach(() => {
  ran = []
})

const MIGRATIONS = [CreateTool1700000000000, FillTool1700000000001]

function start(
  settings: NonNullable<StartOptions['settings']>,
  entities: readonly (new () => object)[] = [Tool],
): Promise<World> {
  return postgres.start({ settings, bootstrap: { entities, name: `app${(names += 1)}` } })
}

let names = 0

const tables = async (): Promise<string[]> => {
  const rows = await postgres.database.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
  )
  return rows.map(({ name }) => name)
}

async function assertNothingHeld(): Promise<void> {
  expect(await openTransactions(postgres.database)).toEqual([])
  expect(
    await postgres.database.query(
      `SELECT l.objid FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE l.locktype = 'advisory' AND d.datname = $1`,
      [postgres.database.name],
    ),
  ).toEqual([])
}

describe("schema: 'none'", () => {
  it('is the default, and touches nothing', async () => {
    await start({})
    expect(await tables()).toEqual([])
  })
})

describe("schema: 'create'", () => {
  it('S7 makes what is missing, and does nothing the second time', async () => {
    const first = await start({ schema: 'create' })
    expect(await tables()).toEqual(['tool'])
    await first.app.close()
    const second = await start({ schema: 'create' })
    expect(second.log.texts.filter(text => /^(CREATE|ALTER) TABLE/.test(text))).toEqual([])
  })

  it('works with a pool of one', async () => {
    await start({ schema: 'create', poolSize: 1 })
    expect(await tables()).toEqual(['tool'])
    await assertNothingHeld()
  })

  it.each([1, 4])('by four applications at once (pools of %i): every one starts', async poolSize => {
    const worlds = await Promise.all(Array.from({ length: 4 }, () => start({ schema: 'create', poolSize })))
    expect(worlds).toHaveLength(4)
    expect(await tables()).toEqual(['tool'])
    await assertNothingHeld()
  })
})

describe("schema: 'migrate'", () => {
  it('runs what is pending, once, in one transaction', async () => {
    const world = await start({ schema: 'migrate', migrations: MIGRATIONS })
    expect(ran).toEqual(['CreateTool1700000000000', 'FillTool1700000000001'])
    expect(await tables()).toEqual(['migrations', 'tool'])
    expect(world.log.texts.filter(text => /^(START|COMMIT|ROLLBACK)/.test(text))).toHaveLength(2)
    await world.app.close()
    await start({ schema: 'migrate', migrations: MIGRATIONS })
    expect(ran).toHaveLength(2)
    await assertNothingHeld()
  })

  it.each([1, 3])(
    'by four applications at once (pools of %i): each migration runs once, and every one starts',
    async poolSize => {
      const settings = { schema: 'migrate', migrations: MIGRATIONS, poolSize } as const
      const worlds = await Promise.all(Array.from({ length: 4 }, () => start(settings)))
      expect(ran).toEqual(['CreateTool1700000000000', 'FillTool1700000000001'])
      for (const world of worlds) {
        expect(await world.dataSource.getRepository(Tool).countBy({ name: 'saw' })).toBe(1)
        await world.app.run(() => transactional({}, () => world.dataSource.query('SELECT 1')))
      }
      await assertNothingHeld()
    },
  )

  it.each(['all', 'each', 'none'] as const)(
    'that fails (%s) fails the start with the migration’s error, and lets the lock go',
    async mode => {
      const settings = {
        schema: 'migrate',
        migrations: [...MIGRATIONS, Failing1700000000002],
        migrationsTransaction: mode,
        poolSize: 1,
      } as const
      const error = await rejection(start(settings))
      expect(error.message).toMatch(/column "nope" does not exist/)
      expect(await tables()).toEqual(
        { all: ['migrations'], each: ['migrations', 'tool'], none: ['half', 'migrations', 'tool'] }[mode],
      )
      await assertNothingHeld()
      expect(await rejection(Promise.resolve().then(() => transactional({}, async () => {})))).toMatchObject({
        code: 'AMBIT_APP_NONE',
      })
      await start({ schema: 'migrate', migrations: MIGRATIONS, poolSize: 1 })
      expect(await tables()).toContain('tool')
    },
  )

  it('waits for a process that migrates, whatever it is', async () => {
    const other = new DataSource({ type: 'postgres', url: postgres.database.url })
    await other.initialize()
    const runner = other.createQueryRunner()
    await runner.query('SELECT pg_advisory_lock(7264310527)')
    let started = false
    const starting = start({ schema: 'migrate', migrations: MIGRATIONS }).then(() => {
      started = true
    })
    for (let waits = 0; waits === 0;) {
      const [row] = await postgres.database.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = $1 AND wait_event = 'advisory'`,
        [postgres.database.name],
      )
      waits = row?.n ?? 0
    }
    expect([started, ran]).toEqual([false, []])
    await runner.release()
    await other.destroy()
    await starting
    expect(ran).toHaveLength(2)
  })
})

describe("schema: 'validate'", () => {
  it('passes where the database is what the entities say', async () => {
    await (await start({ schema: 'create' })).app.close()
    await start({ schema: 'validate' })
  })

  it('S8, S10: fails the start where it differs, with the statements that would bring it in line, and changes nothing', async () => {
    await (await start({ schema: 'create' })).app.close()
    const error = await rejection(start({ schema: 'validate' }, [SharperTool]))
    expect(error).toMatchObject({ name: 'SchemaMismatchError', code: 'AMBIT_DATA_SOURCE_SCHEMA' })
    expect(error.message).toBe(
      [
        "The schema of the data source 'default' differs from the entities; these statements would bring it in line:",
        `    ALTER TABLE "tool" ADD "edges" integer NOT NULL DEFAULT '1' [AMBIT_DATA_SOURCE_SCHEMA]`,
        "  where: data source 'default'",
        '  next:  Write a migration for them, or correct the entities.',
      ].join('\n'),
    )
    await (await start({ schema: 'validate' })).app.close()
    await assertNothingHeld()
  })

  it('of an empty database names the first ten statements, and says how many more there are', async () => {
    const many = Array.from({ length: 12 }, (_, at) => {
      class Made {
        id!: number
      }
      PrimaryGeneratedColumn()(Made.prototype, 'id')
      Entity(`made_${at}`)(Made)
      return Made
    })
    const error = await rejection(start({ schema: 'validate' }, many))
    expect(error.message.match(/CREATE TABLE/g)).toHaveLength(10)
    expect(error.message).toContain('… and 2 more')
    expect(await tables()).toEqual([])
  })
})

describe('an unknown schema mode', () => {
  it('is refused at start-up', async () => {
    expect(await rejection(start({ schema: 'recreate' as 'create' }))).toMatchObject({
      code: 'AMBIT_DATA_SOURCE_INVALID_SETTINGS',
    })
  })
})
