import { transactional } from 'ambit'
import { Note } from '../../data-source/entities'
import { page, tableBelow } from '../../docs/pages'
import { ENGINES } from '../../support/engines'
import { expectOneTransaction, Undo, words, type World, worldOn } from '../orm-world'
import { BUILDER_ROWS } from './builders'
import { FillNotes1700000000001, NoteView, Tag } from './entities'
import { KEPT_ROWS } from './kept'
import { REPOSITORY_ROWS } from './repositories'
import { type Answer, type HandleRow, UNCOMMITTED } from './row'
import { RUNNER_ROWS } from './runners'

const SECTIONS: Readonly<Record<string, readonly HandleRow[]>> = {
  'Managers, repositories, entities': REPOSITORY_ROWS,
  'Query builders': BUILDER_ROWS,
  'Query runners, transactions, schema': RUNNER_ROWS,
}
const ROWS = Object.values(SECTIONS).flat()

const OPTIONS = {
  entities: [Tag, NoteView],
  migrations: [FillNotes1700000000001],
  typeorm: { cache: true },
  bootstrap: { waitTimeoutMs: 250 },
}

type Obtained = 'before' | 'inside'
const casesOf = (obtained: Obtained, kind: (answer: Answer) => boolean, engine: string, adopted?: true) =>
  ROWS.filter(row => kind(row[obtained]) && (row.engine ?? engine) === engine && row.adopted === adopted).map(row => ({
    row,
    obtained,
    title: `${row.id} ${row.handle}, obtained ${obtained}: ${row[obtained]}`,
  }))
type Case = ReturnType<typeof casesOf>[number]

const works = (answer: Answer): boolean => answer === 'works'
const refused = (answer: Answer): boolean => answer.startsWith('refused')
const own = (answer: Answer): boolean => answer === "TypeORM's own"
const both = (kind: (answer: Answer) => boolean, engine: string, adopted?: true): Case[] => [
  ...casesOf('before', kind, engine, adopted),
  ...casesOf('inside', kind, engine, adopted),
]

/** What is stored, seen by a stranger: the notes, and how many rows the other tables have. */
async function stored({ db, dataSource }: World): Promise<unknown> {
  const tables = dataSource.entityMetadatas.filter(({ tableType }) => tableType !== 'view')
  const counts = tables.map(({ tableName }) => `(SELECT count(*) FROM "${tableName}") AS "${tableName}"`)
  return {
    notes: await db.query('SELECT k, n FROM note ORDER BY k'),
    counts: await db.query(`SELECT ${counts.join(', ')}`),
  }
}

/** One connection with one BEGIN, first, and one end, last; between them as many savepoints as one likes. */
function expectOnePhysicalTransaction({ db }: World, end: 'COMMIT' | 'ROLLBACK'): void {
  const { commands, commandsByConnection } = db.log
  expect(new Set(commandsByConnection.map(command => command.split(' ', 1)[0])).size).toBe(1)
  expect([commands[0], commands.at(-1)]).toEqual(['BEGIN', end])
  expect(commands.filter(command => /^(BEGIN|START|COMMIT|ROLLBACK)$/.test(command))).toEqual(['BEGIN', end])
}

function expectTransaction(world: World, { savepoint }: HandleRow, end: 'COMMIT' | 'ROLLBACK'): void {
  if (savepoint) expectOnePhysicalTransaction(world, end)
  else expectOneTransaction(world.db, end)
}

const codeOf = (answer: Answer): object => ({ code: answer.replace('refused: ', '') })

/** What the tests of one describe do with a row. */
class Scenario {
  constructor(
    private readonly world: World,
    private readonly each: Case,
    private readonly early?: () => Promise<unknown>,
  ) {}

  /** Runs the row's work in a scope, behind what the scope does first. */
  async inScope(first: () => Promise<unknown>, last: () => Promise<unknown>): Promise<unknown> {
    const { row, obtained } = this.each
    const early = this.early ?? (obtained === 'before' ? await row.obtain(this.world.dataSource) : undefined)
    const before = await stored(this.world)
    this.world.db.log.clear()
    await transactional({}, async () => {
      await first()
      const use = early ?? (await row.obtain(this.world.dataSource))
      if (row[obtained].startsWith('refused')) await expect(use()).rejects.toMatchObject(codeOf(row[obtained]))
      else await use()
      await last()
    }).catch((error: unknown) => {
      if (!(error instanceof Undo)) throw error
    })
    return before
  }
}

const undo = (): Promise<never> => Promise.reject(new Undo())

