import { printQuery } from '../../../src/query/ast/print-query'
import { parseWhere } from '../../../src/query/parser/parse-where'

/** The canonical text of what the parser understood. */
const read = (text: string): string => {
  const { predicate, order } = parseWhere(text)
  return printQuery(predicate, order)
}

describe('operators', () => {
  it.each([
    ['a = 1', 'a = 1'],
    ['a == 1', 'a = 1'],
    ['a <> 1', 'a <> 1'],
    ['a != 1', 'a <> 1'],
    ['a < 1', 'a < 1'],
    ['a <= 1', 'a <= 1'],
    ['a > 1', 'a > 1'],
    ['a >= 1', 'a >= 1'],
    ['a=1', 'a = 1'],
    ['a>=-1', 'a >= -1'],
    ['a<-.5', 'a < -0.5'],
    ['a is null', 'a is null'],
    ['a is not null', 'a is not null'],
    ['a = null', 'a is null'],
    ['a == NULL', 'a is null'],
    ['a != null', 'a is not null'],
    ['a <> null', 'a is not null'],
    ['a is true', 'a is true'],
    ['a is not true', 'a is not true'],
    ['a is false', 'a is false'],
    ['a is not false', 'a is not false'],
    ['a = true', 'a = true'],
    ['a in (1, 2, 3)', 'a in (1, 2, 3)'],
    ['a in(1)', 'a in (1)'],
    ['a in :ids', 'a in :ids'],
    ['a in (:ids)', 'a in :ids'],
    ['a in (:x, :y)', 'a in (:x, :y)'],
    ["a in ('x', 2, true, :z)", "a in ('x', 2, true, :z)"],
    ['a not in (1)', 'a not in (1)'],
    ['a not in :ids', 'a not in :ids'],
    ["a like 'x%'", "a like 'x%'"],
    ["a not like 'x%'", "a not like 'x%'"],
    ['a like :p', 'a like :p'],
    ["a ilike 'x%'", "a like 'x%' ignore case"],
    ["a not ilike 'x%'", "a not like 'x%' ignore case"],
    ["a contains 'x'", "a contains 'x'"],
    ["a not contains 'x'", "a not contains 'x'"],
    ["a starts with 'x'", "a starts with 'x'"],
    ["a startsWith 'x'", "a starts with 'x'"],
    ["a not starts with 'x'", "a not starts with 'x'"],
    ["a ends with 'x'", "a ends with 'x'"],
    ['a endswith :x', 'a ends with :x'],
    ['a between 1 and 2', 'a between 1 and 2'],
    ['a not between :lo and :hi', 'a not between :lo and :hi'],
    ['a between 1 and 2 and b = 3', 'a between 1 and 2 and b = 3'],
    ["a = 'x' ignore case", "a = 'x' ignore case"],
    ['a in :x ignore case', 'a in :x ignore case'],
    ['a like :x ignore case and b = 1', 'a like :x ignore case and b = 1'],
    ["a ilike 'x' ignore case", "a like 'x' ignore case"],
  ])('%s is %s', (text, canonical) => {
    expect(read(text)).toBe(canonical)
  })
})

describe('precedence', () => {
  it.each([
    ['a = 1 or b = 2 and c = 3', 'a = 1 or b = 2 and c = 3'],
    ['a = 1 and b = 2 or c = 3', 'a = 1 and b = 2 or c = 3'],
    ['(a = 1 or b = 2) and c = 3', '(a = 1 or b = 2) and c = 3'],
    ['not a = 1 and b = 2', 'not (a = 1) and b = 2'],
    ['not (a = 1 and b = 2)', 'not (a = 1 and b = 2)'],
    ['not a = 1 or b = 2', 'not (a = 1) or b = 2'],
    ['not not a = 1', 'not (not (a = 1))'],
    ['((a = 1))', 'a = 1'],
    ['(a = 1 and (b = 2 and c = 3))', 'a = 1 and b = 2 and c = 3'],
    ['(a = 1 or b = 2) or c = 3', 'a = 1 or b = 2 or c = 3'],
    ['not(a = 1)', 'not (a = 1)'],
  ])('reads "%s" as "%s"', (text, canonical) => {
    expect(read(text)).toBe(canonical)
  })

  it('puts the or of "a or b and c" at the root: and binds tighter', () => {
    expect(parseWhere('a = 1 or b = 2 and c = 3').predicate).toMatchObject({
      kind: 'or',
      operands: [{ kind: 'comparison' }, { kind: 'and', operands: [{ path: 'b' }, { path: 'c' }] }],
    })
  })
})

