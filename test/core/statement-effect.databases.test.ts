import Database from 'better-sqlite3'
import { Client } from 'pg'
import { statementEffect } from '../../src/core/statement-effect'
import { createTestDatabase, type TestDatabase } from '../support/postgres'

// The databases know what a statement does; the text only lets us guess. The guess may call a read a write, never the
// other way round.

describe('SQLite agrees', () => {
  const database = new Database(':memory:')
  database.exec('create table t (id integer primary key, a text); create table u (id integer primary key, a text)')
  afterAll(() => database.close())

  it.each([
    'select * from t',
    'values (1)',
    'with a as (select 1 as n) select * from a',
    'with recursive a(n) as (select 1 union all select n + 1 from a where n < 3) select * from a',
    "select replace(a, 'into', 'for update') from t",
    'explain query plan select * from t',
    'pragma table_info(t)',
    'pragma main.index_list(t)',
    'pragma foreign_key_check',
    'pragma user_version',
    'pragma foreign_keys',
    'pragma database_list',
    '/* x */ select 1 -- for update',
  ])('that %s reads', text => {
    expect(statementEffect(text)).toBe('read')
    expect(database.prepare(text).readonly).toBe(true)
  })

  it.each([
    "insert into t (a) values ('x')",
    "replace into t (id, a) values (1, 'x')",
    'update t set a = null',
    'delete from t',
    'with a as (select 1 as n) insert into t (id) select n from a',
    'with a as (select 1 as n) delete from t where id in (select n from a)',
    'with a as (select 1 as n) update t set a = (select n from a)',
    'with a as (select 1 as n) replace into t (id) select n from a',
    'create table v (id integer)',
    'drop table u',
    'pragma user_version = 5',
    'pragma user_version(5)',
    'pragma journal_mode = memory',
    'vacuum',
    'analyze',
  ])('that %s may write', text => {
    expect(statementEffect(text)).toBe('write')
    expect(database.prepare(text).readonly).toBe(false)
  })
})

describe('PostgreSQL, inside a read-only transaction,', () => {
  let database: TestDatabase
  let client: Client
  beforeAll(async () => {
    database = await createTestDatabase()
    await database.query('create table t (id int primary key, a text)')
    client = new Client({ connectionString: database.url })
    await client.connect()
  })
  afterAll(async () => {
    await client.end()
    await database.drop()
  })
  beforeEach(() => client.query('begin read only'))
  afterEach(() => client.query('rollback'))

  it.each([
    'select * from t',
    'select "into" from (select 1 as "into") x',
    "select $$for update; into$$, E'\\';into'",
    'values (1), (2)',
    'table t',
    'show search_path',
    'explain select * from t',
    'explain delete from t',
    '(select 1) union all (select 2)',
    'with a as (select 1 as n) select * from a',
    'with "delete" as (select 1) select * from "delete"',
    '/* a /* nested */ comment */ select 1;',
    'select substring(a from 1 for 2) from t',
  ])('runs %s, a read', async text => {
    expect(statementEffect(text)).toBe('read')
    await expect(client.query(text)).resolves.toBeDefined()
  })

  it.each([
    'insert into t values (1)',
    'update t set a = null',
    'delete from t',
    'with a as (insert into t values (1) returning *) select * from a',
    'with a as (select 1 as n) insert into t select n from a',
    'with a as (delete from t returning *) select count(*) from a',
    'select * into copied from t',
    'with a as (select 1 as n) select * into copied from a',
    'select * from t for update',
    'select * from t for no key update',
    'select * from t for share',
    'select * from t for key share',
    'select * from (select * from t for update) x',
    'table t for update',
    'explain analyze insert into t values (1)',
    'explain (analyze, costs off) delete from t',
    'merge into t using (select 1 as n) s on t.id = s.n when not matched then insert values (s.n)',
    'create table v (id int)',
    'select 1; delete from t',
    'truncate t',
  ])('refuses %s, a write', async text => {
    expect(statementEffect(text)).toBe('write')
    await expect(client.query(text)).rejects.toMatchObject({ code: '25006' })
  })

  it('refuses a function that writes, which no text can show', async () => {
    expect(statementEffect("select set_config('x.y', '1', false)")).toBe('read')
    expect(statementEffect("select nextval('s')")).toBe('read')
    await client.query('rollback')
    await client.query('create sequence s')
    await client.query('begin read only')
    await expect(client.query("select nextval('s')")).rejects.toMatchObject({ code: '25006' })
  })
})
