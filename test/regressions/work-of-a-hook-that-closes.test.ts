import { afterCommit, type Application, bootstrap, dataSourceToken, transactional } from 'ambit'
import { committed, Note, NoteRepository, write } from '../acceptance/notes'
import { ENGINES, engineDatabase, silentLogger } from '../support/engines'

// A close looked whether anything ran, and a tick later at what ran: what had begun in between, as the work of the hook that had
// asked for the close, was rolled back at once, "after 10000 ms".

describe.each(ENGINES)('a hook that closes its application and goes on, on $name', engine => {
  const db = engineDatabase(engine)
  const other = engineDatabase(engine)
  let app: Application
  const reports: Error[] = []

  beforeEach(async () => {
    reports.length = 0
    app = await bootstrap({
      dataSources: { default: db.settings, other: other.settings },
      entities: [Note],
      components: [NoteRepository],
      logger: silentLogger,
      onError: error => void reports.push(error),
    })
    for (const each of [db, other]) await each.query('DELETE FROM note')
  })
  afterEach(() => app.close())

  it.each(['default', 'other'])('finishes its work on %s', async dataSource => {
    let closing: Promise<void> | undefined
    await transactional({}, async () => {
      await write('a')
      afterCommit(async () => {
        closing = app.close()
        await transactional({ dataSource }, () =>
          app.get(dataSourceToken(dataSource)).query(`INSERT INTO note VALUES ('b')`),
        )
      })
    })
    await closing
    expect(reports).toEqual([])
    const written = dataSource === 'default' ? [['a', 'b'], []] : [['a'], ['b']]
    expect([await committed(db), await committed(other)]).toEqual(written)
  })
})
