import { CrudRepository, dataSourceToken, Repository } from 'ambit'
import { RowsLostError } from 'ambit/errors'
import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn, type ObjectLiteral } from 'typeorm'
import { countedRows } from '../../../src/query/plan/counted-rows'
import { ENGINES, engineDatabase, runningApplication, type TestEngine } from '../../support/engines'

/** Columns whose values come as lists. */
@Entity('many_listed')
class Listed {
  @PrimaryGeneratedColumn({ type: 'bigint' }) id!: string
  @Column({ type: 'varchar', nullable: true }) name!: string | null
  @Column({ type: 'varchar', length: 3, nullable: true }) short!: string | null
  @Column({ type: 'char', length: 3, nullable: true }) fixed!: string | null
  @Column({ type: 'enum', enum: ['a', 'NULL', 'b "c"'], nullable: true }) state!: string | null
  @Column({ type: 'interval', nullable: true }) span!: unknown
  @Column({ type: 'bit', length: 4, nullable: true }) bits!: string | null
  @Column({ type: 'numeric', precision: 5, scale: 2, nullable: true }) price!: number | string | null
  @Column({ type: 'double precision', nullable: true }) ratio!: number | null
  @Column({ type: 'jsonb', nullable: true }) body!: unknown
  @Column({ type: 'bytea', nullable: true }) bytes!: Buffer | null
  @Column({ type: 'timestamp', precision: 0, nullable: true }) at!: Date | null
  @Column({ type: 'inet', nullable: true }) address!: string | null
}

/** Columns that have no list: arrays have their own brackets, and boxes another comma. */
@Entity('many_boxed')
class Boxed {
  @PrimaryGeneratedColumn('uuid') id!: string
  @Column({ type: 'varchar', nullable: true }) name!: string | null
  @Column({ type: 'box', nullable: true }) box!: string | null
  @Column({ type: 'text', array: true, nullable: true }) tags!: string[] | null
}

@Entity('many_keyed')
class Keyed {
  @PrimaryColumn('uuid', { default: () => 'gen_random_uuid()' }) id!: string
  @PrimaryColumn('varchar') name!: string
}

@Entity('many_bare')
class Bare {
  @PrimaryGeneratedColumn('identity', { generatedIdentity: 'ALWAYS' }) id!: number
  @Column({ type: 'varchar', nullable: true }) ordinality!: string | null
}

@Entity('many_counted')
class Counted {
  @PrimaryGeneratedColumn('identity') id!: number
  @Column() name!: string
}

/** The application gives all of it. */
@Entity('many_given')
class Given {
  @PrimaryColumn('varchar') code!: string
}

/** Its columns get types that TypeORM cannot declare. */
@Entity('many_typed')
class Typed {
  @PrimaryGeneratedColumn() id!: number
  @Column({ type: 'varchar', nullable: true }) pair!: string | null
  @Column({ type: 'varchar', nullable: true }) list!: string | null
}

@Repository(Listed)
class ListedRows extends CrudRepository<Listed, string> {}
@Repository(Boxed)
class BoxedRows extends CrudRepository<Boxed, string> {}
@Repository(Keyed)
class KeyedRows extends CrudRepository<Keyed, Pick<Keyed, 'id' | 'name'>> {}
@Repository(Bare)
class BareRows extends CrudRepository<Bare> {}
@Repository(Given)
class GivenRows extends CrudRepository<Given, string> {}
@Repository(Typed)
class TypedRows extends CrudRepository<Typed> {}
@Repository(Counted)
class CountedRows extends CrudRepository<Counted> {}

const TABLES = { entities: [Listed, Boxed, Keyed, Bare], components: [ListedRows, BoxedRows, KeyedRows, BareRows] }
const POSTGRES = ENGINES.filter(({ name }) => name === 'PostgreSQL') as [TestEngine]

const HOSTILE = [
  '',
  ' ',
  ' a ',
  'NULL',
  'null',
  '"',
  '\\',
  '\\"',
  '{}',
  '{"a",b}',
  ',',
  "'",
  '\n\r\t',
  '$1',
  'é🎉',
  '\\N',
]

/** What PostgreSQL has said. */
function sqlState(error: unknown): string {
  return String((error as { cause: { driverError: { code: unknown } } }).cause.driverError.code)
}

