import fc from 'fast-check'
import { QuerySyntaxError } from '../../../src/query/errors'
import { bodyOf } from '../../../src/query/sql/scanned-sql'
import { renderNamedParameters } from '../../../src/query/sql/render-named-parameters'
import { scanNamedParameters } from '../../../src/query/sql/scan-named-parameters'

const names = (text: string): readonly string[] => scanNamedParameters(text).names
const sent = (text: string): string => renderNamedParameters(scanNamedParameters(text).segments, 'numbered').sql

describe('a parameter', () => {
  it.each<[string, string[]]>([
    ['select * from t where a = :a', ['a']],
    [':a', ['a']],
    ['a=:a', ['a']],
    ['(:a,:b)', ['a', 'b']],
    ['in (:ids)', ['ids']],
    [':b + :a + :b', ['b', 'a']],
    [':a::int', ['a']],
    [':a ::int', ['a']],
    ['cast(:a as int)', ['a']],
    [':camelCase + :snake_case + :_x + :a1', ['camelCase', 'snake_case', '_x', 'a1']],
    [':größe', ['größe']],
    [':a.b', ['a']],
    [':a-:b', ['a', 'b']],
    ['x->:key', ['key']],
    ["x->>'k' = :v", ['v']],
    ['x @> :json', ['json']],
    ['x ? :key', ['key']],
    ['x ?| :keys', ['keys']],
    ['a[:i]', ['i']],
    ['a[:lo : :hi]', ['lo', 'hi']],
    ['a[1 : :hi]', ['hi']],
    ['a[(:lo):(:hi)]', ['lo', 'hi']],
    ['array[:a,:b]', ['a', 'b']],
    ['f(x => :a, y := :b)', ['a', 'b']],
    ["'x' || :a || 'y'", ['a']],
    ['$$x$$ || :a', ['a']],
    ['/* c */:a', ['a']],
    ['-- c\n:a', ['a']],
    [':a-- :b\n', ['a']],
    ['1<:a', ['a']],
    ['case when x then:a end', []],
    [':and and :or', ['and', 'or']],
    ['interval :a', ['a']],
    ["'000:1' = :a", ['a']],
  ])('in %j is found: %j', (text, expected) => {
    expect(names(text)).toEqual(expected)
  })

  it.each([
    "':a'",
    "'it''s :a'",
    '":a"',
    '"x"":a"',
    '`:a`',
    "E'\\':a'",
    "E'a'\n':a'",
    "U&':a'",
    "x':a'",
    '$$:a$$',
    '$tag$ :a $$ :b $tag$',
    '-- :a',
    '--:a\r',
    '/* :a */',
    '/* /* */ :a */',
    "/* ' */ 'x :a'",
    'x::a',
    'x :: a',
    'x ::a',
    'x:::a',
    'x := a',
    'x:=a',
    '\\:a',
    '\\:\\:a',
    'x\\::a',
    'a[1:2]',
    'a[1:n]',
    'a[lo:hi]',
    'a[f(x):n]',
    'a[b[1]:n]',
    '"a"[1:"n"]',
    "a['1':n]",
    ': a',
    ':1',
    ":'a'",
    ':"a"',
    ':$1',
    ':😀',
    ':',
    'limit:n',
    'x ? y',
    'a ?& b',
    "'10:30:00'::time",
    "timestamp '2020-01-01 10:30:00'",
    '',
  ])('is nowhere in %j', text => {
    const { segments } = scanNamedParameters(text)
    expect(segments.filter(({ kind }) => kind === 'parameter')).toEqual([])
    expect(sent(text)).toBe(text.replaceAll('\\:', ':'))
  })

  it('knows its name and its place', () => {
    expect(scanNamedParameters('a = :x or b = :y').segments).toEqual([
      { kind: 'text', raw: 'a = ', sql: 'a = ' },
      { kind: 'parameter', raw: ':x', name: 'x', index: 4 },
      { kind: 'text', raw: ' or b = ', sql: ' or b = ' },
      { kind: 'parameter', raw: ':y', name: 'y', index: 14 },
    ])
  })

  it('may have a name that means something to JavaScript objects', () => {
    expect(names(':__proto__ + :constructor')).toEqual(['__proto__', 'constructor'])
  })

  it('SP-49 is told from casts, quoted text and comments, and used twice binds one value', () => {
    const text =
      "select '000:1' as code, x::text -- :comment\nfrom t where lastname = :l or firstname = :f or nick = :f and id in (:ids)"
    const scanned = scanNamedParameters(text)
    expect(scanned.names).toEqual(['l', 'f', 'ids'])
    expect(renderNamedParameters(scanned.segments, 'numbered')).toEqual({
      sql: "select '000:1' as code, x::text -- :comment\nfrom t where lastname = $1 or firstname = $2 or nick = $2 and id in ($3)",
      names: ['l', 'f', 'ids'],
    })
  })
})

