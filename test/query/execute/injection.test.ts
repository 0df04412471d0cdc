import {
  CrudRepository,
  defineQueryable,
  isAmbitError,
  type QueryInput,
  QueryParser,
  Repository,
  Sort,
  where,
} from 'ambit'
import { Column, Entity, JoinColumn, ManyToOne, PrimaryGeneratedColumn } from 'typeorm'
import { DynamicQueries } from '../../../src/query/execute/dynamic-queries'
import { bindingOf } from '../../../src/repository/binding'
import { ENGINES, engineDatabase, type EngineDatabase, runningApplication } from '../../support/engines'

@Entity('vault')
class Vault {
  @PrimaryGeneratedColumn() id!: number
  @Column() owner!: string
}

@Entity('coin')
class Coin {
  @PrimaryGeneratedColumn() id!: number
  @Column() name!: string
  @Column({ type: 'int' }) worth!: number
  @Column({ name: 'password' }) secret!: string
  @ManyToOne(() => Vault) @JoinColumn() vault!: Vault | null
}

@Repository(Coin)
class Coins extends CrudRepository<Coin> {}

@Repository(Vault)
class Vaults extends CrudRepository<Vault> {}

const coins = defineQueryable(Coin, { filter: ['name', 'worth', 'vault.owner'], sort: ['name', 'worth'] })

/** What people write into the fields of forms. */
const CORPUS: readonly string[] = [
  "' OR '1'='1",
  "' OR 1=1 --",
  "'; DROP TABLE coin; --",
  "'); DELETE FROM coin; --",
  '"; DROP TABLE coin; --',
  '\' UNION SELECT "password" FROM coin --',
  '1; UPDATE coin SET worth = 0',
  '1 OR 1=1',
  "admin'/*",
  '*/ or 1=1 /*',
  "\\'; DROP TABLE coin; --",
  "\\\\' OR 1=1 --",
  "'' OR ''=''",
  "%' OR '%'='",
  '$$; DROP TABLE coin; $$',
  '$1',
  '$2::text',
  '?',
  '?1',
  '@p',
  ':name',
  ':v1',
  ':ambit_1',
  ':...v1',
  '{{v1}}',
  "E'\\''; DROP TABLE coin; --",
  "U&'\\0027 OR 1=1'",
  "x' || (SELECT owner FROM vault) || '",
  'name); DROP TABLE coin; --',
  'name`; DROP TABLE coin; --',
  'name" , (SELECT 1)',
  'entity.name',
  '"entity"."name"',
  'entity"."pass"word',
  'pass"word',
  'secret',
  '__proto__',
  'constructor',
  'toString',
  'name.__proto__',
  'vault.owner.length',
  '\u02bc OR 1=1 --',
  '\uff07 OR 1=1 --',
  "'\u0000; DROP TABLE coin",
  '\u202e1=1 RO',
  "𝕏' OR 1=1",
  'pg_sleep(10)',
  '1; SELECT pg_sleep(10)',
  'load_extension("x")',
  'sqlite_master',
  '1e1000; DROP TABLE coin',
  '0x41',
  '1/0',
  '-1',
  'NULL',
  'true) OR (true',
]

/** A text in every place where an outsider's text may stand. */
function inputsOf(text: string): readonly QueryInput[] {
  const quoted = [`'${text}'`, `"${text}"`, `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`]
  return [
    { filter: text },
    { filter: `${text} = 1` },
    { filter: `worth = ${text}` },
    { filter: `name = 'a' ${text}` },
    { filter: `\`${text}\` = 'a'` },
    { sort: text },
    { sort: `-${text}` },
    { sort: `name ${text}` },
    { sort: `\`${text}\` desc` },
    { limit: text },
    { offset: text },
    ...quoted.flatMap(value => [
      { filter: `name = ${value}` },
      { filter: `name in (${value}, 'x') or vault.owner = ${value} ignore case` },
      { filter: `name like ${value} or name contains ${value} or name starts with ${value}` },
      { filter: `not (name not ends with ${value} and worth between ${value} and 2)` },
    ]),
  ]
}

