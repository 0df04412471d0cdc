import type { Sqlite3Database } from '../../../src/data-source/sqlite/sqlite3-statements'
import { Sqlite3Statements } from '../../../src/data-source/sqlite/sqlite3-statements'
import { holdsSeveral } from '../../../src/data-source/sqlite/one-statement'
import type { SqliteConnection } from '../../support/sqlite/sqlite-library'
import { sqlite3Library } from '../../support/sqlite/sqlite3'

// sqlite3 as TypeORM is given it: each statement answers its rows, or counts those that it has written, whoever spells it.

interface Answer {
  readonly rows: unknown
  readonly changes: unknown
  readonly lastID: unknown
}

let connection: SqliteConnection
let statements: Sqlite3Statements

beforeEach(async () => {
  connection = await sqlite3Library.connect(':memory:')
  await connection.exec(
    "CREATE TABLE t (id integer PRIMARY KEY, a text, n integer); INSERT INTO t(a) VALUES ('x'), ('y')",
  )
  statements = new Sqlite3Statements(connection.handle as Sqlite3Database)
})
afterEach(() => connection.close())

function answer(method: 'run' | 'all', sql: string, values?: unknown[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    statements[method](sql, values, function (this: unknown, error, rows) {
      if (error) {
        reject(error)
        return
      }
      const { changes, lastID } = this as Answer
      resolve({ rows, changes, lastID })
    })
  })
}

describe.each(['run', 'all'] as const)('asked with %s', method => {
  it.each([
    ['INSERT INTO t(a) VALUES (?)', 1],
    ['insert into t(a) values (?)', 1],
    ['  -- why\n  Insert\tInto t(a) VALUES (?)', 1],
    ['REPLACE INTO t(a) VALUES (?)', 1],
    ['UPDATE t SET a = ?', 2],
    ['update t set a = replace(?, 1, 2)', 2],
    ['delete from t where a <> ?', 2],
    ['with old as (select id from t) delete from t where id in (select id from old) and a <> ?', 2],
    ["UPDATE t SET a = ? WHERE a <> 'returning'", 2],
  ])('%s counts rows', async (sql, changes) => {
    expect(await answer(method, sql, ['z'])).toMatchObject({ rows: undefined, changes })
  })

  it.each([
    ["select replace(a, 'x', 'z') as a from t where id = 1", [{ a: 'z' }]],
    ["with d as (select 'delete' as a) select replace(a, 'e', 'i') as a from d", [{ a: 'diliti' }]],
    ["values ('insert')", [{ column1: 'insert' }]],
    ['INSERT INTO t(a) VALUES (1) RETURNING id', [{ id: 3 }]],
    ['update t set n = 1 where id = 1 returning id, n', [{ id: 1, n: 1 }]],
    ['WITH one AS (SELECT 1 AS id) DELETE FROM t WHERE id IN (SELECT id FROM one) returning a', [{ a: 'x' }]],
    ['pragma user_version', [{ user_version: 0 }]],
  ])('%s answers rows', async (sql, rows) => {
    expect(await answer(method, sql)).toMatchObject({ rows })
  })

  it('an insert tells the new id', async () => {
    expect(await answer(method, 'insert into t(a) values (?)', ['z'])).toMatchObject({ lastID: 3 })
  })

  it.each([12n, -(2n ** 53n) + 1n, 2n ** 53n + 1n, -(2n ** 62n)])('stores the bigint %s as it is', async value => {
    await answer(method, 'INSERT INTO t(n) VALUES (?)', [value])
    expect(await connection.query('SELECT typeof(n) AS type, CAST(n AS text) AS n FROM t WHERE id = 3')).toEqual([
      { type: 'integer', n: String(value) },
    ])
    expect((await answer(method, 'SELECT id FROM t WHERE n = ?', [value])).rows).toEqual([{ id: 3 }])
  })

  it('hands errors on', async () => {
    await expect(answer(method, 'INSERT INTO t(id) VALUES (1)')).rejects.toThrow('UNIQUE')
    await expect(answer(method, 'SELEC 1')).rejects.toThrow('syntax')
  })
})

describe('a text holds several statements', () => {
  it.each([
    'DELETE FROM t; DELETE FROM u',
    ';;SELECT 1;;SELECT 2',
    'SELECT 1;/* x */x',
    "SELECT ';'; SELECT 1",
    'CREATE TABLE t (a); SELECT 1',
  ])('%s', text => expect(holdsSeveral(text)).toBe(true))

  it.each([
    '',
    ';',
    'SELECT 1',
    'SELECT 1;',
    'SELECT 1; ; -- the end\n/* really; */',
    'SELECT \';\', ";", `;`',
    'CREATE TRIGGER a AFTER INSERT ON t BEGIN DELETE FROM u; DELETE FROM v; END',
    'create temp trigger a after insert on t begin delete from u; end;',
  ])('not: %s', text => expect(holdsSeveral(text)).toBe(false))
})
