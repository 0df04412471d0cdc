import fc from 'fast-check'
import { readCells, writeCells } from '../../../src/query/cursor/cursor-cells'
import { cursorDigest } from '../../../src/query/cursor/cursor-digest'
import { Cursors } from '../../../src/query/cursor/cursors'
import { CursorKeyError, InvalidCursorError } from '../../../src/query/errors'

const OLD = 'an old secret of at least thirty-two bytes'
const NEW = 'a new secret of at least thirty-two bytes!'
const subject = { label: 'Users.all', text: 'age > :v1 order by name asc', values: [18], scope: undefined }
const use = { label: subject.label, digest: cursorDigest(subject) }

const refused = (open: () => unknown): void => {
  try {
    open()
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidCursorError)
    // One text for every reason.
    expect((error as Error).message).toBe(new InvalidCursorError('Users.all').message)
    return
  }
  throw new Error('the cursor was taken')
}

const cell = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constant(null),
  fc.double({ noNaN: true }),
  fc.uint8Array().map(bytes => Buffer.from(bytes)),
)

describe('a cursor', () => {
  const cursors = new Cursors({ keys: [NEW, OLD] })

  it('gives back every key as it was', () => {
    fc.assert(
      fc.property(fc.array(cell), cells => {
        expect(cursors.open(cursors.seal(cells, use), use, cells.length)).toEqual(cells)
      }),
    )
  })

  it('is another each time, and none of its bytes tell a value', () => {
    const [first, second] = [cursors.seal(['a secret name', '4711'], use), cursors.seal(['a secret name', '4711'], use)]
    expect(first).not.toBe(second)
    expect(first).toMatch(/^[\w-]+$/)
    for (const sealed of [first, second].map(text => Buffer.from(text, 'base64url').toString('latin1'))) {
      expect(sealed).not.toContain('secret')
      expect(sealed).not.toContain('4711')
    }
    expect(cursors.seal(['a'], use)).toHaveLength(cursors.seal(['abcdefgh'], use).length)
  })

  it('is refused with any bit changed, cut or lengthened', () => {
    const sealed = Buffer.from(cursors.seal(['a', null], use), 'base64url')
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Buffer.from(sealed)
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      refused(() => cursors.open(changed.toString('base64url'), use, 2))
    }
    for (let length = 0; length < sealed.length; length += 1) {
      refused(() => cursors.open(sealed.subarray(0, length).toString('base64url'), use, 2))
    }
    refused(() => cursors.open(Buffer.concat([sealed, Buffer.alloc(1)]).toString('base64url'), use, 2))
  })

  it('is refused where it was made for something else', () => {
    const cursor = cursors.seal(['a'], use)
    const others = [
      { ...subject, label: 'Users.others' },
      { ...subject, text: 'age > :v1 order by name desc' },
      { ...subject, values: [19] },
      { ...subject, values: ['18'] },
      { ...subject, values: [18n] },
      { ...subject, values: [18, null] },
      { ...subject, scope: 'tenant' },
    ]
    for (const other of others) refused(() => cursors.open(cursor, { ...use, digest: cursorDigest(other) }, 1))
    refused(() => cursors.open(cursor, use, 2))
    expect(cursors.open(cursor, use, 1)).toEqual(['a'])
  })

  it.each(['', ' ', 'null', '{}', '=', 'AQ', '%00', 'a b', 'é', 'A'.repeat(8_193), 'A'.repeat(1_000_000)])(
    'is refused where it is no cursor at all: %#',
    text => {
      refused(() => cursors.open(text, use, 1))
    },
  )

  it('is refused, whatever the text, and never anything else is thrown', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes).toString('base64url')),
      fc.uint8Array({ minLength: 60, maxLength: 200 }).map(bytes =>
        // With our own head, so that it gets as far as the seal.
        Buffer.concat([Buffer.from(cursors.seal([], use), 'base64url').subarray(0, 5), bytes]).toString('base64url'),
      ),
    )
    fc.assert(
      fc.property(anything, text => {
        refused(() => cursors.open(text, use, 1))
      }),
      { numRuns: 1_000 },
    )
  })

  it('outlives the turn of its key, and not the key', () => {
    const before = new Cursors({ keys: [OLD] }).seal(['a'], use)
    expect(cursors.open(before, use, 1)).toEqual(['a'])
    const after = cursors.seal(['b'], use)
    refused(() => new Cursors({ keys: [OLD] }).open(after, use, 1))
    refused(() => new Cursors({ keys: [NEW] }).open(before, use, 1))
    expect(new Cursors({ keys: [NEW] }).open(after, use, 1)).toEqual(['b'])
  })

  it('without keys ends with its maker, who hears of that once', () => {
    const told: string[] = []
    const passing = new Cursors({ onRandomKey: () => told.push('told') })
    expect(told).toEqual([])
    const cursor = passing.seal(['a'], use)
    passing.seal(['b'], use)
    expect(passing.open(cursor, use, 1)).toEqual(['a'])
    refused(() => new Cursors().open(cursor, use, 1))
    expect(told).toEqual(['told'])
  })

  it('is not made of what it cannot hold', () => {
    expect(() => cursors.seal(['a'.repeat(10_000)], use)).toThrow(CursorKeyError)
    expect(() => cursors.seal([{}], use)).toThrow('AMBIT_QUERY_CURSOR_KEY')
    expect(() => cursors.seal([undefined], use)).toThrow('AMBIT_QUERY_CURSOR_KEY')
  })
})

describe('the cells of a cursor', () => {
  it('keep zeros and infinities apart', () => {
    const cells = [0, -0, Infinity, -Infinity, 5e-324, 1e300]
    expect(readCells(writeCells(cells, 'here'), cells.length)).toEqual(cells)
  })
})

describe('the digest of what a cursor is for', () => {
  const values = fc.array(
    fc.oneof(fc.string(), fc.integer(), fc.bigInt(), fc.boolean(), fc.constant(null), fc.date(), fc.array(fc.string())),
  )

  it('is the same for the same, and another for everything else', () => {
    fc.assert(
      fc.property(values, values, (some, others) => {
        const [one, other] = [cursorDigest({ ...subject, values: some }), cursorDigest({ ...subject, values: others })]
        expect(one.equals(cursorDigest({ ...subject, values: [...some] }))).toBe(true)
        expect(one.equals(other)).toBe(isSame(some, others))
      }),
    )
    const apart: readonly (readonly unknown[])[] = [
      [],
      [null],
      [[]],
      [[null]],
      ['1'],
      [1],
      [1n],
      [['1']],
      ['1', '2'],
      [['1', '2']],
      [Buffer.from('1')],
      [new Date(1)],
      [{ a: '1' }],
      ['{"a":"1"}'],
    ]
    const digests = apart.map(each => cursorDigest({ ...subject, values: each }).toString('hex'))
    expect(new Set(digests).size).toBe(apart.length)
  })
})

function isSame(some: readonly unknown[], others: readonly unknown[]): boolean {
  try {
    expect(some.map(zeroed)).toStrictEqual(others.map(zeroed))
    return true
  } catch {
    return false
  }
}

/** For values that are bound alike. */
function zeroed(value: unknown): unknown {
  if (value instanceof Date) return ['date', String(value.getTime())]
  return Object.is(value, -0) ? 0 : value
}