describe('words', () => {
  it.each([
    ['A = 1 AND B = 2', 'A = 1 and B = 2'],
    ['a = 1 aNd b = 2 OR c IS NOT NULL', 'a = 1 and b = 2 or c is not null'],
    ['NOT a IN (1)', 'not (a in (1))'],
    ['a BETWEEN 1 AND 2', 'a between 1 and 2'],
    ['a = TRUE', 'a = true'],
    ['a LIKE "x" IGNORE CASE ORDER BY b DESC NULLS FIRST', "a like 'x' ignore case order by b desc nulls first"],
  ])('count in any case: %s', (text, canonical) => {
    expect(read(text)).toBe(canonical)
  })

  it.each([
    'note',
    'inx',
    'order',
    'is',
    'in',
    'like',
    'between',
    'by',
    'asc',
    'nulls',
    'ignore',
    'contains',
    'starts',
    'islike',
    'any',
    'none',
    'empty',
  ])('are properties where only a property can stand: %s', word => {
    expect(read(`${word} = 1 and ${word} is null and ${word} in (1)`)).toBe(
      `${word} = 1 and ${word} is null and ${word} in (1)`,
    )
    expect(read(`order by ${word} desc, ${word}`)).toBe(`order by ${word} desc, ${word} asc`)
  })

  it.each(['and', 'or', 'not', 'true', 'false', 'null'])('are properties in back-ticks: %s', word => {
    expect(read(`\`${word}\` = 1 order by \`${word}\``)).toBe(`\`${word}\` = 1 order by \`${word}\` asc`)
  })

  it('of other scripts that only look alike are no words of the grammar', () => {
    // U+212A KELVIN SIGN has the lower case "k".
    expect(() => read('a li\u212ae :x')).toThrow('AMBIT_QUERY_SYNTAX')
  })
})

describe('paths', () => {
  it.each([
    ['team.name = 1', 'team.name'],
    ['a.b.c.d = 1', 'a.b.c.d'],
    ['team.order = 1', 'team.order'],
    ['team.and = 1', 'team.and'],
    ['`team`.`name` = 1', 'team.name'],
    ['`first name` = 1', 'first name'],
    ["`o'clock`.x = 1", "o'clock.x"],
    ['größe = 1', 'größe'],
    ['名前.姓 = 1', '名前.姓'],
    ['_id = 1', '_id'],
    ['x1 = 1', 'x1'],
    ['𝒳 = 1', '𝒳'],
  ])('%s', (text, path) => {
    expect(parseWhere(text).predicate).toMatchObject({ path })
  })

  it('mean nothing to JavaScript: they are only text', () => {
    expect(parseWhere('__proto__ = 1 and constructor.prototype = 2').predicate).toMatchObject({
      operands: [{ path: '__proto__' }, { path: 'constructor.prototype' }],
    })
  })
})

describe('elements of a collection', () => {
  it.each([
    ["orders any (total > 5 and state = 'open')", "orders any (total > 5 and state = 'open')"],
    ['orders ANY(a = 1 or b = 2) and c = 3', 'orders any (a = 1 or b = 2) and c = 3'],
    ['not orders none (not a = 1)', 'not (orders none (not (a = 1)))'],
    ['a.orders any (items any (b is null))', 'a.orders any (items any (b is null))'],
    ['orders is empty or orders IS NOT EMPTY', 'orders is empty or orders is not empty'],
    ['any any (none none (empty is empty))', 'any any (none none (empty is empty))'],
    ['orders any ((a = 1))', 'orders any (a = 1)'],
  ])('%s', (text, canonical) => {
    expect(read(text)).toBe(canonical)
  })
})