describe('rendering', () => {
  it('numbers every name once, and marks every use', () => {
    const { segments } = scanNamedParameters('select :a, :b, :a')
    expect(renderNamedParameters(segments, 'numbered')).toEqual({ sql: 'select $1, $2, $1', names: ['a', 'b'] })
    expect(renderNamedParameters(segments, 'question')).toEqual({ sql: 'select ?, ?, ?', names: ['a', 'b', 'a'] })
  })

  it('sends an escaped colon without its backslash', () => {
    expect(sent('select \\:a, x\\:\\:int, :b')).toBe('select :a, x::int, $1')
  })

  it('keeps a backslash that escapes no colon', () => {
    expect(sent("select E'\\\\', '\\:a', \\ :b")).toBe("select E'\\\\', '\\:a', \\ $1")
  })

  it('sends text without parameters as it is', () => {
    expect(renderNamedParameters([], 'question')).toEqual({ sql: '', names: [] })
    expect(sent("select '?' where x ?| array['a'] and y @? '$'")).toBe("select '?' where x ?| array['a'] and y @? '$'")
  })
})

describe('the end of a text', () => {
  it.each<[string, string, boolean, boolean]>([
    ['select 1', 'select 1', false, false],
    ['select 1 ', 'select 1', false, false],
    ['select 1;', 'select 1', true, false],
    ['select 1 ; ', 'select 1', true, false],
    ['select 1;;\n;', 'select 1', true, false],
    ['select 1 -- c', 'select 1', false, true],
    ['select 1 /* c */', 'select 1', false, true],
    ['select 1; -- c', 'select 1', true, true],
    ['select 1 -- c\n;', 'select 1', true, true],
    ['select /* c */ 1', 'select /* c */ 1', false, false],
    ['-- c\nselect 1', '-- c\nselect 1', false, false],
    ["select ';'", "select ';'", false, false],
    ['select 1 -- ;', 'select 1', false, true],
    ['select :a;', 'select :a', true, false],
    ['select :a -- :b', 'select :a', false, true],
  ])('of %j is where %j ends', (text, body, semicolon, comment) => {
    const { bodyEnd, trailingSemicolon, trailingComment } = scanNamedParameters(text)
    expect([text.slice(0, bodyEnd), trailingSemicolon, trailingComment]).toEqual([body, semicolon, comment])
  })

  it('can be cut off, so that the text can stand in a sub-select', () => {
    const scanned = scanNamedParameters('select \\:a, :b from t -- all\n; -- done')
    const { sql } = renderNamedParameters(bodyOf(scanned), 'numbered')
    expect(`select count(*) from (${sql}\n) q`).toBe('select count(*) from (select :a, $1 from t\n) q')
  })

  it.each(['select :a', ':a;', 'x \\:', ';', '', '  -- c', "select ';' ; "])('is cut off without harm: %j', text => {
    const scanned = scanNamedParameters(text)
    expect(
      bodyOf(scanned)
        .map(({ raw }) => raw)
        .join(''),
    ).toBe(text.slice(0, scanned.bodyEnd))
  })
})

