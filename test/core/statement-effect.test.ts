import fc from 'fast-check'
import { statementEffect } from '../../src/core/statement-effect'

describe('a statement that reads', () => {
  it.each([
    'select 1',
    'SELECT * FROM "user" WHERE id = $1',
    '  \n\tselect 1',
    '-- hello\nselect 1',
    '/* a /* b */ c */ select 1',
    'select 1;',
    'select 1 ; -- done',
    'select 1;;',
    ';select 1',
    '(select 1) union (select 2)',
    '((select 1))',
    'select/**/1',
    'select(1)',
    "select 'insert into x; for update'",
    'select "into", "for update" from t',
    'select `into` from t',
    'select $$ into ; for update $$',
    'select 1 -- for update; delete from t',
    'select substring(name from 1 for 3) from t',
    'select extract(epoch from now()) as info',
    'select formal, intoxicated, waiting_for from t',
    "select E'it\\'s; into' from t",
    'values (1), (2)',
    'VALUES (1)',
    'table users',
    'show search_path',
    'explain select 1',
    'explain insert into t values (1)',
    'explain (costs off) delete from t',
    'explain query plan select 1',
    'with a as (select 1) select * from a',
    'WITH RECURSIVE a AS (SELECT 1 UNION ALL SELECT n + 1 FROM a) SELECT * FROM a',
    "with a as (select 'delete') select * from a",
    'with "update" as (select 1) select * from "update"',
    'with a as (select 1 /* merge */) select replace(x, 1, 2) from a',
    'pragma table_info(users)',
    'PRAGMA table_info("users");',
    'pragma main.table_xinfo(users)',
    'pragma foreign_key_check',
    'pragma user_version',
    'pragma main.journal_mode',
    'pragma data_version',
    'select for_update from t',
  ])('%j', text => {
    expect(statementEffect(text)).toBe('read')
  })
})

describe('a statement that may write', () => {
  it.each([
    'insert into t values (1)',
    'INSERT INTO t SELECT * FROM u',
    'update t set a = 1',
    'delete from t',
    'merge into t using u on true when matched then delete',
    'replace into t values (1)',
    'truncate t',
    'create table t (a int)',
    'drop table t',
    'alter table t add a int',
    'call p()',
    'do $$ begin end $$',
    'begin',
    'commit',
    'set role x',
    'lock table t',
    'copy t from stdin',
    'vacuum',
    'notify x',
    'execute plan(1)',
    'fetch 10 from c',
    'declare c cursor for select 1',
    'select * into copy from t',
    'SELECT * INTO copy FROM t',
    'select * from t for update',
    'select * from t FOR NO KEY UPDATE',
    'select * from t for share',
    'select * from t for key share skip locked',
    'select * from t for\nupdate',
    'select * from t for/**/update',
    'select * from t for -- x\n update',
    'table t for update',
    '(select * from t for update)',
    'select * from (select * from t for update) x',
    'select 1; delete from t',
    'select 1; select 2',
    'select 1;/**/x',
    'with a as (insert into t values (1) returning *) select * from a',
    'WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a',
    'with a as (select 1) update t set b = 1',
    'with a as (select 1) insert into t select * from a',
    'with a as (select 1) replace into t select * from a',
    'with a as (select 1) merge into t using a on true when matched then do nothing',
    'with a as (select 1) select * into b from a',
    'with a as (select * from t for share) select * from a',
    'explain analyze delete from t',
    'explain analyze select 1',
    'EXPLAIN (ANALYZE, BUFFERS) SELECT 1',
    'explain (verbose, analyse) insert into t values (1)',
    'pragma journal_mode = wal',
    'pragma journal_mode(wal)',
    "pragma journal_mode('wal')",
    'pragma foreign_keys = on',
    'pragma main.user_version = 5',
    'pragma user_version(5)',
    'pragma optimize',
    'pragma wal_checkpoint',
    'pragma wal_checkpoint(truncate)',
    'pragma',
    'pragma main.',
    'pragma "table_info"(t)',
    '',
    '   ',
    '-- select 1',
    '/* select 1 */',
    ';',
    '(',
    "select 'into",
    'select "for',
    'with a as (select $$x) select 1',
    'values (1) /*',
    "'select'",
    '"select" 1',
    'selected from t',
    'select_1',
    'withdraw',
    '1 select',
    '\ufeffselect 1; drop table t',
    'constructor',
    '__proto__',
  ])('%j', text => {
    expect(statementEffect(text)).toBe('write')
  })
})

describe('a locking or storing word', () => {
  const quotes: readonly ((inner: string) => string)[] = [
    inner => `'${inner}'`,
    inner => `"${inner}"`,
    inner => `$q$${inner}$q$`,
    inner => `/* ${inner} */`,
    inner => `-- ${inner}\n`,
    inner => `E'\\'${inner}'`,
  ]
  const danger = fc.constantFrom(
    '; delete from t',
    'for update',
    'into x',
    'insert',
    'update',
    'delete',
    'merge',
    'analyze',
  )

  it('counts for nothing inside quotes and comments', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('select', 'with', 'values', 'table', 'explain'),
        danger,
        fc.constantFrom(...quotes),
        (first, word, quote) => {
          expect(statementEffect(`${first} a ${quote(word)} b`)).toBe('read')
        },
      ),
    )
  })

  it('counts after them', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('; delete from t', 'for update', 'into x'),
        fc.constantFrom(...quotes),
        (word, quote) => {
          expect(statementEffect(`select a ${quote('quoted; into')} ${word}`)).toBe('write')
        },
      ),
    )
  })
})

describe('the effect of a text', () => {
  it('is the same however often it is asked, and whatever was asked in between', () => {
    const texts = Array.from({ length: 1_500 }, (_, n) =>
      n % 3 === 0 ? `delete from t${String(n)}` : `with a as (select ${String(n)}) select * from a`,
    )
    const effects = (): string[] => texts.map(text => statementEffect(text))
    const first = effects()
    expect(first.filter(effect => effect === 'write')).toHaveLength(500)
    expect(effects()).toEqual(first)
    expect(effects().reverse()).toEqual(first.toReversed())
  })

  it('is known of very long texts too', () => {
    const long = `select ${'x, '.repeat(100_000)}x from t`
    expect([statementEffect(long), statementEffect(long)]).toEqual(['read', 'read'])
    expect(statementEffect(`${long} for update`)).toBe('write')
    expect(statementEffect(`insert into t values ${'(1),'.repeat(100_000)}(1)`)).toBe('write')
  })

  it('is read or write for any text, and never an error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(['read', 'write']).toContain(statementEffect(text))
        expect(['read', 'write']).toContain(statementEffect(`with ${text}`))
      }),
    )
  })

  it('of a select is the same with and without the short cut for plain ones', () => {
    const part = fc.constantFrom(
      'a',
      ',',
      'for',
      'update',
      'into',
      ';',
      "'",
      '"',
      '--',
      '\n',
      '/*',
      '*/',
      '$$',
      'x',
      'share',
      ' ',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), parts => {
        const text = `select ${parts.join(' ')}`
        // Parentheses lead around the short cut. A plain select that never closes a quote is the one difference.
        const careful = statementEffect(`(${text}`)
        const quick = statementEffect(text)
        const plain = !/;|\b(for|into)\b/.test(text)
        expect(quick).toBe(plain ? 'read' : careful)
      }),
      { numRuns: 500 },
    )
  })
})
