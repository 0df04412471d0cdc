import Database from 'better-sqlite3'
import fc from 'fast-check'
import { Client } from 'pg'
import { bodyOf, type ScannedSql } from '../../../src/query/sql/scanned-sql'
import { renderNamedParameters } from '../../../src/query/sql/render-named-parameters'
import { scanNamedParameters } from '../../../src/query/sql/scan-named-parameters'
import { createTestDatabase, type TestDatabase } from '../../support/postgres'

// The scanner's rules against the scanners they describe: what is hidden from us must be hidden from the database, and
// what we replace must be what the database takes for a value.

/** A piece of a concatenation: how it is written, and the text that the database must read. */
interface Piece {
  readonly sql: string
  readonly value: string
}

const inner = fc
  .array(
    fc.constantFrom(
      ':a',
      ':b',
      "'",
      '"',
      '\\',
      '$',
      '$$',
      '--',
      '/*',
      '*/',
      ';',
      '?',
      '$1',
      '`',
      ' ',
      'x',
      '\n',
      '::',
      'ä',
    ),
    { maxLength: 8 },
  )
  .map(parts => parts.join(''))

const plain = inner.map(text => ({ sql: `'${text.replaceAll("'", "''")}'`, value: text }))
const escaped = inner.map(text => ({ sql: `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`, value: text }))
const dollar = inner.map(text => ({ sql: `$q1$${text}$q1$`, value: text })).filter(({ value }) => !value.endsWith('$'))
const continued = fc.tuple(inner, inner).map(([first, second]) => ({
  sql: `E'${escape(first)}'  -- :c 'x\n '${escape(second)}'`,
  value: first + second,
}))
const parameter = fc.constantFrom('a', 'b').map(name => ({ sql: `:${name}`, value: `<${name}>` }))
const block = inner.map(text => ({ sql: `/* ${text.replace(/[*/]/g, '')} */`, value: '' }))
const nested = inner.map(text => ({ sql: `/* /* ${text.replace(/[*/]/g, '')} */ :c */`, value: '' }))
const line = inner.map(text => ({ sql: `-- ${text.replaceAll('\n', '')}\n`, value: '' }))

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll("'", "''")
}

function concatenation(pieces: readonly (readonly [Piece, Piece])[], operand: (piece: Piece) => string): Piece {
  const sql = pieces.map(([piece, comment]) => `${operand(piece)} ${comment.sql}`).join(' || ')
  return { sql: `select ${sql} as v`, value: pieces.map(([piece]) => piece.value).join('') }
}

const valuesOf = (names: readonly string[]): string[] => names.map(name => `<${name}>`)
const counted = (scanned: ScannedSql, style: 'numbered' | 'question') => {
  const { sql, names } = renderNamedParameters(bodyOf(scanned), style)
  return { sql: `select count(*) as n from (${sql}\n) q`, names }
}

