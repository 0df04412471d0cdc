import {
  afterCommit,
  afterCompletion,
  afterRollback,
  InjectRepository,
  Service,
  Transactional,
  type TransactionOutcome,
} from 'ambit'
import type { Repository } from 'typeorm'
import { Note } from '../../data-source/entities'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'
import { Undo, words } from '../orm-world'

/** What the hooks were called with: `true` where the work was stored. */
const calls = { commit: [] as boolean[], rollback: [] as boolean[], complete: [] as TransactionOutcome[] }

@Service()
class NoteReader {
  constructor(@InjectRepository(Note) private readonly notes: Repository<Note>) {}

  async find(k: string): Promise<Note | null> {
    return this.notes.findOneBy({ k })
  }
}

@Service()
class NoteWriter {
  constructor(
    @InjectRepository(Note) private readonly notes: Repository<Note>,
    private readonly reader: NoteReader,
  ) {}

  @Transactional()
  async create(k: string, failure?: Error): Promise<Note | null> {
    await this.notes.save({ k, n: 1 })
    afterCommit(() => calls.commit.push(true))
    afterRollback(() => calls.rollback.push(false))
    afterCompletion(outcome => calls.complete.push(outcome))
    const seen = await this.reader.find(k)
    if (failure) throw failure
    return seen
  }
}

describe.each(ENGINES)('two services in the container on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Note], components: [NoteWriter, NoteReader] }))
  beforeEach(() => Object.values(calls).forEach(each => each.splice(0)))

  it('TT-26 what one service creates the other finds, inside and after; the commit hook is called once', async () => {
    expect(await running.app.get(NoteWriter).create('a')).toMatchObject({ k: 'a' })
    expect(await running.app.get(NoteReader).find('a')).toMatchObject({ k: 'a', n: 1 })
    expect(calls).toEqual({ commit: [true], rollback: [], complete: ['committed'] })
    const upToTheEnd = db.log.commands.slice(0, db.log.commands.indexOf('COMMIT') + 1)
    expect(upToTheEnd.filter(command => /^(BEGIN|COMMIT)/.test(command))).toEqual(['BEGIN', 'COMMIT'])
    expect(await words(db)).toEqual(['a'])
  })

  it('TT-27 a service that throws leaves no row; the rollback hook is called once', async () => {
    const failure = new Undo()
    await expect(running.app.get(NoteWriter).create('a', failure)).rejects.toBe(failure)
    expect(await running.app.get(NoteReader).find('a')).toBeNull()
    expect(calls).toEqual({ commit: [], rollback: [false], complete: ['rolled-back'] })
    expect(await words(db)).toEqual([])
  })

  it('TT-27 each call of the service is a transaction of its own: one that fails leaves the others', async () => {
    const { create } = NoteWriter.prototype
    const writer = running.app.get(NoteWriter)
    const outcomes = await Promise.allSettled([
      create.call(writer, 'a'),
      create.call(writer, 'b', new Undo()),
      create.call(writer, 'c'),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await words(db)).toEqual(['a', 'c'])
    expect([calls.commit, calls.rollback]).toEqual([[true, true], [false]])
  })
})