describe.each(ENGINES)('the table of handles on $name', engine => {
  const world = worldOn(engine, 'made by bootstrap', OPTIONS)
  const insert = (k: string) => (): Promise<unknown> => world.dataSource.manager.insert(Note, { k })
  const nothing = (): Promise<void> => Promise.resolve()
  beforeEach(async () => {
    await world.db.query('DELETE FROM "query-result-cache"')
    world.db.log.clear()
  })

  it.each(both(works, engine.name))('$title; a rollback undoes it', async each => {
    const before = await new Scenario(world, each).inScope(insert(UNCOMMITTED), undo)
    expectTransaction(world, each.row, 'ROLLBACK')
    expect(await stored(world)).toEqual(before)
  })

  it.each(both(works, engine.name))('$title; a commit stores it', async each => {
    await transactional({}, insert(UNCOMMITTED))
    const plain = await stored(world)
    await world.db.query('DELETE FROM note')
    await new Scenario(world, each).inScope(insert(UNCOMMITTED), nothing)
    expectTransaction(world, each.row, 'COMMIT')
    if (each.row.reads) expect(await stored(world)).toEqual(plain)
    else expect(await stored(world)).not.toEqual(plain)
  })

  it.each(both(own, engine.name))('$title; a rollback of the transaction leaves it', async each => {
    // SQLite's one writer would be the transaction's: H-31.
    const before = await new Scenario(world, each).inScope(engine.oneWriter ? nothing : insert(UNCOMMITTED), undo)
    if (each.row.reads) expect(await stored(world)).toEqual(before)
    else expect(await stored(world)).not.toEqual(before)
    expect(await words(world.db)).not.toContain(UNCOMMITTED)
  })

  it.each(both(refused, engine.name))('$title; the transaction goes on', async each => {
    await new Scenario(world, each).inScope(insert('first'), insert('went on'))
    expectTransaction(world, each.row, 'COMMIT')
    expect(await words(world.db)).toEqual(['first', 'went on'])
  })

  it('H-14 cache: true in a read-only transaction: the database refuses to keep the result', async () => {
    const cached = (): Promise<Note[]> => world.dataSource.getRepository(Note).find({ cache: true })
    await expect(transactional({ readOnly: true }, cached)).rejects.toThrow(/readonly|read-only/)
  })

  it('H-42 synchronize(true) is refused before it drops anything, and the transaction goes on', async () => {
    await insert('kept')()
    await transactional({}, async () => {
      world.db.log.clear()
      const refusal = world.dataSource.synchronize(true)
      await expect(refusal).rejects.toMatchObject({ code: 'AMBIT_DATA_SOURCE_EXPLICIT_TRANSACTION' })
      expect(world.db.log.entries).toEqual([])
      await insert('more')()
    })
    expect(await words(world.db)).toEqual(['kept', 'more'])
  })

  it('H-45 undoLastMigration() on PostgreSQL works in the transaction', async () => {
    const run = transactional({}, async () => {
      await world.dataSource.runMigrations()
      expect(await world.dataSource.getRepository(Note).count()).toBe(1)
      await world.dataSource.undoLastMigration()
      expect(await world.dataSource.getRepository(Note).count()).toBe(0)
      throw new Undo()
    })
    const refusal = { code: 'AMBIT_DATA_SOURCE_EXPLICIT_TRANSACTION' }
    if (engine.oneWriter) await expect(run).rejects.toMatchObject(refusal)
    else await expect(run).rejects.toThrow(Undo)
  })

  it.each(KEPT_ROWS.filter(row => (row.engine ?? engine.name) === engine.name))(
    '$id $handle, used after the end: $after',
    async ({ keep, after }) => {
      const use = await transactional({}, () => keep(world.dataSource))
      world.db.log.clear()
      if (after === 'works') await use()
      else await expect(use()).rejects.toMatchObject(codeOf(after))
      expect(await words(world.db)).not.toContain('late')
      if (after !== 'works') world.reports.splice(0)
    },
  )
})

describe.each(ENGINES)('the table of handles on $name, of a DataSource that was given away', engine => {
  const early = new Map<string, () => Promise<unknown>>()
  const adopted = ROWS.filter(row => row.adopted)
  const world = worldOn(engine, 'adopted', {
    ...OPTIONS,
    early: dataSource => {
      for (const { id, obtain } of adopted) early.set(id, obtain(dataSource) as () => Promise<unknown>)
    },
  })

  it.each(both(() => true, engine.name, true))('$title', async each => {
    const { row, obtained } = each
    const use = obtained === 'before' ? early.get(row.id) : undefined
    await new Scenario(world, each, use).inScope(
      () => world.dataSource.manager.insert(Note, { k: 'first' }),
      () => world.dataSource.manager.insert(Note, { k: 'went on' }),
    )
    expectTransaction(world, row, 'COMMIT')
    expect(await words(world.db)).toEqual(refused(row[obtained]) ? ['first', 'went on'] : ['a', 'first', 'went on'])
  })
})

describe('docs/reference/handles.md', () => {
  const plain = (cells: readonly string[]): string[] => cells.map(cell => cell.replaceAll('`', ''))
  const table = (heading: string) => tableBelow(page('docs/reference/handles.md'), heading)

  it.each(Object.entries(SECTIONS))('has the rows of the tests: %s', (heading, rows) => {
    const expected = rows.map(({ id, handle, before, inside, why }) => plain([id, handle, before, inside, why]))
    expect(table(heading)).toEqual(expected)
  })

  it('has the rows of the tests: kept after the end', () => {
    expect(table('Kept after the end')).toEqual(
      KEPT_ROWS.map(({ id, handle, after, why }) => plain([id, handle, after, why])),
    )
  })

  it('gives each row a number of its own', () => {
    const ids = [...ROWS, ...KEPT_ROWS].map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})
