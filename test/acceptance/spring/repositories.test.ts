import { CrudRepository, currentTransaction, Query, Repository, Transactional } from 'ambit'
import { ENGINES } from '../../support/engines'
import { committed, Failure, Note, write } from '../notes'
import { repeated, stageOn } from '../stage'

/** What the running code is in: `none`, `read-only` or `read-write`. */
function inside(): string {
  const transaction = currentTransaction()
  if (transaction === undefined) return 'none'
  return transaction.readOnly ? 'read-only' : 'read-write'
}

const told: string[] = []

@Repository(Note)
class Redeclared extends CrudRepository<Note, string> {
  @Query({ result: 'many' })
  declare findByK: (k: string) => Promise<Note[]>

  @Transactional({ isolation: 'SERIALIZABLE' })
  override async findById(id: string): Promise<Note | null> {
    told.push(`findById ${inside()}`)
    return super.findById(id)
  }

  override async deleteById(id: string): Promise<boolean> {
    told.push(`deleteById ${inside()}`)
    return super.deleteById(id)
  }

  async *each(): AsyncGenerator<string> {
    told.push(`each ${inside()}`)
    for (const { k } of await this.findAll()) yield k
  }
}

// Repositories publish no events of aggregates, so that half of the scenario has nothing to stand on.
describe.each(ENGINES)('transactions of repositories as in Spring, on $name', engine => {
  const stage = stageOn(engine, { components: [Redeclared] })
  const { db } = stage
  const notes = (): Redeclared => stage.app.get(Redeclared)
  beforeEach(() => void told.splice(0))

  repeated(stage, 'SP-59 save() with no transaction around it is one of its own, read-write', async () => {
    await notes().save({ k: 'a' })
    expect(db.log.commands[0]).toBe('BEGIN')
    expect(db.log.commands.filter(command => /^(BEGIN|COMMIT)/.test(command))).toEqual(['BEGIN', 'COMMIT'])
    if (!engine.oneWriter) expect(db.log.texts[0]).toBe('BEGIN')
    expect(await committed(db)).toEqual(['a'])
  })

  // A single select is the same with and without BEGIN around it: none is sent.
  it('SP-59 findAll() and a derived query are single selects, with no BEGIN', async () => {
    await notes().findAll()
    await notes().findByK('a')
    expect(db.log.commands).toEqual(['SELECT note', 'SELECT note'])
  })

  it('SP-59, O5: reads and writes of repositories join what is around them', async () => {
    const failure = new Failure()
    const outcome = stage.in.required(async () => {
      await notes().save({ k: 'a' })
      expect(await notes().findByK('a')).toEqual([{ k: 'a' }])
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(db.log.connections).toBe(1)
    expect(await committed(db)).toEqual([])
  })

  it('SP-59 a redeclared method has its own declaration', async () => {
    await write('a')
    db.log.clear()
    expect(await notes().findById('a')).toEqual({ k: 'a' })
    expect(told).toEqual(['findById read-write'])
    expect(db.log.commands).toEqual(['BEGIN', 'SELECT note', 'COMMIT'])
    if (!engine.oneWriter) expect(db.log.texts[0]).toBe('BEGIN ISOLATION LEVEL SERIALIZABLE')
  })

  it('SP-59 a redeclared method without one is read-write, as own methods are', async () => {
    await write('a')
    db.log.clear()
    expect(await notes().deleteById('a')).toBe(true)
    expect(told).toEqual(['deleteById read-write'])
    expect(db.log.commands.filter(command => /^(BEGIN|COMMIT)/.test(command))).toEqual(['BEGIN', 'COMMIT'])
    expect(await committed(db)).toEqual([])
  })

  // A generator of a repository is not refused outside a transaction: it has one of its own, until its loop ends.
  repeated(stage, 'SP-59 a generator that is left early gives its connection back', async () => {
    for (const k of ['a', 'b', 'c']) await write(k)
    const found: string[] = []
    for await (const k of notes().each()) {
      found.push(k)
      if (found.length === 2) break
    }
    expect(found).toHaveLength(2)
    expect(told.splice(0)).toEqual(['each read-write'])
    expect(await stage.in.required(async () => notes().count())).toBe(3)
  })
})