describe('on PostgreSQL', () => {
  let database: TestDatabase
  let client: Client
  beforeAll(async () => {
    database = await createTestDatabase()
    client = new Client({ connectionString: database.url })
    await client.connect()
  })
  afterAll(async () => {
    await client.end()
    await database.drop()
  })

  const run = async (text: string): Promise<unknown> => {
    const { sql, names } = renderNamedParameters(scanNamedParameters(text).segments, 'numbered')
    const { rows } = await client.query<{ v: unknown }>(sql, valuesOf(names))
    return rows[0]?.v
  }

  it('every kind of quoting and comment reads as the scanner says', async () => {
    const pieces = fc.array(
      fc.tuple(fc.oneof(plain, escaped, dollar, continued, parameter), fc.oneof(block, nested, line)),
      {
        minLength: 1,
        maxLength: 6,
      },
    )
    await fc.assert(
      fc.asyncProperty(pieces, async parts => {
        const { sql, value } = concatenation(parts, piece =>
          piece.sql.startsWith(':') ? `${piece.sql}::text` : `(${piece.sql})`,
        )
        await expect(run(sql)).resolves.toBe(value)
      }),
      { numRuns: 200 },
    )
  })

  it.each<[string, unknown]>([
    ["select '000:1'::text as v", '000:1'],
    ["select (array['p', 'q', 'r'])[2:3] as v", ['q', 'r']],
    ["select (array['p', 'q', 'r'])[1:n] as v from (select 2 as n) x", ['p', 'q']],
    ["select (array['p', 'q'])[cast(length(:a) - 2 as int):2] as v", ['p', 'q']],
    ["select (array['p', 'q'])[: length(:a) - 2] as v", ['p']],
    ["select (array['p', 'q', 'r', 's'])[1 : length(:a)] as v", ['p', 'q', 'r']],
    [`select '{"k": 1}'::jsonb ? 'k' as v`, true],
    [`select '{"<a>": 1}'::jsonb ? :a as v`, true],
    [`select '{"k": 1}'::jsonb ?| array['k', :a] as v`, true],
    [`select '{"k": 1}'::jsonb @? '$.k' as v`, true],
    ['select make_interval(days := length(:a))::text as v', '3 days'],
    ['select "v:a" as v from (select :a as "v:a") x', '<a>'],
    ["select U&'d\\0061t\\+000061 :a' as v", 'data :a'],
    ['select :a||:b||:a as v', '<a><b><a>'],
    ['select case when true then :a else :b end as v', '<a>'],
    ["select E'\\\\' || :a as v", '\\<a>'],
    ["select '\\' || :a || '\\' as v", '\\<a>\\'],
  ])('%s answers %j', async (text, value) => {
    await expect(run(text)).resolves.toEqual(value)
  })

  it.each([
    'select 1 union all select 2;',
    'select :a as x, :a as x -- twice',
    'with t as (select 1 as n) select n from t /* done */ ; -- really',
    "select ';' order by 1",
    'select :a group by 1 limit 1',
  ])('the body of %j can be counted in a sub-select', async text => {
    const { sql, names } = counted(scanNamedParameters(text), 'numbered')
    await expect(client.query(sql.replaceAll(/\$(\d)/g, '$$$1::text'), valuesOf(names))).resolves.toMatchObject({
      rowCount: 1,
    })
  })

  it('refuses what the scanner calls unterminated', async () => {
    for (const text of ["select 'x", 'select "x', "select E'x\\'", 'select $$x$', 'select /* /* */']) {
      expect(() => scanNamedParameters(text)).toThrow('AMBIT_QUERY_SQL_UNTERMINATED')
      await expect(client.query(text)).rejects.toMatchObject({ code: '42601' })
    }
  })
})

describe('on SQLite', () => {
  const database = new Database(':memory:')
  afterAll(() => database.close())

  const run = (text: string): unknown => {
    const { sql, names } = renderNamedParameters(scanNamedParameters(text).segments, 'question')
    const row = database.prepare(sql).get(...valuesOf(names)) as { v: unknown } | undefined
    return row?.v
  }

  it('strings, comments and parameters read as the scanner says', () => {
    const pieces = fc.array(fc.tuple(fc.oneof(plain, parameter), fc.oneof(block, line)), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(pieces, parts => {
        const { sql, value } = concatenation(parts, piece => piece.sql)
        expect(run(sql)).toBe(value)
      }),
      { numRuns: 200 },
    )
  })

  it.each<[string, unknown]>([
    ["select '000:1' as v", '000:1'],
    ['select `v:a` as v from (select :a as `v:a`)', '<a>'],
    ['select "v:a" as v from (select :a as "v:a")', '<a>'],
    ['select :a || :b || :a as v', '<a><b><a>'],
    [`select '{"k": 5}' ->> '$.k' as v`, 5],
  ])('%s answers %j', (text, value) => {
    expect(run(text)).toBe(value)
  })

  it.each(['select 1 union all select 2;', 'select :a as x -- twice :a', 'select 1 /* done */ ; -- really'])(
    'the body of %j can be counted in a sub-select',
    text => {
      const { sql, names } = counted(scanNamedParameters(text), 'question')
      expect(database.prepare(sql).get(...valuesOf(names))).toHaveProperty('n')
    },
  )

  it("the driver's own marks would have been taken for parameters", () => {
    for (const text of ['select ?', 'select ?1', 'select @x', 'select $x']) {
      expect(scanNamedParameters(text).driverMarks).toHaveLength(1)
      expect(() => database.prepare(text).get()).toThrow()
    }
  })
})
