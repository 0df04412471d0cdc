import { CrudRepository, NotTransactional, Repository, type RowStream } from 'ambit'
import { SqlError } from 'ambit/errors'
import { Note, NOTES } from '../acceptance/notes'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// A stream that a method without a boundary handed on had lost its batches: it was taken for any other generator.

@Repository(Note)
class Streams extends CrudRepository<Note, string> {
  @NotTransactional()
  rows(): RowStream<Note> {
    return this.stream()
  }
}

describe.each(ENGINES)('a stream that @NotTransactional() hands on, on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ ...NOTES, components: [...NOTES.components, Streams] }))
  const streams = (): Streams => running.app.get(Streams)

  it('has its batches, and its rows', async () => {
    await streams().insertAll([{ k: 'a' }, { k: 'b' }])
    const batches: number[] = []
    for await (const batch of streams().rows().batches()) batches.push(batch.length)
    expect(batches).toEqual([2])
    const rows: string[] = []
    for await (const { k } of streams().rows()) rows.push(k)
    expect(rows.sort()).toEqual(['a', 'b'])
  })

  it('tells errors of the database as errors of the catalogue', async () => {
    const table = running.app.get(Streams).orm.metadata.tableName
    await db.query(`ALTER TABLE "${table}" RENAME TO gone`)
    try {
      await expect(streams().rows().next()).rejects.toBeInstanceOf(SqlError)
    } finally {
      await db.query(`ALTER TABLE gone RENAME TO "${table}"`)
    }
  })
})
