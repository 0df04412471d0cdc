import {
  bootstrap,
  CrudRepository,
  dataSourceToken,
  type ExecutionEvent,
  NotTransactional,
  printTrace,
  Query,
  Repository,
  transactional,
} from 'ambit'
import { recordStatements } from 'ambit/testing'
import { type DataSource, Entity, PrimaryColumn } from 'typeorm'
import { engineDatabase, ENGINES, expectClean, runningApplication, silentLogger } from '../support/engines'
import { rejection } from './harness'

// Statements that no transaction is around: execution listeners are told of them, and traces keep them.

@Entity('item')
class Item {
  @PrimaryColumn({ type: 'varchar' })
  k!: string
}

@Repository(Item)
class Items extends CrudRepository<Item, string> {
  @NotTransactional()
  @Query({ where: 'k = :k', result: 'one' })
  declare byKey: (k: string) => Promise<Item | null>
}

const OUTSIDE = 'a statement outside every transaction'

type Told = Extract<ExecutionEvent, { readonly kind: 'statement' | 'statement-end' }>

describe.each(ENGINES)('a statement outside every transaction on $name', engine => {
  const database = engineDatabase(engine)
  const events: Told[] = []
  const listener = {
    onEvent: (event: ExecutionEvent): void => {
      if (event.kind === 'statement' || event.kind === 'statement-end') events.push(event)
    },
  }
  const running = runningApplication(database, () => ({ entities: [Item], components: [Items], listeners: [listener] }))
  const dataSource = (): DataSource => running.app.get(dataSourceToken('default'))
  beforeEach(() => void events.splice(0))

  it('is told twice, with a boundary of its own and no transaction; statements of the start are not', async () => {
    await dataSource().query('SELECT 1 AS n')
    const facts = { label: OUTSIDE, dataSource: 'default', transaction: undefined, text: 'SELECT 1 AS n' }
    expect(events).toEqual([
      { kind: 'statement', ...facts, boundary: expect.any(Number), statement: expect.any(Number) },
      expect.objectContaining({ kind: 'statement-end', ...facts, error: undefined, waitedMs: 0 }),
    ])
    expect(events[1]).toMatchObject({ boundary: events[0]?.boundary, statement: events[0]?.statement })
  })

  it.each([
    ['a manager', () => dataSource().getRepository(Item).find()],
    ['a declared query without a boundary', () => running.app.get(Items).byKey('a')],
  ])('is told of %s', async (_, read) => {
    await read()
    expect(events.map(({ kind, transaction }) => [kind, transaction])).toEqual([
      ['statement', undefined],
      ['statement-end', undefined],
    ])
  })

  it('that fails has its error, and is the call’s own step under NOT_SUPPORTED', async () => {
    const error = await rejection(
      transactional({ propagation: 'NOT_SUPPORTED', label: 'Shop.look' }, () => dataSource().query('SELECT nothing')),
    )
    expect(events[1]).toMatchObject({ kind: 'statement-end', label: 'Shop.look', transaction: undefined })
    expect((events[1] as { error?: unknown }).error).toBe(error)
  })

  it('is recorded once by recordStatements()', async () => {
    const recording = recordStatements(running.app)
    await dataSource().query('SELECT 1')
    await running.app.get(Items).findById('a')
    await running.app.get(Items).byKey('a')
    recording.stop()
    expect(recording.statements.filter(({ text }) => text === 'SELECT 1')).toHaveLength(1)
    expect(recording.count('SELECT')).toBe(3)
  })

  it('is a trace of one step; such traces do not drive out the calls', async () => {
    await using app = await bootstrap({
      database: database.settings,
      entities: [Item],
      logger: silentLogger,
      trace: { print: false, limit: 4 },
    })
    const own: DataSource = app.get(dataSourceToken('default'))
    expect(app.traces).toEqual([])
    for (const label of ['a', 'b', 'c']) await app.run(() => transactional({ label }, () => own.query('SELECT 1')))
    for (let n = 0; n < 10; n += 1) await own.query("SELECT 'secret' AS s")
    expect(app.traces.map(({ label }) => label)).toEqual(['b', 'c', OUTSIDE, OUTSIDE])
    const last = app.traces.at(-1)
    expect(last).toMatchObject({
      decision: 'no-transaction',
      steps: [{ kind: 'statement', text: 'SELECT ? AS s', error: undefined }],
    })
    expect(last && printTrace(last).replace(/\d+\.\d ms/g, 'N ms')).toBe(
      `${OUTSIDE}  no transaction  N ms\n└─ SELECT ? AS s  N ms`,
    )
    await expectClean(database, app)
  })
})