describe('the number of statements', () => {
  it.each<[string, number, number | undefined]>([
    ['', 0, undefined],
    [' ; ;', 0, undefined],
    ['-- nothing', 0, undefined],
    ['/* select 1 */', 0, undefined],
    ['select 1', 1, undefined],
    ['select 1;', 1, undefined],
    [';select 1', 1, undefined],
    ['select 1; -- c', 1, undefined],
    ["select ';'; ", 1, undefined],
    ['select $$;$$', 1, undefined],
    ['select 1; select 2', 2, 10],
    ['select 1;select 2;', 2, 9],
    ['select 1;;;drop table x', 2, 11],
    ['a;b;c', 3, 2],
    ['select 1; :a', 2, 10],
    ["select '\\'; drop table x; --'", 2, 12],
  ])('in %j is %i', (text, count, second) => {
    const { statements, secondStatementAt } = scanNamedParameters(text)
    expect([statements, secondStatementAt]).toEqual([count, second])
  })
})

describe("the driver's own marks", () => {
  it.each<[string, string[]]>([
    ['a = ?', ['?']],
    ['a = ?1 and b = ?2', ['?1', '?2']],
    ['a = $1 and b = $2', ['$1', '$2']],
    ['a = @name and b = $name', ['@name', '$name']],
    ['a ?| b ?& c @? d', ['?', '?', '?']],
    ['\'?\' "?" `?` $$?$$ -- ?\n/* ? $1 */', []],
    ['a @> b and c @@ d', []],
    ['a$b', []],
    [':a', []],
  ])('in %j are %j', (text, marks) => {
    expect(scanNamedParameters(text).driverMarks.map(mark => mark.text)).toEqual(marks)
  })

  it('come with their place', () => {
    expect(scanNamedParameters('a = $1').driverMarks).toEqual([{ text: '$1', index: 4 }])
  })
})

describe('a quote or comment that never ends', () => {
  it.each([
    ["select 'x", 7, 'quote'],
    ['select "x', 7, 'quote'],
    ['select `x', 7, 'quote'],
    ["select E'x\\'", 7, 'quote'],
    ['select $$ x $', 7, 'quote'],
    ['select $a$ x $b$', 7, 'quote'],
    ['select /* x', 7, 'comment'],
    ['select /* /* */', 7, 'comment'],
    ["select 1 where a = 'it''s", 19, 'quote'],
  ])('in %j is found at %i', (text, index, what) => {
    const scan = (): unknown => scanNamedParameters(text, { label: 'UserRepository.find' })
    expect(scan).toThrow(expect.objectContaining({ code: 'AMBIT_QUERY_SQL_UNTERMINATED' }))
    expect(scan).toThrow(expect.objectContaining({ position: { index, line: 1, column: index + 1 } }))
    expect(scan).toThrow(`the ${what} that begins here never ends`)
  })

  it('is shown with its line and its owner', () => {
    expect(() => scanNamedParameters("select *\nfrom t where a = 'x", { label: 'Repo.list' })).toThrow(
      [
        'The SQL text cannot be read at line 2, column 18: the quote that begins here never ends. [AMBIT_QUERY_SQL_UNTERMINATED]',
        '  where: Repo.list',
        "         from t where a = 'x",
        '                          ^',
        '  next:  Close the quote.',
      ].join('\n'),
    )
  })
})

