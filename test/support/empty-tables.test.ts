import { emptyTables } from './empty-tables'
import { createTestDatabase, type TestDatabase } from './postgres'

const FILES = `SELECT pg_relation_filenode(name) AS file FROM unnest('{parent,stranger}'::regclass[]) AS name`

describe('emptyTables', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
    await database.query(`
      CREATE SCHEMA "Odd one";
      CREATE TABLE parent (id serial PRIMARY KEY, text text);
      CREATE TABLE "Odd one"."its 'child'" (id int GENERATED ALWAYS AS IDENTITY, parent int NOT NULL REFERENCES parent);
      CREATE TABLE stranger (id serial)`)
  })
  afterAll(() => database.drop())
  beforeEach(() => database.query('TRUNCATE parent, stranger, "Odd one"."its \'child\'" RESTART IDENTITY'))

  const counts = (): Promise<unknown> =>
    database.query(`SELECT (SELECT count(*)::int FROM parent) AS parents,
      (SELECT count(*)::int FROM "Odd one"."its 'child'") AS children, (SELECT count(*)::int FROM stranger) AS strangers`)

  it('empties the tables and those that refer to them, and no others', async () => {
    await fill()
    await database.query(emptyTables(['"parent"']))
    expect(await counts()).toEqual([{ parents: 0, children: 0, strangers: 1 }])
  })

  it('takes names that need quotes', async () => {
    await fill()
    await database.query(emptyTables([`"Odd one"."its 'child'"`]))
    expect(await counts()).toEqual([{ parents: 1, children: 0, strangers: 1 }])
  })

  it('starts identities again, as SERIAL and as IDENTITY', async () => {
    await fill()
    await database.query(emptyTables(['parent']))
    await fill()
    expect(
      await database.query(`SELECT p.id AS parent, c.id AS child FROM parent p, "Odd one"."its 'child'" c`),
    ).toEqual([{ parent: 1, child: 1 }])
  })

  it('leaves foreign keys as they are for whoever comes next', async () => {
    await database.query(emptyTables(['parent']))
    await expect(fill('(SELECT 7)')).rejects.toMatchObject({ code: '23503' })
  })

  it('gives grown tables new files, and small ones not', async () => {
    const files = async (): Promise<unknown[]> =>
      (await database.query<{ file: number }>(FILES)).map(({ file }) => file)
    await fill()
    await database.query(`INSERT INTO parent (text) SELECT repeat('a', 1000) FROM generate_series(1, 1000)`)
    const [parent, stranger] = await files()
    await database.query(emptyTables(['parent', 'stranger']))
    const now = await files()
    expect(now[0]).not.toBe(parent)
    expect(now[1]).toBe(stranger)
    expect(await counts()).toEqual([{ parents: 0, children: 0, strangers: 0 }])
  })

  async function fill(parent = '(SELECT id FROM parent)'): Promise<void> {
    await database.query(`INSERT INTO parent DEFAULT VALUES; INSERT INTO stranger DEFAULT VALUES;
      INSERT INTO "Odd one"."its 'child'" (parent) ${parent}`)
  }
})
