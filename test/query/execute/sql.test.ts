import { CrudRepository, PageRequest, Query, Repository, Sort, transactional } from 'ambit'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'
import { Contact, contact, CONTACTS } from './contacts'

type Any = (...args: unknown[]) => Promise<unknown>

@Repository(Contact)
class Sql extends CrudRepository<Contact> {
  @Query.sql('SELECT first_name FROM contact WHERE last_name = :l OR first_name = :f ORDER BY id')
  declare twoNames: Any
  @Query.sql("SELECT ':no' AS a, '--:no' AS b, 'it''s :no' AS c, :yes AS d -- :no\n/* :no -- :no */")
  declare lookalikes: Any
  @Query.sql('SELECT count(*) FROM contact', { result: 'scalar' })
  declare countAll: () => Promise<number>
  @Query.sql('SELECT max(id) AS a, count(*) AS b FROM contact', { result: 'scalar' })
  declare firstOfTwo: () => Promise<unknown>
  @Query.sql('SELECT first_name FROM contact WHERE age = :age', { result: 'scalar' })
  declare nameOf: (age: number) => Promise<string | null>
  @Query.sql('SELECT sum(age) FROM contact', { result: 'scalar' })
  declare sumOfAges: () => Promise<unknown>
  @Query.sql('SELECT :n + 0', { result: 'scalar' })
  declare echo: (n: number) => Promise<number>
  @Query.sql('UPDATE contact SET age = age + 1 WHERE age > :age')
  declare growMany: (age: number) => Promise<unknown[]>
  @Query.sql('UPDATE contact SET age = age + 1 WHERE age > :age', { result: 'affected' })
  declare grow: (age: number) => Promise<number>
  @Query.sql(
    'INSERT INTO contact (first_name, email, "createdAt") VALUES (:name, :name, \'2026-01-01\') RETURNING first_name',
    {
      result: 'one',
    },
  )
  declare create: (name: string) => Promise<unknown>
  @Query.sql(
    'INSERT INTO contact (first_name, email, "createdAt") VALUES (:name, :name, \'2026-01-01\') RETURNING first_name',
    {
      result: 'scalar',
    },
  )
  declare createNamed: (name: string) => Promise<unknown>
  @Query.sql('DELETE FROM contact WHERE age = :age RETURNING first_name', { result: 'many' })
  declare remove: (age: number) => Promise<unknown[]>
  @Query.sql(
    'WITH gone AS (SELECT id FROM contact WHERE age > :age) DELETE FROM contact WHERE id IN (SELECT id FROM gone)',
    {
      result: 'affected',
    },
  )
  declare removeOlder: (age: number) => Promise<number>
  @Query.sql('SELECT nothing FROM nowhere')
  declare broken: Any
}

@Repository(Contact)
class PostgresSql extends CrudRepository<Contact> {
  @Query.sql(
    `SELECT '{"a": 1}'::jsonb ? :key AS has, '5'::int AS five, (ARRAY[1,2,3])[1:2] AS slice, $$:no$$ AS text`,
    { result: 'one' },
  )
  declare operators: Any
  @Query.sql('SELECT id FROM contact WHERE age = ANY(:ages) ORDER BY age')
  declare anyOf: Any
  @Query.sql('SELECT 9007199254740993::int8', { result: 'scalar' })
  declare huge: Any
  @Query.sql("SELECT '42'::text", { result: 'scalar' })
  declare text: Any
  @Query.sql('SELECT NULL::int8', { result: 'scalar' })
  declare nothing: Any
  @Query.sql('SELECT 1.50::numeric', { result: 'scalar' })
  declare numeric: Any
  @Query.sql('SELECT 7::int8 AS id, 8 AS id, 9 AS "1"', { result: 'scalar' })
  declare firstOfItsName: Any
  @Query.sql('SELECT :doc::jsonb AS doc', { result: 'one' })
  declare json: Any
}