describe.each(POSTGRES)('the statement of many rows on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => TABLES)
  const rows = (): ListedRows => running.app.get(ListedRows)
  const stored = (table: string): Promise<ObjectLiteral[]> =>
    db.query(`SELECT *, '' AS id FROM ${table} ORDER BY ${table}.id`)
  const inserts = (): string[] => db.log.texts.filter(text => text.includes('INSERT INTO'))

  /** What rows are stored as one by one, and what together, by which statement. */
  async function bothWays(
    given: readonly Partial<Listed>[],
  ): Promise<{ alone: unknown[]; together: unknown[]; text: string }> {
    for (const each of given) await rows().insert(each)
    const alone = await stored('many_listed')
    await rows().deleteMany({ all: true })
    db.log.clear()
    await rows().insertAll(given)
    return { alone, together: await stored('many_listed'), text: inserts().join(';\n') }
  }

  it('takes a list for each column, without a second look at the rows', async () => {
    const made = await rows().insertAll([
      { name: 'a', price: 1 },
      { name: 'b', price: 2 },
    ])
    expect(made.map(({ id }) => BigInt(id))).toEqual([BigInt(made[0]?.id ?? 0), BigInt(made[0]?.id ?? 0) + 1n])
    expect(inserts()).toEqual([
      'INSERT INTO "many_listed"("name", "price") SELECT r."name", r."price" FROM unnest(' +
        'COALESCE($1, ARRAY(SELECT "name" FROM "many_listed" LIMIT 0)), ' +
        'COALESCE($2, ARRAY(SELECT "price" FROM "many_listed" LIMIT 0))) WITH ORDINALITY r("name", "price", ambit_place) ' +
        'ORDER BY r.ambit_place RETURNING "id"',
    ])
  })

  it('stores texts as they are, whatever stands in them', async () => {
    const { alone, together, text } = await bothWays([...HOSTILE.map(name => ({ name })), { name: null }])
    expect(together).toEqual(alone)
    expect(together.map(row => (row as Listed).name)).toEqual([...HOSTILE, null])
    expect(text).toMatch(/unnest/)
  })

  it('M18 stores values of all types as an INSERT of one does', async () => {
    const { alone, together, text } = await bothWays([
      ...HOSTILE.map(name => ({ body: { [name]: [name, null] } })),
      ...HOSTILE.map(name => ({ body: name })),
      ...[0, -0, 1e21, -1.5e-7, NaN, Infinity, -Infinity].map(ratio => ({ ratio })),
      ...[1.005, '-999.99', 'NaN', 0, '1e2'].map(price => ({ price })),
      ...['a', 'ab ', 'abc  ', ''].map(fixed => ({ fixed })),
      ...['a', 'NULL', 'b "c"', null].map(state => ({ state })),
      ...['1', '1 day', '-02:03:04.5', null].map(span => ({ span })),
      ...['', '00ff', '5c22'].map(hex => ({ bytes: Buffer.from(hex, 'hex') })),
      ...['2024-01-31T23:59:59.500Z', '0099-01-01T00:00:00Z'].map(at => ({ at: new Date(at) })),
      { bits: '0101' },
      { bits: '1111' },
      { address: '10.0.0.1/8' },
      { address: '::1' },
    ])
    expect(together).toEqual(alone)
    expect(text.match(/unnest/g)).toHaveLength(10)
  })

  it.each<[string, Partial<Listed>]>([
    ['a text that is too long', { short: 'abcd' }],
    ['a number that is too large', { price: 1000 }],
    ['a number that is none', { price: 'x' }],
    ['a word that an enum does not have', { state: 'c' }],
    ['bits that are too few', { bits: '01' }],
    ['an address that is none', { address: 'here' }],
  ])('refuses %s as an INSERT of one does, and stores none', async (_, wrong) => {
    const alone = await rows()
      .insert(wrong)
      .catch((error: unknown) => error)
    const together = await rows()
      .insertAll([
        { ...wrong, name: 'a' },
        { ...wrong, name: 'b' },
      ])
      .catch((error: unknown) => error)
    expect(alone).toBeInstanceOf(Error)
    expect((together as Error).constructor).toBe((alone as Error).constructor)
    expect(sqlState(together)).toMatch(/^2/)
    expect(sqlState(together)).toBe(sqlState(alone))
    expect(await rows().count()).toBe(0)
  })

  it.each<[string, string, (name: string, at: number) => Partial<Boxed>]>([
    ['JSON for arrays', 'json_populate_recordset', name => ({ name, tags: [name, 'x'] })],
    ['JSON for boxes', 'json_populate_recordset', (name, at) => ({ name, box: `(${at},1),(0,0)` })],
    ['lists for all else', 'unnest', name => ({ name })],
  ])('takes %s, and matches keys that do not count', async (_, from, make) => {
    const boxed = running.app.get(BoxedRows)
    const given = HOSTILE.map(make)
    const made = await boxed.insertAll(given)
    expect(inserts()).toHaveLength(1)
    expect(inserts()[0]).toMatch(new RegExp(`^WITH ambit_given .* FROM ${from}\\(.* ORDER BY g\\.ambit_place$`))
    const byId = new Map((await boxed.findAll()).map(each => [each.id, each]))
    expect(made.map(({ id }) => byId.get(id))).toMatchObject(given)
  })

  it('matches keys that the application gives where something is to be told of the rows', async () => {
    const keyed = running.app.get(KeyedRows)
    const made = await keyed.insertAll(HOSTILE.map(name => ({ name })))
    const all = new Map((await keyed.findAll()).map(each => [each.id, each.name]))
    expect(made.map(({ id }) => all.get(id))).toEqual(HOSTILE)
  })

  it('gives what PostgreSQL cannot store the error and the text that an INSERT of one gives it', async () => {
    const zero = await rows()
      .insert({ name: 'a\0b' })
      .catch((error: unknown) => error)
    const zeros = await rows()
      .insertAll([{ name: 'a\0b' }, { name: '\\' }])
      .catch((error: unknown) => error)
    expect([zero, zeros].map(sqlState)).toEqual(['22021', '22021'])
    await rows().insertAll([{ name: 'x\ud800' }, { name: '\udc00y\\' }])
    expect((await stored('many_listed')).map(row => (row as Listed).name)).toEqual(['x\ufffd', '\ufffdy\\'])
  })

  it('takes rows that give nothing, and a table with a column of the place’s name', async () => {
    const made = await running.app.get(BareRows).insertAll([{}, {}, {}])
    const named = await running.app.get(BareRows).insertAll([{ ordinality: 'x' }, { ordinality: 'y' }])
    const all = await running.app.get(BareRows).findAll()
    expect(all).toMatchObject([...made, ...named])
  })

  it('keeps each in its order where many draw from one sequence', async () => {
    const all = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async who => {
        const given = Array.from({ length: 300 }, (_, at) => ({ name: `${who}${at}` }))
        return rows().insertAll(given)
      }),
    )
    const names = new Map((await rows().findAll()).map(({ id, name }) => [id, name]))
    expect(all.flat().every(({ id, name }) => names.get(id) === name)).toBe(true)
    expect(names.size).toBe(1_200)
  })
})

