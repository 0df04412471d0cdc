import fc from 'fast-check'
import { InvalidPageError } from '../../../src/query/errors'
import { Page } from '../../../src/query/paging/page'
import { Slice } from '../../../src/query/paging/slice'

describe('a page', () => {
  it.each([
    [30, 10, 3],
    [31, 10, 4],
    [5, 10, 1],
    [0, 10, 0],
    [1, 1, 1],
    [30, 0, 0],
    [0, 0, 0],
    [Number.MAX_SAFE_INTEGER, 1, Number.MAX_SAFE_INTEGER],
  ])('PS-40 of %i rows in all and size %i counts %i pages', (total, size, pages) => {
    expect(new Page([], total, 0, size).totalPages).toBe(pages)
  })

  it.each([
    [0, 30, true, false],
    [1, 30, false, false],
    [2, 30, false, true],
    [3, 30, false, true],
    [0, 5, true, true],
    [0, 0, true, true],
    [7, 0, false, true],
  ])('PS-40 number %i of %i rows by ten knows whether it is the first or last', (page, total, isFirst, isLast) => {
    expect(new Page([], total, page, 10)).toMatchObject({ isFirst, isLast })
  })

  it('PS-40 of size 0 is first and last', () => {
    expect(new Page([], 30, 0, 0)).toMatchObject({ isFirst: true, isLast: true, totalPages: 0 })
  })

  it('PS-33 echoes its content, total, number and size', () => {
    expect(new Page(['a', 'b', 'c'], 10, 1, 3)).toMatchObject({ content: ['a', 'b', 'c'], total: 10, page: 1, size: 3 })
  })

  it.each([
    ['total', -1, 0, 1],
    ['total', 1.5, 0, 1],
    ['total', NaN, 0, 1],
    ['page number', 0, -1, 1],
    ['page number', 0, 0.5, 1],
    ['page size', 0, 0, -1],
    ['page size', 0, 0, Infinity],
  ])('refuses a %s that is no whole number of something', (what, total, page, size) => {
    expect(() => new Page([], total, page, size)).toThrow(InvalidPageError)
    expect(() => new Page([], total, page, size)).toThrow(`The ${what} cannot be`)
  })

  it('refuses a total that a driver left as text', () => {
    expect(() => new Page([], '3' as unknown as number, 0, 1)).toThrow('The total cannot be a string.')
  })

  it('keeps its own content, frozen', () => {
    const rows = [1, 2]
    const page = new Page(rows, 2, 0, 2)
    rows.push(3)
    expect(page.content).toEqual([1, 2])
    expect([page, page.content].every(Object.isFrozen)).toBe(true)
    expect(Object.isFrozen(rows)).toBe(false)
  })

  it('maps its content and keeps the rest', () => {
    const page = new Page(['a', 'b'], 12, 5, 2)
    expect(page.map((item, index) => `${item}${String(index)}`)).toEqual(new Page(['a0', 'b1'], 12, 5, 2))
    expect(page.content).toEqual(['a', 'b'])
  })

  it('passes an error of the mapping on', () => {
    const broken = (): never => {
      throw new RangeError('no')
    }
    expect(() => new Page([1], 1, 0, 1).map(broken)).toThrow(RangeError)
  })

  it('writes itself as JSON with what a pager needs', () => {
    expect(JSON.stringify(new Page([1], 3, 1, 1))).toBe('{"content":[1],"total":3,"page":1,"size":1,"totalPages":3}')
  })

  it('is the last exactly when no row comes after it', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(50), fc.integer({ min: 1, max: 20 }), (total, page, size) => {
        const { isLast, totalPages } = new Page([], total, page, size)
        expect(isLast).toBe((page + 1) * size >= total)
        expect(totalPages * size).toBeGreaterThanOrEqual(total)
        expect((totalPages - 1) * size).toBeLessThan(Math.max(total, 1))
      }),
    )
  })
})

describe('a slice', () => {
  it('knows its rows and whether more follow, and no total', () => {
    const slice = new Slice(['a'], 2, 1, true)
    expect(slice).toMatchObject({ content: ['a'], page: 2, size: 1, hasNext: true, isFirst: false, isLast: false })
    expect(slice).not.toHaveProperty('total')
  })

  it('is the last where nothing follows', () => {
    expect(new Slice([], 0, 10, false)).toMatchObject({ isFirst: true, isLast: true })
  })

  it.each([
    ['page number', -1, 1],
    ['page number', NaN, 1],
    ['page size', 0, -1],
    ['page size', 0, 1.5],
  ])('refuses a %s that is no whole number of something', (what, page, size) => {
    expect(() => new Slice([], page, size, false)).toThrow(`The ${what} cannot be`)
  })

  it('keeps its own content, frozen', () => {
    const rows = [1]
    const slice = new Slice(rows, 0, 1, false)
    rows.push(2)
    expect(slice.content).toEqual([1])
    expect([slice, slice.content].every(Object.isFrozen)).toBe(true)
  })

  it('maps its content and keeps the rest', () => {
    expect(new Slice([1, 2], 3, 2, true).map((n, index) => n * 10 + index)).toEqual(new Slice([10, 21], 3, 2, true))
  })

  it('writes all it knows as JSON', () => {
    expect(JSON.stringify(new Slice([1], 0, 1, true))).toBe('{"content":[1],"page":0,"size":1,"hasNext":true}')
  })
})