describe.each(ENGINES)('texts that attack $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Coin, Vault], components: [Coins, Vaults] }))
  const queries = (): DynamicQueries => DynamicQueries.of(bindingOf(running.app.get(Coins)).context)
  const find = (request: Parameters<DynamicQueries['prepare']>[0]): Promise<object[]> =>
    Promise.resolve(running.app.run(() => queries().prepare(request, 'Coins.findMany').select({ limit: 100 })))

  beforeEach(async () => {
    const vault = await running.app.get(Vaults).save({ owner: "O'Hara" })
    await running.app.get(Coins).saveAll([
      { name: 'a', worth: 1, secret: 's3cr3t', vault },
      { name: "'; DROP TABLE coin; --", worth: 2, secret: 's3cr3t', vault: null },
    ])
  })

  it('change nothing, and find nothing but what they name', async () => {
    const before = await dump(db)
    let ran = 0
    for (const text of CORPUS) {
      for (const input of inputsOf(text)) {
        try {
          const params = coins.parse(input)
          const found = await find({ specification: params, order: params.sort?.terms })
          ran++
          // What is a value is a value: only the coin of that name has it.
          if (input.filter === `name = '${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`)
            expect(found.map(coin => (coin as Coin).name)).toEqual(text === "'; DROP TABLE coin; --" ? [text] : [])
        } catch (error) {
          if (!isAmbitError(error) || !error.code.startsWith('AMBIT_QUERY_')) throw error
          expect(error.message).not.toContain('s3cr3t')
        }
      }
    }
    expect(ran).toBeGreaterThan(CORPUS.length)
    expect(await dump(db)).toEqual(before)
  }, 120_000)

  it('are values in specifications and parsed filters alike', async () => {
    const before = await dump(db)
    for (const text of CORPUS.filter(each => !each.includes('\0') && each !== 'secret')) {
      await find({
        specification: where<Coin>().eq('name', text).or().in('name', [text, 'x']).or().contains('name', text),
      })
      await find({ specification: where<Coin>().startsWith('name', text, { ignoreCase: true }).not() })
      expect(() => queries().prepare({ specification: where().eq(text, 1) }, 'x')).toThrow(
        /AMBIT_QUERY_(?:UNKNOWN_PROPERTY|INVALID_NODE|VALUE)/,
      )
      expect(() => queries().prepare({ order: Sort.by(text).terms }, 'x')).toThrow(
        /AMBIT_QUERY_(?:UNKNOWN_PROPERTY|INVALID_SORT)/,
      )
    }
    expect(await dump(db)).toEqual(before)
  }, 120_000)

  it('Q26: a dotted filter finds the rows that match, once each, and the count agrees', async () => {
    const specification = coins.parse({ filter: `vault.owner = "O'Hara" and vault.owner starts with 'O'` })
    db.log.clear()
    expect(await find({ specification })).toMatchObject([{ name: 'a' }])
    expect(db.log.texts.join().match(/JOIN/g)).toHaveLength(1)
    expect(await Promise.resolve(running.app.run(() => queries().prepare({ specification }, 'x').count()))).toBe(1)
  })

  it('are refused before any SQL where nothing was allowed', () => {
    const specification = QueryParser.parse<Coin>("secret = 's3cr3t'")
    db.log.clear()
    expect(() => queries().prepare({ specification }, 'x')).toThrow('AMBIT_QUERY_NOT_ALLOWED')
    expect(() =>
      queries().prepare({ order: QueryParser.parse('name = "a"', { sort: 'secret' }).sort?.terms }, 'x'),
    ).toThrow('AMBIT_QUERY_NOT_ALLOWED')
    expect(db.log.texts).toEqual([])
  })

  it('are refused where what was opened does not exist, whether or not it is used', () => {
    const wrong = defineQueryable(Coin, { filter: ['name', 'wroth'] as never })
    const specification = wrong.parse({ filter: "name = 'a'" })
    expect(() => queries().prepare({ specification }, 'x')).toThrow('Did you mean worth?')
  })
})

/** Every row of every table, and the tables themselves. */
async function dump(db: EngineDatabase): Promise<unknown> {
  const tables = db.engine.oneWriter
    ? await db.query<{ name: string; sql: string }>('SELECT name, sql FROM sqlite_master ORDER BY name')
    : await db.query<{ name: string }>(
        "SELECT table_name AS name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2",
      )
  return [tables, await db.query('SELECT * FROM coin ORDER BY id'), await db.query('SELECT * FROM vault ORDER BY id')]
}