const LISTENING = POSTGRES.flatMap(engine => [false, true].map(heard => ({ engine, name: engine.name, heard })))

describe.each(LISTENING)('rows with nothing to tell on $name, listened to: $heard', ({ engine, heard }) => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Given], components: [GivenRows] }))

  it('are counted', async () => {
    const rows = running.app.get(GivenRows)
    const { subscribers } = running.app.get(dataSourceToken('default'))
    if (heard) subscribers.push({ beforeQuery: () => undefined })
    const made = await rows.insertAll([{ code: 'b' }, { code: 'a' }])
    expect(made).toEqual([{ code: 'b' }, { code: 'a' }])
    expect(db.log.texts.filter(text => text.includes('RETURNING'))).toEqual([])
    await db.query(`CREATE FUNCTION dropping() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.code = 'drop' THEN RETURN NULL; END IF; RETURN NEW; END $$`)
    await db.query('CREATE TRIGGER dropping BEFORE INSERT ON many_given FOR EACH ROW EXECUTE FUNCTION dropping()')
    const lost = rows.insertAll([{ code: 'c' }, { code: 'drop' }])
    await expect(lost).rejects.toMatchObject({ code: 'AMBIT_QUERY_ROWS_LOST', expected: 2, actual: 1 })
    expect((await rows.findAll()).map(({ code }) => code).sort()).toEqual(['a', 'b'])
  })
})

