import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { afterCompletion, Service, Transactional, transactional } from 'ambit'
import { ENGINES } from '../../support/engines'
import { committed, Note, NoteRepository, write } from '../notes'
import { failureOf, repeated, stageOn } from '../stage'

const ROWS = 2_500
const FILL =
  'INSERT INTO note (k) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) ' +
  "SELECT 'k' || (10000 + i) FROM n"

@Service()
class Export {
  constructor(private readonly notes: NoteRepository) {}

  @Transactional({ readOnly: true })
  async *words(told: string[]): AsyncGenerator<string> {
    afterCompletion(outcome => void told.push(outcome))
    for (const { k } of await this.notes.findAll()) yield k
  }
}

describe.each(ENGINES.filter(({ oneWriter }) => !oneWriter))('streams as in MikroORM, on $name', engine => {
  const stage = stageOn(engine)
  const { db } = stage
  const stream = (): Promise<Readable> =>
    stage.dataSource.getRepository(Note).createQueryBuilder('note').orderBy('note.k').stream()
  const fetches = (): number => db.log.texts.filter(text => text.startsWith('FETCH')).length

  it('MO-70 gives all rows, one by one, in order, in portions; the last portion too', async () => {
    await db.query(FILL)
    const found: string[] = []
    await stage.in.required(async () => {
      for await (const row of await stream()) found.push((row as { note_k: string }).note_k)
    })
    expect(found).toHaveLength(ROWS)
    expect(found).toEqual(found.toSorted())
    expect(fetches()).toBe(3)
  })

  it('MO-70 rows are raw, under the names of the builder', async () => {
    await write('a')
    const rows = await stage.in.required(async () => (await stream()).toArray())
    expect(rows).toEqual([{ note_k: 'a' }])
  })

  it('MO-70 mapped on the way, they are what the loop makes of them', async () => {
    for (const k of ['a', 'b']) await write(k)
    const words = await stage.in.required(async () =>
      (await stream()).map((row: { note_k: string }) => row.note_k.toUpperCase()).toArray(),
    )
    expect(words).toEqual(['A', 'B'])
  })

  it('MO-70 an error of the database surfaces in the loop, with its code, and dooms the transaction', async () => {
    await db.query(FILL)
    const outcome = stage.in.required(async () => {
      const runner = stage.dataSource.createQueryRunner()
      const rows = await runner.stream('SELECT 1 / (substr(k, 2)::int - 11200) AS q FROM note ORDER BY k')
      for await (const _ of rows) continue
    })
    await expect(outcome).rejects.toMatchObject({ driverError: { code: '22012' } })
    expect(db.log.commands.at(-1)).toBe('ROLLBACK')
  })

  repeated(stage, 'MO-70 an error of the loop reaches the caller, and nothing stays open', async () => {
    await db.query(FILL)
    const failure = new Error('in the loop')
    const outcome = stage.in.required(async () => {
      for await (const _ of await stream()) throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(fetches()).toBe(1)
  })

  it('MO-69 a signal ends a stream that is being read', async () => {
    await db.query(FILL)
    const controller = new AbortController()
    let read = 0
    const error = await failureOf(
      transactional({ signal: controller.signal }, async () => {
        for await (const _ of await stream()) if ((read += 1) === 10) controller.abort(new Error('enough'))
      }),
    )
    expect(error).toMatchObject({ code: 'AMBIT_TX_ABORTED' })
    expect(read).toBeLessThan(ROWS)
  })
})

describe.each(ENGINES)('generators in the place of streams, on $name', engine => {
  const stage = stageOn(engine, { components: [Export] })
  const words = (told: string[] = []): AsyncGenerator<string> => stage.app.get(Export).words(told)

  it('MO-70 gives entities row by row, and commits behind the last one', async () => {
    await stage.db.query(FILL)
    const told: string[] = []
    let read = 0
    for await (const k of words(told)) {
      expect(k).toMatch(/^k1\d{4}$/)
      expect(told).toEqual([])
      read += 1
    }
    expect([read, told]).toEqual([ROWS, ['committed']])
  })

  it('MO-70 an error of the consumer ends it, with a rollback', async () => {
    await write('a')
    const failure = new Error('in the loop')
    const told: string[] = []
    const consume = async (): Promise<void> => {
      for await (const _ of words(told)) throw failure
    }
    await expect(consume()).rejects.toBe(failure)
    expect(told).toEqual(['rolled-back'])
    expect(await committed(stage.db)).toEqual(['a'])
  })

  it("MO-70 SQLite's drivers have no stream: TypeORM's own refusal, and the transaction goes on", async () => {
    if (!engine.oneWriter) return expect(await openedInAScope()).toBe(true)
    await stage.in.required(async () => {
      await write('a')
      await expect(stage.dataSource.createQueryRunner().stream('SELECT k FROM note')).rejects.toThrow(/[Ss]tream/)
      await write('b')
    })
    expect(await committed(stage.db)).toEqual(['a', 'b'])
  })

  const openedInAScope = (): Promise<boolean> =>
    stage.in.required(async () => {
      const rows = await stage.dataSource.createQueryRunner().stream('SELECT 1 AS one')
      await once(rows, 'readable')
      rows.destroy()
      return true
    })
})
