import { asksForTheWriter, controlTextOf, keptSettingOf } from '../../../src/data-source/sqlite/control-text'

describe('the first word of a statement', () => {
  it.each([
    ['BEGIN', 'begin-or-end'],
    ['begin immediate', 'begin-or-end'],
    ['COMMIT TRANSACTION', 'begin-or-end'],
    ['END', 'begin-or-end'],
    ['ROLLBACK', 'begin-or-end'],
    ['ROLLBACK TRANSACTION', 'begin-or-end'],
    ['  ;; commit', 'begin-or-end'],
    ['-- a comment\nCOMMIT', 'begin-or-end'],
    ['/* two\nlines */ /**/ COMMIT', 'begin-or-end'],
    ['SAVEPOINT a', 'savepoint'],
    ['RELEASE a', 'savepoint'],
    ['ROLLBACK TO a', 'savepoint'],
    ['ROLLBACK TRANSACTION TO SAVEPOINT a', 'savepoint'],
    ['PRAGMA foreign_keys = OFF', 'setting'],
    ['SELECT 1', 'none'],
    ["SELECT 'COMMIT'", 'none'],
    ["INSERT INTO t VALUES ('ROLLBACK')", 'none'],
    ['-- COMMIT\nSELECT 1', 'none'],
    ['/* comments do not /* nest */ COMMIT', 'begin-or-end'],
    ['/* open', 'none'],
    ['-- open', 'none'],
    ['end_point', 'none'],
    ['ENDPOINT', 'none'],
    ['beginning', 'none'],
    ['', 'none'],
  ])('%j is %s', (text, kind) => {
    expect(controlTextOf(text)).toBe(kind)
  })

  it('is found in linear time', () => {
    const started = performance.now()
    controlTextOf(`${'-- x\n/* y */ ;'.repeat(20_000)}SELECT 1`)
    controlTextOf(`${' '.repeat(200_000)}x`)
    controlTextOf('/*'.repeat(100_000))
    asksForTheWriter(`pragma${' '.repeat(100_000)}(`)
    asksForTheWriter(`${'changes '.repeat(20_000)}x`)
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

describe('a read that asks for the state of the writing connection', () => {
  it.each([
    'PRAGMA foreign_keys',
    'pragma main.cache_size',
    'SELECT last_insert_rowid()',
    'SELECT changes ()',
    'select total_changes()',
  ])('%j', text => {
    expect(asksForTheWriter(text)).toBe(true)
  })

  it.each(['PRAGMA table_info("item")', 'SELECT * FROM changes', 'SELECT exchanges(1)', 'SELECT 1'])(
    'is not %j',
    text => {
      expect(asksForTheWriter(text)).toBe(false)
    },
  )
})

describe('the setting that a pragma would change for good', () => {
  it.each([
    ['PRAGMA query_only = ON', 'query_only'],
    ['pragma QUERY_ONLY(1)', 'query_only'],
    ['PRAGMA main.synchronous=OFF', 'synchronous'],
    ['PRAGMA "main" . synchronous = OFF', 'synchronous'],
    [' ;; -- why\n PRAGMA /* it */ busy_timeout = 5000', 'busy_timeout'],
    ['PRAGMA foreign_keys = 0;', 'foreign_keys'],
  ])('%j is %s', (text, setting) => {
    expect(keptSettingOf(text)).toBe(setting)
  })

  it.each([
    'PRAGMA foreign_keys',
    'PRAGMA main.synchronous',
    'PRAGMA defer_foreign_keys = ON',
    'PRAGMA user_version = 7',
    'PRAGMA cache_size = -20000',
    'PRAGMA table_info("query_only")',
    'PRAGMA wal_checkpoint(TRUNCATE)',
    'PRAGMA',
  ])('%j has none', text => {
    expect(keptSettingOf(text)).toBeUndefined()
  })
})
