import { Page, PageRequest, Sort } from 'ambit'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'
import { crowd, PEOPLE, PersonRepository } from './people'

describe.each(ENGINES)('page arithmetic on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => PEOPLE)
  const people = (): PersonRepository => running.app.get(PersonRepository)

  it.each([
    [30, 10, 3],
    [31, 10, 4],
    [5, 10, 1],
    [0, 10, 0],
    [7, 0, 0],
  ])('PS-40 %d rows in pages of %d are %d pages', (total, size, pages) => {
    expect(new Page([], total, 0, size).totalPages).toBe(pages)
  })

  it('PS-40 stored rows come in as many pages as the arithmetic says, first and last told apart', async () => {
    await people().saveAll(crowd(5))
    const pages = [0, 1, 2, 3].map(page => people().findAll(PageRequest.of(page, 2, 'name')))
    const shapes = (await Promise.all(pages)).map(page => ({
      rows: page.content.length,
      pages: page.totalPages,
      isFirst: page.isFirst,
      isLast: page.isLast,
    }))
    expect(shapes).toEqual([
      { rows: 2, pages: 3, isFirst: true, isLast: false },
      { rows: 2, pages: 3, isFirst: false, isLast: false },
      { rows: 1, pages: 3, isFirst: false, isLast: true },
      { rows: 0, pages: 3, isFirst: false, isLast: true },
    ])
  })

  it('PS-40 no rows are no pages, and the one there is is first and last', async () => {
    const page = await people().findAll(PageRequest.of(0, 10))
    expect({ ...page }).toEqual({ content: [], total: 0, page: 0, size: 10 })
    expect([page.totalPages, page.isFirst, page.isLast]).toEqual([0, true, true])
  })

  it.each([
    [0, 10, 0],
    [1, 10, 10],
    [10, 10, 100],
  ])('PS-41 page %d of size %d begins behind %d rows', (page, size, offset) => {
    expect(PageRequest.of(page, size).offset).toBe(offset)
  })

  it('PS-41 the rows before a page are the offset', async () => {
    await people().saveAll(crowd(7))
    const page = await people().findAll(PageRequest.of(2, 3, 'name'))
    expect(page.content.map(({ name }) => name)).toEqual(['person07'])
    const request = PageRequest.of(0, 3, 'name').next().next()
    expect((await people().findAll(request)).content).toEqual(page.content)
  })

  it('PS-42 a sort is ascending unless told otherwise, and goes in no third direction', async () => {
    await people().saveAll(crowd(3))
    const names = async (sort: Sort): Promise<string[]> => (await people().findAll(sort)).map(({ name }) => name)
    expect(await names(Sort.by('name'))).toEqual(['person01', 'person02', 'person03'])
    expect(await names(Sort.by('name', 'DESC'))).toEqual(['person03', 'person02', 'person01'])
    expect(await names(new Sort('name', 'dEsC'))).toEqual(['person03', 'person02', 'person01'])
    expect(() => new Sort('name', 'sideways')).toThrow(expect.objectContaining({ code: 'AMBIT_QUERY_INVALID_SORT' }))
  })
})