describe.each(POSTGRES)('types of the database’s own on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Typed], components: [TypedRows] }))

  it('are stored as an INSERT of one stores them: rows come as JSON, domains of arrays in lists', async () => {
    await db.query("CREATE DOMAIN many_list AS integer[] CHECK (VALUE <> '{7}')")
    await db.query('CREATE TYPE many_pair AS (a integer, b text)')
    await db.query('ALTER TABLE many_typed ALTER pair TYPE many_pair USING NULL, ALTER list TYPE many_list USING NULL')
    const rows = running.app.get(TypedRows)
    const given = [
      ...['(1,"a ""b""")', '(2,)'].map(pair => ({ pair })),
      ...['{1,2}', '{}', '{NULL}'].map(list => ({ list })),
    ]
    for (const each of given) await rows.insert(each)
    const stored = (): Promise<unknown[]> => db.query('SELECT pair::text, list::text FROM many_typed ORDER BY id')
    const alone = await stored()
    await rows.deleteMany({ all: true })
    db.log.clear()
    await rows.insertAll(given)
    expect(await stored()).toEqual(alone)
    const from = db.log.texts.flatMap(text => /INSERT.* FROM (\w+)\(/.exec(text)?.[1] ?? [])
    expect(from).toEqual(['json_populate_recordset', 'unnest'])
    const refused = await rows.insert({ list: '{7}' }).catch((error: unknown) => error)
    const together = await rows.insertAll([{ list: '{1}' }, { list: '{7}' }]).catch((error: unknown) => error)
    expect([refused, together].map(sqlState)).toEqual(['23514', '23514'])
    expect(await stored()).toEqual(alone)
  })
})

describe.each(POSTGRES)('numbers that begin anew on $name', engine => {
  const db = engineDatabase(engine)
  const tables = { entities: [Listed, Counted], components: [ListedRows, CountedRows] }
  const running = runningApplication(db, () => tables)
  const begin = (table: string): Promise<unknown> =>
    db.query(`ALTER SEQUENCE ${table}_id_seq MINVALUE 1 MAXVALUE 8 START WITH 5 RESTART CYCLE`)
  const given = Array.from({ length: 6 }, (_, at) => `n${at}`)

  it('are noticed where they did not when the table was looked at, and none is stored', async () => {
    const rows = running.app.get(ListedRows)
    await rows.insertAll([{ name: 'a' }, { name: 'b' }])
    await rows.deleteMany({ all: true })
    await begin('many_listed')
    const lost = rows.insertAll(given.map(name => ({ name })))
    await expect(lost).rejects.toBeInstanceOf(RowsLostError)
    await expect(lost).rejects.toMatchObject({ entity: 'Listed', expected: 6, actual: 4 })
    expect(await rows.count()).toBe(0)
  })

  it('are matched where that is known', async () => {
    const rows = running.app.get(CountedRows)
    await begin('many_counted')
    const made = await rows.insertAll(given.map(name => ({ name })))
    expect(made.map(({ id }) => id)).toEqual([5, 6, 7, 8, 1, 2])
    const stored = new Map((await rows.findAll()).map(({ id, name }) => [id, name]))
    expect(made.map(({ id }) => stored.get(id))).toEqual(given)
  })
})

describe('countedRows', () => {
  const rows = (...ids: unknown[]): { id: unknown }[] => ids.map(id => ({ id }))

  it.each<[string, unknown[], number]>([
    ['none', [], 0],
    ['one', [7], 1],
    ['numbers that go up, with gaps', [1, 2, 9], 3],
    ['numbers that go down', [9, 2, 1], 3],
    ['texts of numbers, by their value', ['9', '10', '9007199254740993', '9007199254740994'], 4],
    ['numbers that go up and down', [1, 2, 1], 2],
    ['numbers that go down and up', [3, 2, 3], 2],
    ['a number that is there twice', [1, 1], 1],
    ['a number that is there twice, later', [1, 2, 2, 3], 2],
    ['what are no numbers', ['b', 'a', {}], 3],
    ['nothing', [undefined, null], 2],
  ])('%s', (_, ids, count) => {
    expect(countedRows(rows(...ids), 'id')).toBe(count)
  })
})
