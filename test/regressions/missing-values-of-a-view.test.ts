import { CrudRepository, ReadRepository, Repository, Sort, type Window, WindowRequest } from 'ambit'
import { CursorKeyError } from 'ambit/errors'
import { Column, Entity, PrimaryColumn, ViewColumn, ViewEntity } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// TypeORM has no way to say that a column of a view may be missing, and tells of each that it never is. Sorted by one, missing
// values stood elsewhere on SQLite than on PostgreSQL, and windows lost the rows that have none.

@Entity('rated')
class Rated {
  @PrimaryColumn('text') name!: string
  @Column({ type: 'int', nullable: true }) stars!: number | null
}

@ViewEntity({ name: 'rating', expression: 'SELECT name AS id, stars AS stars FROM rated' })
class Rating {
  @PrimaryColumn('text') id!: string
  @ViewColumn() stars!: number | null
}

/** Its second row has no key. */
@ViewEntity({ name: 'keyless', expression: "SELECT NULLIF(name, 'none') AS id, name AS name FROM rated" })
class Keyless {
  @PrimaryColumn('text') id!: string
  @ViewColumn() name!: string
}

@Repository(Rated)
class RatedThings extends CrudRepository<Rated, string> {}
@Repository(Rating)
class Ratings extends ReadRepository<Rating, string> {}
@Repository(Keyless)
class Keylesses extends ReadRepository<Keyless, string> {}

const SORTS = [
  ['ascending', Sort.by('stars'), ['two', 'five', 'none', 'nothing']],
  ['descending', Sort.by('stars').desc(), ['none', 'nothing', 'five', 'two']],
  ['ascending, missing ones first', Sort.by('stars').nullsFirst(), ['none', 'nothing', 'two', 'five']],
] as const

describe.each(ENGINES)('values that are missing in a view on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    entities: [Rated, Rating, Keyless],
    components: [RatedThings, Ratings, Keylesses],
  }))
  const ratings = (): Ratings => running.app.get(Ratings)

  beforeEach(async () => {
    await running.app.get(RatedThings).insertAll([
      { name: 'none', stars: null },
      { name: 'two', stars: 2 },
      { name: 'five', stars: 5 },
      { name: 'nothing', stars: null },
    ])
  })

  it.each(SORTS)('stand where they stand in a table: %s', async (_, sort, expected) => {
    const found = await ratings().findMany(undefined, { sort: sort.and(Sort.by('id')) })
    expect(found.map(({ id }) => id)).toEqual(expected)
  })

  it.each(SORTS)('are in the windows, in both directions: %s', async (_, sort, expected) => {
    const forwards: string[] = []
    let window: Window<Rating> | undefined
    do {
      const request = WindowRequest.first(1, sort)
      window = await ratings().findWindow(undefined, window?.endCursor ? request.after(window.endCursor) : request)
      forwards.push(...window.content.map(({ id }) => id))
    } while (window.hasNext)
    expect(forwards).toEqual(expected)

    const backwards: string[] = []
    window = undefined
    do {
      const request = WindowRequest.last(1, sort)
      window = await ratings().findWindow(undefined, window?.startCursor ? request.before(window.startCursor) : request)
      backwards.unshift(...window.content.map(({ id }) => id))
    } while (window.hasPrevious)
    expect(backwards).toEqual(expected)
  })
  it('make no cursor where they are of a key, and the error says what to do', async () => {
    const window = await running.app.get(Keylesses).findWindow(undefined, WindowRequest.first(2, Sort.by('name')))
    expect(window.content.map(({ name }) => name)).toEqual(['five', 'none'])
    expect(window.startCursor).toEqual(expect.any(String))
    expect(() => window.endCursor).toThrow(CursorKeyError)
    expect(() => window.endCursor).toThrow("A row has no 'id', which its entity says is never missing")
  })
})
