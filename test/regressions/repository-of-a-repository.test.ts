import { bootstrap, CrudRepository, currentTransaction, Repository, Transactional } from 'ambit'
import { Failure, Note } from '../acceptance/notes'
import { silentLogger } from '../support/engines'

// A repository that extends another one kept the boundaries of that: in its data source, and with what its class declares.
// Its writes were outside of the transaction that its methods had begun, and stayed when they failed.

const seen: (string | undefined)[] = []
const note = (): void => void seen.push(currentTransaction('default')?.id, currentTransaction('archive')?.id)

@Repository(Note)
class Notes extends CrudRepository<Note, string> {
  async saveBoth(first: string, second: string): Promise<void> {
    note()
    await this.save({ k: first })
    await this.save({ k: second })
    throw new Failure('behind both')
  }

  async *steps(): AsyncGenerator<number> {
    note()
    yield 1
  }
}

@Repository({ entity: Note, dataSource: 'archive' })
class ArchivedNotes extends Notes {}

@Repository(Note)
@Transactional({ propagation: 'NEVER' })
class LonelyNotes extends Notes {}

@Transactional({ propagation: 'MANDATORY' })
@Repository(Note)
class GuestNotes extends Notes {}

describe('a repository that extends another one', () => {
  const memory = { url: 'sqlite::memory:', schema: 'create', entities: [Note] } as const
  const start = () =>
    bootstrap({
      logger: silentLogger,
      dataSources: { default: memory, archive: memory },
      components: [Notes, ArchivedNotes, LonelyNotes, GuestNotes],
    })

  beforeEach(() => {
    seen.length = 0
  })

  it('has transactions in its own data source', async () => {
    await using app = await start()
    await expect(app.get(ArchivedNotes).saveBoth('a', 'b')).rejects.toThrow(Failure)
    expect(await app.get(ArchivedNotes).findAll()).toEqual([])
    for await (const step of app.get(ArchivedNotes).steps()) void step
    expect(seen).toEqual([undefined, expect.stringContaining('archive'), undefined, expect.stringContaining('archive')])
  })

  it('leaves the other one as it is', async () => {
    await using app = await start()
    await expect(app.get(Notes).saveBoth('a', 'b')).rejects.toThrow(Failure)
    expect(await app.get(Notes).findAll()).toEqual([])
    expect(seen).toEqual([expect.stringContaining('default'), undefined])
  })

  it('does what its class declares, in either order', async () => {
    await using app = await start()
    await expect(app.get(GuestNotes).saveBoth('a', 'b')).rejects.toThrow('AMBIT_TX_MANDATORY')
    await expect(app.get(LonelyNotes).saveBoth('a', 'b')).rejects.toThrow(Failure)
    expect(seen).toEqual([undefined, undefined])
  })
})