describe('strings', () => {
  it.each([
    [`'x'`, 'x'],
    [`"x"`, 'x'],
    [`''`, ''],
    [`""`, ''],
    [`'it''s'`, "it's"],
    [`"say ""hi"""`, 'say "hi"'],
    [`'"'`, '"'],
    [`"'"`, "'"],
    [`''''`, "'"],
    [String.raw`'it\'s'`, "it's"],
    [String.raw`'\\'`, '\\'],
    [String.raw`'\n\r\t\b\f\0'`, '\n\r\t\b\f\0'],
    [String.raw`'\u00e9\u4E2D'`, 'é中'],
    [String.raw`'\ud83d\ude00'`, '😀'],
    [String.raw`'100\%'`, '100\\%'],
    [String.raw`'a\_b'`, 'a\\_b'],
    [String.raw`'a\\%'`, 'a\\%'],
    [`'a\nb'`, 'a\nb'],
    [`'-- no comment /* at all */'`, '-- no comment /* at all */'],
    [`':x ?1 (a = 1)'`, ':x ?1 (a = 1)'],
    [`'😀 中文'`, '😀 中文'],
  ])('%s holds %p', (text, value) => {
    expect(parseWhere(`a = ${text}`).predicate).toMatchObject({ value: { kind: 'literal', value } })
    expect(parseWhere(`a in (${text}, ${text})`).predicate).toMatchObject({ members: [{ value }, { value }] })
  })
})

describe('numbers', () => {
  it.each([
    ['0', 0],
    ['42', 42],
    ['-42', -42],
    ['+42', 42],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['-.5', -0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['1.5E-3', 0.0015],
    ['9007199254740993', 9007199254740993n],
    ['-9223372036854775808', -9223372036854775808n],
  ])('%s is exact', (text, value) => {
    expect(parseWhere(`a = ${text}`).predicate).toMatchObject({ value: { kind: 'literal', value } })
  })

  it('keep the digits that no JavaScript number holds', () => {
    expect(parseWhere('a = 0.12345678901234567890').predicate).toMatchObject({
      value: { kind: 'decimal', digits: '0.12345678901234567890' },
    })
  })
})

describe('placeholders', () => {
  it.each(['x', 'X1', '_', 'größe', 'camelCase', 'and', 'null'])('are named :%s', name => {
    expect(parseWhere(`a = :${name}`).predicate).toMatchObject({ value: { kind: 'parameter', name } })
  })

  it.each(['a = ?1', 'a in ?1', 'a like ?1', 'a between ?1 and 2', 'a in (1, ?2)'])(
    'have names, and no places: %s',
    text => {
      expect(() => parseWhere(text)).toThrow(/unexpected "\?"[^]*Write a named parameter/)
    },
  )

  it.each(['a = :x', 'a in :x', 'a in (:x)', 'a like :x', 'a between 1 and :x'])(
    'are refused in texts from outside: %s',
    text => {
      expect(() => parseWhere(text, { placeholders: 'none' })).toThrow("found the parameter ':x'")
    },
  )
})

describe('an order', () => {
  it.each([
    ['a = 1 order by b', 'a = 1 order by b asc'],
    ['a = 1 order by b asc, c desc', 'a = 1 order by b asc, c desc'],
    ['order by b', 'order by b asc'],
    ['order by team.name desc nulls last', 'order by team.name desc nulls last'],
    ['order by b nulls first', 'order by b asc nulls first'],
    ['order by b ignore case desc', 'order by b ignore case desc'],
    ['a = :x order by order', 'a = :x order by order asc'],
    ['order = 1 order by order', 'order = 1 order by order asc'],
  ])('%s is %s', (text, canonical) => {
    expect(read(text)).toBe(canonical)
  })

  it('leaves no predicate where it is all there is', () => {
    expect(parseWhere('order by a').predicate).toBeUndefined()
    expect(parseWhere('a = 1').order).toEqual([])
  })

  it('is refused where it is not allowed', () => {
    expect(() => parseWhere('a = 1 order by b', { orderBy: false })).toThrow(
      "expected 'and', 'or' or the end, found 'order'",
    )
    expect(() => parseWhere('order by b', { orderBy: false })).toThrow("found 'by'")
  })
})

describe('what is read', () => {
  it('is frozen throughout', () => {
    const { predicate, order } = parseWhere("a in (1, 2) and (b = 'x' or not c is null) order by a")
    const open: unknown[] = [predicate, order]
    for (let value = open.pop(); value !== undefined; value = open.pop()) {
      expect(Object.isFrozen(value)).toBe(true)
      if (typeof value === 'object' && value !== null) open.push(...Object.values(value))
    }
  })

  it('is independent of what was read before', () => {
    expect(() => parseWhere('a = ')).toThrow()
    expect(read('a = 1')).toBe('a = 1')
    expect(parseWhere('a = 1').predicate).not.toBe(parseWhere('a = 1').predicate)
  })
})