describe.each(ENGINES)('raw SQL on $name', engine => {
  const db = engineDatabase(engine)
  const postgres = engine.name === 'PostgreSQL'
  const running = runningApplication(db, () => ({ ...CONTACTS, components: postgres ? [Sql, PostgresSql] : [Sql] }))
  const sql = (): Sql => running.app.get(Sql)
  beforeEach(async () => {
    await sql().saveAll([1, 2, 3].map(age => contact({ firstname: `c${age}`, lastname: `l${age}`, age })))
    db.log.clear()
  })

  it('SP-49 parameters bind by name in any order', async () => {
    expect(await sql().twoNames({ f: 'c1', l: 'l2' })).toEqual([{ first_name: 'c1' }, { first_name: 'c2' }])
  })

  it('SP-49 what only looks like a parameter is none', async () => {
    expect(await sql().lookalikes(postgres ? 'x' : 7)).toEqual([
      { a: ':no', b: '--:no', c: "it's :no", d: postgres ? 'x' : 7 },
    ])
  })

  it('a scalar count is a number on every database, in and outside a transaction', async () => {
    expect(await sql().countAll()).toBe(3)
    expect(await transactional({}, () => sql().countAll())).toBe(3)
    expect(await sql().sumOfAges()).toBe(6)
    expect(await sql().echo(41)).toBe(41)
  })

  it('a scalar is the first column, null without a row', async () => {
    expect(await sql().firstOfTwo()).toEqual(expect.any(Number))
    expect([await sql().nameOf(2), await sql().nameOf(9)]).toEqual(['c2', null])
  })

  if (postgres) {
    it('a scalar is the first column, whatever the others are called', async () => {
      const queries = running.app.get(PostgresSql)
      expect(await queries.firstOfItsName()).toBe(7)
      expect(await transactional({}, () => queries.firstOfItsName())).toBe(7)
    })
  }

  it('SP-50 a write answers the number of rows, and nothing stays when its caller fails', async () => {
    expect(await sql().grow(1)).toBe(2)
    expect(await sql().grow(99)).toBe(0)
    const failing = transactional({}, async () => {
      expect(await sql().grow(0)).toBe(3)
      throw new Error('undo')
    })
    await expect(failing).rejects.toThrow('undo')
    expect(await sql().nameOf(1)).toBe('c1')
    expect(await sql().removeOlder(2)).toBe(2)
  })

  it('SP-50 a write takes no page and no sort: nothing is sent', async () => {
    const grow = sql().grow.bind(sql()) as Any
    await expect(grow(PageRequest.of(0, 5), 1)).rejects.toMatchObject({ code: 'AMBIT_QUERY_PARAMETER_UNUSED' })
    await expect(grow(1, Sort.by('age'))).rejects.toMatchObject({ code: 'AMBIT_QUERY_PARAMETER_UNUSED' })
    expect(db.log.commands).toEqual([])
  })

  it('a write without a kind answers the rows that it returns: none', async () => {
    expect(await sql().growMany(0)).toEqual([])
  })

  it('RETURNING answers rows, in a transaction that may write', async () => {
    expect(await sql().create('new')).toEqual({ first_name: 'new' })
    expect(await sql().createNamed('newer')).toBe('newer')
    expect(await sql().remove(1)).toEqual([{ first_name: 'c1' }])
    expect(await sql().countAll()).toBe(4)
  })

  it('reads are read-only transactions, writes are not', async () => {
    await sql().countAll()
    const begin = db.log.texts[0]
    db.log.clear()
    await sql().grow(1)
    if (postgres) expect([begin, db.log.texts[0]]).toEqual(['BEGIN READ ONLY', 'BEGIN'])
    expect(db.log.commands).toEqual(['BEGIN', 'UPDATE contact', 'COMMIT'])
  })

  it('an error of the database is translated, and says where', async () => {
    await expect(sql().broken()).rejects.toMatchObject({
      code: 'AMBIT_DATABASE_SQL',
      message: expect.stringContaining('Sql.broken'),
      cause: expect.anything(),
    })
  })

  if (postgres) {
    it('casts, slices, question marks and dollar quotes are left alone', async () => {
      const row = await running.app.get(PostgresSql).operators('a')
      expect(row).toEqual({ has: true, five: 5, slice: [1, 2], text: ':no' })
    })

    it('a list binds as one array', async () => {
      expect(await running.app.get(PostgresSql).anyOf([1, 3])).toHaveLength(2)
      expect(await running.app.get(PostgresSql).anyOf([])).toEqual([])
    })

    it('int8 is a number, a bigint where a number cannot hold it; other types stay as the driver gives them', async () => {
      const own = running.app.get(PostgresSql)
      expect(await own.huge()).toBe(9007199254740993n)
      expect(await own.text()).toBe('42')
      expect(await own.nothing()).toBeNull()
      expect(await own.numeric()).toBe('1.50')
    })

    it('an object binds as JSON', async () => {
      expect(await running.app.get(PostgresSql).json({ a: [1] })).toEqual({ doc: { a: [1] } })
    })
  }
})