describe('any text', () => {
  const piece = fc.constantFrom(
    ':a',
    ':b1',
    ':',
    '::',
    '\\:',
    "'",
    "''",
    '"',
    '`',
    '$$',
    '$t$',
    '--',
    '\n',
    '/*',
    '*/',
    ';',
    ' ',
    'x',
    '1',
    '[',
    ']',
    '?',
    '$1',
    "E'",
    '\\',
    'ä',
  )
  const anything = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.array(piece, { maxLength: 30 }).map(parts => parts.join('')),
  )
  const scanned = (text: string) => {
    try {
      return scanNamedParameters(text)
    } catch (error) {
      expect(error).toBeInstanceOf(QuerySyntaxError)
      return undefined
    }
  }

  it('is the segments, joined', () => {
    fc.assert(
      fc.property(anything, text => {
        const found = scanned(text)
        if (found) expect(found.segments.map(({ raw }) => raw).join('')).toBe(text)
      }),
      { numRuns: 500 },
    )
  })

  it('has no two text segments that could be one, but for escapes, and no empty ones', () => {
    fc.assert(
      fc.property(anything, text => {
        const segments = scanned(text)?.segments ?? []
        for (const [index, segment] of segments.entries()) {
          expect(segment.raw).not.toBe('')
          const before = segments[index - 1]
          if (segment.kind !== 'text' || before?.kind !== 'text') continue
          expect([segment.raw, before.raw]).toContain('\\:')
        }
      }),
    )
  })

  it('hides every parameter inside any quoting', () => {
    const inner = fc
      .array(fc.constantFrom(':a', ' ', 'x', ';', '?', '$1', '::', '\n', ':b'))
      .map(parts => parts.join(''))
    const quotes: readonly ((text: string) => string)[] = [
      text => `'${text}'`,
      text => `"${text}"`,
      text => `\`${text}\``,
      text => `E'\\'${text}\\\\'`,
      text => `$$${text}$$`,
      text => `$tag$${text}$tag$`,
      text => `/* ${text} */`,
      text => `/* /* ${text} */ ${text} */`,
      text => `-- ${text.replaceAll('\n', '')}\n`,
    ]
    const part = fc.tuple(fc.constantFrom(...quotes), inner).map(([quote, text]) => quote(text))
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), parts => {
        const text = parts.join(' , ')
        expect(scanNamedParameters(text)).toMatchObject({ names: [], driverMarks: [] })
        expect(names(`:before ${text} :after`)).toEqual(['before', 'after'])
        expect(sent(`:before ${text} :after`)).toBe(`$1 ${text} $2`)
      }),
      { numRuns: 500 },
    )
  })

  it('renders to text in which no parameter is left', () => {
    fc.assert(
      fc.property(anything, text => {
        const found = scanned(text)
        if (!found || text.includes('\\:')) return
        const { sql } = renderNamedParameters(found.segments, 'numbered')
        expect(scanned(sql)?.names ?? []).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('keeps its body free of trailing semicolons and comments', () => {
    fc.assert(
      fc.property(anything, text => {
        const found = scanned(text)
        if (!found) return
        const body = scanNamedParameters(text.slice(0, found.bodyEnd))
        expect(body).toMatchObject({ names: found.names, statements: found.statements, bodyEnd: found.bodyEnd })
        expect(body).toMatchObject({ trailingSemicolon: false, trailingComment: false })
      }),
      { numRuns: 500 },
    )
  })

  it('of any length takes linear time', () => {
    for (const unit of [':a ', "':a' ", '\\:', '$$ $$', ';', '/* */', 'a[1:2] ', '$', ':']) {
      const started = performance.now()
      expect(scanNamedParameters(unit.repeat(50_000)).segments.length).toBeGreaterThan(0)
      // Quadratic time would be minutes.
      expect(performance.now() - started).toBeLessThan(10_000)
    }
  })

  it('gives a result that is frozen', () => {
    const found = scanNamedParameters('select :a, ? from t')
    const open: unknown[] = [found]
    for (let value = open.pop(); value !== undefined; value = open.pop()) {
      expect(Object.isFrozen(value)).toBe(true)
      if (typeof value === 'object' && value !== null) open.push(...Object.values(value))
    }
  })
})

describe('an attempt at injection through the text', () => {
  it.each<[string, number]>([
    ['select 1; drop table users', 2],
    ['select 1;-- \ndrop table users', 2],
    ['select 1; /* x */ drop table users; --', 2],
    ["select ''; drop table users --'", 2],
    ["select 'a'';' ; drop table users", 2],
    ["select E'\\\\'; drop table users --'", 2],
    ['select $$a$$; drop table users', 2],
    ['select "a"";"; drop table users', 2],
    ['select 1 /* /* */ */; drop table users', 2],
    ['select 1\u037e drop table users', 1],
    ['select 1\uff1b drop table users', 1],
  ])('is reported as statements: %j', (text, statements) => {
    expect(scanNamedParameters(text).statements).toBe(statements)
  })
})
