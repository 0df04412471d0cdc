import {
  type Application,
  bootstrap,
  CrudRepository,
  detached,
  type ExecutionEvent,
  type ExecutionListener,
  Query,
  Repository,
  Sort,
  Transactional,
  transactional,
} from 'ambit'
import { lane } from '#lane'
import { AfterLoad, Column, Entity, ManyToOne, PrimaryColumn } from 'typeorm'
import { SqlError, TransactionEndedError } from '../../../src/errors'
import { ambientApplication } from '../../../src/core/applications'
import type { Environment } from '../../../src/tx/environment'
import { TRANSACTION_MANAGERS } from '../../../src/tx/transaction-managers'
import { ENGINES, engineDatabase, runningApplication, silentLogger } from '../../support/engines'

@Entity('shelf')
class Shelf {
  @PrimaryColumn()
  id!: number
}

@Entity('item')
class Item {
  @PrimaryColumn()
  id!: number

  @Column()
  name!: string

  @Column({ type: 'int', nullable: true })
  size!: number | null

  @Column({ default: false })
  seen!: boolean
}

/** TypeORM must load it: it has an eager relation, and listens. */
@Entity('box')
class Box {
  @PrimaryColumn()
  id!: number

  @Column()
  label!: string

  @ManyToOne(() => Shelf, { eager: true, nullable: true })
  shelf!: Shelf | null

  loaded = 0

  @AfterLoad()
  note(): void {
    this.loaded += 1
  }
}

@Repository(Item)
class Items extends CrudRepository<Item> {
  @Query({ fetchSize: 10 })
  declare streamBySizeGreaterThanEqualOrderByIdAsc: (size: number) => AsyncIterable<Item>

  @Query({ where: 'size >= :size order by id', result: 'stream', fetchSize: 10 })
  declare from: (size: number) => AsyncGenerator<Item>

  @Query({ result: 'stream', fetchSize: 2 })
  declare findFirst5ByOrderByIdDesc: () => AsyncIterable<Item>

  @Query({ fetchSize: 1 })
  declare streamFirst3ByOrderByIdAsc: () => AsyncIterable<Item>

  @Query.sql('SELECT id, name AS title FROM item WHERE size >= :size ORDER BY id', { result: 'stream', fetchSize: 10 })
  declare titles: (size: number) => AsyncIterable<{ id: number; title: string }>

  @Query.sql('SELECT nothing FROM nowhere', { result: 'stream' })
  declare wrong: () => AsyncIterable<object>

  @Transactional({ readOnly: true, isolation: 'SERIALIZABLE', label: 'Items.serial' })
  @Query({ where: 'size >= 0', result: 'stream' })
  declare serial: () => AsyncIterable<Item>
}

@Repository(Shelf)
class Shelves extends CrudRepository<Shelf> {}

@Repository(Box)
class Boxes extends CrudRepository<Box> {}

const ROWS = 25

class Recorder implements ExecutionListener {
  readonly events: ExecutionEvent[] = []
  onEvent(event: ExecutionEvent): void {
    this.events.push(event)
  }
}

function currentEnvironment(app: Application): Environment {
  const manager = app.run(() => ambientApplication()?.get(TRANSACTION_MANAGERS)?.get('default'))
  if (manager === undefined) throw new Error('the application has a default data source')
  return manager.environment
}

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const row of rows) found.push(row)
  return found
}

describe.each(ENGINES)('a stream on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    entities: [Shelf, Item, Box],
    components: [Items, Boxes, Shelves],
    waitTimeoutMs: 1_000,
  }))
  const items = (): Items => running.app.get(Items)
  const boxes = (): Boxes => running.app.get(Boxes)

  beforeEach(async () => {
    const values = Array.from({ length: ROWS }, (_, at) => `(${at}, 'i${at}', ${at}, ${engine.oneWriter ? 0 : false})`)
    await db.query(`INSERT INTO item (id, name, size, seen) VALUES ${values.join()}`)
    db.log.clear()
  })

  /** What a stream outside a transaction sends: a driver that cannot step through an answer has it in a table. */
  const own = engine.oneWriter && lane.name !== 'main' ? ['DROP', 'CREATE item', 'DROP'] : ['SELECT item']

  const ids = (rows: readonly { id: number }[]): number[] => rows.map(({ id }) => id)
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at)

  describe('outside a transaction', () => {
    it('O7, S5: gives what a list gives, in a read-only transaction of its own', async () => {
      const rows = await all(items().streamBySizeGreaterThanEqualOrderByIdAsc(3))
      expect(rows).toEqual(
        await items()
          .orm.find({ where: {}, order: { id: 'ASC' } })
          .then(list => list.slice(3)),
      )
      expect(rows[0]).toBeInstanceOf(Item)
      expect(db.log.commands.slice(0, 3)).toEqual(['BEGIN', ...own.slice(0, 2), 'COMMIT'].slice(0, 3))
    })

    it('takes a where expression, a refined name, a limit and raw SQL', async () => {
      expect(ids(await all(items().from(20)))).toEqual([20, 21, 22, 23, 24])
      expect(ids(await all(items().findFirst5ByOrderByIdDesc()))).toEqual([24, 23, 22, 21, 20])
      expect(ids(await all(items().streamFirst3ByOrderByIdAsc()))).toEqual([0, 1, 2])
      expect(await all(items().titles(23))).toEqual([
        { id: 23, title: 'i23' },
        { id: 24, title: 'i24' },
      ])
    })

    it('sends nothing before the first row is asked for, and nothing at all where none is', async () => {
      const stream = items().from(0)
      await Promise.resolve()
      expect(db.log.texts).toEqual([])
      expect(await stream.return(undefined)).toEqual({ done: true, value: undefined })
      expect(await stream.next()).toEqual({ done: true, value: undefined })
      expect(db.log.texts).toEqual([])
    })

    it('O7 left early, gives its connection back', async () => {
      for await (const { id } of items().from(0)) if (id === 3) break
      expect(db.log.commands.filter(command => command !== 'SELECT temp')).toEqual(['BEGIN', ...own, 'ROLLBACK'])
    })

    it('left by an error of the loop, gives its connection back', async () => {
      const loop = async (): Promise<void> => {
        for await (const { id } of items().from(0)) if (id === 12) throw new Error('enough')
      }
      await expect(loop()).rejects.toThrow('enough')
      expect(db.log.commands.filter(command => command !== 'SELECT temp')).toEqual(['BEGIN', ...own, 'ROLLBACK'])
    })

    it('two loops over one stream share it, and calls that are not awaited are answered in order', async () => {
      const stream = items().from(0)
      const firsts = await Promise.all([stream.next(), stream.next(), stream.next()])
      expect(firsts.map(({ value }) => (value as Item).id)).toEqual([0, 1, 2])
      const rest = Promise.all(Array.from({ length: ROWS }, () => stream.next()))
      expect((await rest).map(({ done }) => done)).toEqual([...upTo(22).map(() => false), true, true, true])
    })

    it('a row that is there is answered at once, also to a loop that waits for nothing else', async () => {
      const stream = items().from(0)
      await stream.next()
      const order: unknown[] = []
      for (let row = 1; row <= 3; row++) {
        const twoTurns = Promise.resolve()
          .then(() => undefined)
          .then(() => order.push('two turns'))
        await Promise.all([stream.next().then(({ value }) => order.push((value as Item).id)), twoTurns])
      }
      await stream.return(undefined)
      expect(order).toEqual([1, 'two turns', 2, 'two turns', 3, 'two turns'])
    })

    it('a call that is made as an answer comes does not overtake those that wait', async () => {
      const stream = items().from(0)
      const order: unknown[] = []
      const told = ({ value }: IteratorResult<Item, undefined>): void => void order.push(value?.id)
      const first = stream.next().then(async answer => {
        told(answer)
        await stream.next().then(told)
      })
      await Promise.all([first, stream.next().then(told), stream.next().then(told)])
      await stream.return(undefined)
      expect(order).toEqual([0, 1, 2, 3])
    })

    it('an error that one call meets is told to that call, and those behind it find the end', async () => {
      const stream = items().wrong()[Symbol.asyncIterator]()
      const [failed, ...behind] = await Promise.allSettled([stream.next(), stream.next(), stream.next()])
      expect(failed.status).toBe('rejected')
      expect(behind).toEqual(behind.map(() => ({ status: 'fulfilled', value: { done: true, value: undefined } })))
    })

    it('throw() ends it with that error, and return() answers while rows are on their way', async () => {
      const stream = items().from(0)
      await stream.next()
      await expect(stream.throw(new Error('mine'))).rejects.toThrow('mine')
      expect(await stream.next()).toEqual({ done: true, value: undefined })
      const other = items().from(0)
      const [first, end, behind] = await Promise.all([other.next(), other.return(undefined), other.next()])
      expect([first.done, end.done, behind.done]).toEqual([false, true, true])
    })

    it('an error of the database is translated, names the method, and ends it', async () => {
      const stream = items().wrong()[Symbol.asyncIterator]()
      const error = await stream.next().catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(SqlError)
      expect((error as Error).message).toContain('Items.wrong')
      expect(await stream.next()).toEqual({ done: true, value: undefined })
    })

    it('wrong arguments are refused at once, before any SQL', () => {
      expect(() => (items().from as () => unknown)()).toThrow(
        expect.objectContaining({ code: 'AMBIT_QUERY_PARAMETER_MISSING' }),
      )
      expect(() => items().stream(undefined, { fetchSize: 0 })).toThrow(
        expect.objectContaining({ code: 'AMBIT_QUERY_OPTION' }),
      )
      expect(() => items().stream(undefined, { size: 3 } as object)).toThrow(
        expect.objectContaining({ code: 'AMBIT_QUERY_OPTION' }),
      )
      expect(() => items().stream(undefined, { sort: Sort.by('nope') })).toThrow(
        expect.objectContaining({ code: 'AMBIT_QUERY_UNKNOWN_PROPERTY' }),
      )
      expect(db.log.texts).toEqual([])
    })

    it('@Transactional on the member says what it runs in', async () => {
      expect(await all(items().serial())).toHaveLength(ROWS)
      if (!engine.oneWriter) expect(db.log.texts[0]).toBe('BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY')
    })

    it('may be many at the same time', async () => {
      const found = await Promise.all(Array.from({ length: 8 }, () => all(items().from(0))))
      expect(found.map(rows => rows.length)).toEqual(Array.from({ length: 8 }, () => ROWS))
    })

    it('gives its batches, and what is left of one that was begun', async () => {
      expect((await all(items().stream(undefined, { fetchSize: 10 }).batches())).map(({ length }) => length)).toEqual([
        10, 10, 5,
      ])
      const begun = items().stream(undefined, { sort: Sort.by('id'), fetchSize: 10 })
      await begun.next()
      const batches = await all(begun.batches())
      expect(ids(batches.flat())).toEqual(upTo(ROWS).slice(1))
      db.log.clear()
      for await (const _ of items().stream(undefined, { fetchSize: 10 }).batches()) break
      expect(db.log.commands.at(-1)).toBe('ROLLBACK')
      expect(await all(items().stream({ predicate: undefined }, { fetchSize: 25 }).batches())).toHaveLength(1)
    })

    it('of a specification, sorted', async () => {
      const rows = await all(items().stream({ predicate: undefined }, { sort: Sort.by('id', 'desc'), fetchSize: 7 }))
      expect(ids(rows)).toEqual(upTo(ROWS).reverse())
    })
  })

  describe('in a transaction', () => {
    it('uses its connection, sees what it wrote, and lets it work in the loop', async () => {
      await transactional({}, async () => {
        await items().insert({ id: 100, name: 'mine', size: 100 })
        for await (const item of items().from(0)) {
          item.seen = true
          await items().save(item)
          if (item.id === 100) await items().insert({ id: 101, name: 'late', size: 101 })
        }
      })
      expect(db.log.connections).toBe(1)
      expect(await items().orm.countBy({ seen: true })).toBe(ROWS + 1)
    })

    it('is not disturbed by rows that the loop inserts, moves or deletes: it is of one moment', async () => {
      const seen: number[] = []
      await transactional({}, async () => {
        for await (const { id } of items().from(0)) {
          seen.push(id)
          await items().deleteById(id)
          await items().insert({ id: id + 1_000, name: `moved ${id}`, size: 1_000 })
        }
      })
      expect(seen).toEqual(upTo(ROWS))
      expect(await items().count()).toBe(ROWS)
    })

    it('two at the same time, with other statements between', async () => {
      const [a, b] = await transactional({}, () =>
        Promise.all([
          all(items().from(0)),
          all(items().titles(5)),
          items().count(),
          items().insert({ id: 50, name: 'x' }),
        ]),
      )
      expect([a.length, b.length]).toEqual([ROWS, ROWS - 5])
      expect(db.log.connections).toBe(1)
    })

    it('one after the other, of different entities', async () => {
      const shelves = running.app.get(Shelves)
      await transactional({}, async () => {
        await shelves.saveAll([{ id: 1 }, { id: 2 }])
        expect(await all(items().from(24))).toEqual([{ id: 24, name: 'i24', size: 24, seen: false }])
        expect(await all(shelves.stream(undefined, { sort: Sort.by('id') }))).toEqual([{ id: 1 }, { id: 2 }])
        expect(await all(items().from(24))).toEqual([{ id: 24, name: 'i24', size: 24, seen: false }])
      })
    })

    it('in a read-only one, too', async () => {
      const found = await transactional({ readOnly: true }, async () => {
        const first = await all(items().from(0))
        await transactional({ propagation: 'NESTED' }, () => items().count())
        for await (const { id } of items().from(0)) {
          if (id === 3) await transactional({ propagation: 'NESTED' }, () => items().count())
          if (id === 12) break
        }
        return first
      })
      expect(found).toHaveLength(ROWS)
      expect(db.log.connections).toBe(1)
    })

    it('read a little and forgotten, ends with it; reading on says that it is over', async () => {
      const stream = await transactional({ label: 'Shop.export' }, async () => {
        const rows = items().from(0)
        await rows.next()
        return rows
      })
      const error = await stream.next().catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(TransactionEndedError)
      expect(running.reports.splice(0)).toHaveLength(1)
      expect(await stream.next()).toEqual({ done: true, value: undefined })
    })

    it('of one batch, forgotten, is refused all the same', async () => {
      const stream = await transactional({}, async () => {
        const rows = items().from(20)
        await rows.next()
        return rows
      })
      await expect(stream.next()).rejects.toBeInstanceOf(TransactionEndedError)
      running.reports.splice(0)
    })

    it('forgotten in one that rolls back, ends with it', async () => {
      const rows = items().from(0)
      const failing = transactional({}, async () => {
        await rows.next()
        throw new Error('undo')
      })
      await expect(failing).rejects.toThrow('undo')
      await expect(rows.next()).rejects.toBeInstanceOf(TransactionEndedError)
      running.reports.splice(0)
      expect(await rows.return(undefined)).toEqual({ done: true, value: undefined })
    })

    it('left early, leaves the transaction as it was', async () => {
      await transactional({}, async () => {
        for await (const { id } of items().from(0)) if (id === 12) break
        await items().insert({ id: 77, name: 'after' })
      })
      expect(db.log.connections).toBe(1)
      expect(await items().exists(77)).toBe(true)
    })

    it('left early a hundred times, costs nothing that stays', async () => {
      await transactional({}, async () => {
        for (let time = 0; time < 100; time += 1) for await (const _ of items().from(0)) break
      })
      expect(new Set(db.log.texts.filter(text => text.startsWith('CREATE'))).size).toBeLessThanOrEqual(1)
    })

    it('a NESTED block that rolls back around it ends it; the transaction goes on', async () => {
      await transactional({}, async () => {
        const rows = items().from(0)
        const nested = transactional({ propagation: 'NESTED', label: 'Shop.part' }, async () => {
          await items().insert({ id: 88, name: 'undone' })
          await rows.next()
          throw new Error('undo')
        })
        await expect(nested).rejects.toThrow('undo')
        await expect(rows.next()).rejects.toBeInstanceOf(TransactionEndedError)
        expect(ids(await all(items().from(0)))).toEqual(upTo(ROWS))
      })
      running.reports.splice(0)
    })

    it('a NESTED block in the loop that rolls back leaves it alone', async () => {
      const seen: number[] = []
      await transactional({}, async () => {
        for await (const { id } of items().from(0)) {
          seen.push(id)
          const nested = transactional({ propagation: 'NESTED' }, async () => {
            await items().insert({ id: id + 500, name: 'undone' })
            throw new Error('undo')
          })
          await nested.catch(() => undefined)
        }
      })
      expect(seen).toEqual(upTo(ROWS))
      expect(await items().count()).toBe(ROWS)
    })

    it('is read in a NESTED block that was opened behind it', async () => {
      await transactional({}, async () => {
        const rows = items().from(0)
        await rows.next()
        const rest = await transactional({ propagation: 'NESTED' }, async () => {
          await items().insert({ id: 60, name: 'nested' })
          return all(rows)
        })
        expect(rest).toHaveLength(ROWS - 1)
      })
    })

    it('is read by code outside of it, in it all the same', async () => {
      await transactional({}, async () => {
        const rows = items().from(0)
        await rows.next()
        expect(await detached(() => all(rows))).toHaveLength(ROWS - 1)
      })
      expect(db.log.connections).toBe(1)
    })

    it('asked for the first time in a transaction belongs to that, wherever it was made', async () => {
      const rows = items().from(0)
      await transactional({}, async () => {
        await items().insert({ id: 40, name: 'mine', size: 40 })
        expect(await all(rows)).toHaveLength(ROWS + 1)
      })
    })

    it('REQUIRES_NEW in the loop works beside it', async () => {
      let fresh = 0
      await transactional({ readOnly: true }, async () => {
        for await (const _ of items().from(20)) {
          fresh += await transactional({ propagation: 'REQUIRES_NEW', readOnly: true }, () => items().count())
        }
      })
      expect(fresh).toBe(5 * ROWS)
    })

    it('a failing statement of it fails the transaction', async () => {
      const failing = transactional({}, async () => {
        await items().insert({ id: 99, name: 'undone' })
        await all(items().wrong()).catch(() => undefined)
      })
      await expect(failing).rejects.toThrow()
      expect(await items().exists(99)).toBe(false)
    })

    it('an error of the loop dooms nothing that it did not doom before', async () => {
      await transactional({}, async () => {
        const loop = async (): Promise<void> => {
          for await (const _ of items().from(0)) throw new Error('mine')
        }
        await loop().catch(() => undefined)
        await items().insert({ id: 66, name: 'kept' })
      })
      expect(await items().exists(66)).toBe(true)
    })

    it('its deadline ends the stream', async () => {
      const slow = transactional({ timeoutMs: 60, label: 'Shop.slow' }, async () => {
        for await (const _ of items().from(0)) await new Promise(resolve => setTimeout(resolve, 20))
      })
      await expect(slow).rejects.toMatchObject({ code: 'AMBIT_TX_TIMED_OUT' })
    })
  })

  describe('of entities that TypeORM has to load', () => {
    beforeEach(async () => {
      await running.app.get(Boxes).orm.manager.save(Shelf, [{ id: 1 }, { id: 2 }])
      await boxes().orm.insert(upTo(ROWS).map(id => ({ id, label: `b${id}`, shelf: { id: 1 + (id % 2) } })))
      db.log.clear()
    })

    it.each([1, 7, 1_000])('gives what TypeORM gives, %i at a time', async fetchSize => {
      const rows = await all(boxes().stream(undefined, { sort: Sort.by('label', 'desc'), fetchSize }))
      expect(rows).toEqual(await boxes().orm.find({ order: { label: 'DESC' } }))
      expect(rows.every(({ loaded, shelf }) => loaded === 1 && shelf !== null)).toBe(true)
    })

    it('in a transaction, with statements between', async () => {
      await transactional({}, async () => {
        for await (const box of boxes().stream(undefined, { sort: Sort.by('id'), fetchSize: 5 })) {
          await boxes().save({ ...box, label: `${box.label}!` })
        }
      })
      expect(db.log.connections).toBe(1)
      expect(await boxes().orm.countBy({ label: 'b3!' })).toBe(1)
    })

    it('left early, gives its connection back', async () => {
      for await (const _ of boxes().stream(undefined, { fetchSize: 5 })) break
      expect(db.log.commands.at(-1)).toBe('ROLLBACK')
    })
  })

  describe('for listeners', () => {
    it('is one statement, with its rows', async () => {
      const recorder = new Recorder()
      const stop = currentEnvironment(running.app).listen(recorder)
      try {
        await all(items().from(0))
        await transactional({}, async () => {
          for await (const { id } of items().from(0)) if (id === 3) break
        })
      } finally {
        stop()
      }
      const told = recorder.events.filter(event => event.kind === 'statement' || event.kind === 'statement-end')
      expect(told.map(({ kind, label }) => [kind, label])).toEqual([
        ['statement', 'Items.from'],
        ['statement-end', 'Items.from'],
        ['statement', 'Items.from'],
        ['statement-end', 'Items.from'],
      ])
      const ends = told.flatMap(event => (event.kind === 'statement-end' ? [event.rows] : []))
      expect(ends[0]).toBe(ROWS)
      expect(ends[1]).toBeLessThanOrEqual(20)
      expect(recorder.events.filter(({ kind }) => kind === 'boundary')).toHaveLength(3)
      expect(recorder.events.filter(({ kind }) => kind === 'boundary-end')).toHaveLength(3)
    })
  })
})

describe('a stream on SQLite in memory, where all share one connection', () => {
  const start = (): Promise<Application> =>
    bootstrap({
      database: { url: 'sqlite::memory:', schema: 'create', typeorm: { type: lane.sqlite.type as 'better-sqlite3' } },
      entities: [Shelf, Item],
      components: [Items],
      logger: silentLogger,
      waitTimeoutMs: 100,
    })

  it('lets a loop in its transaction write, and tells one outside who holds the connection', async () => {
    await using app = await start()
    const items = app.get(Items)
    for (let id = 0; id < ROWS; id += 1) await items.insert({ id, name: `i${id}`, size: id })
    await transactional({}, async () => {
      for await (const item of items.from(0)) await items.save({ ...item, seen: true })
    })
    expect(await items.orm.countBy({ seen: true })).toBe(ROWS)
    const loop = async (): Promise<void> => {
      for await (const { id } of items.from(0)) await items.deleteById(id)
    }
    const error = await loop().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'AMBIT_SQLITE_WRITER_BUSY', holder: 'Items.from' })
    expect(await items.count()).toBe(ROWS)
    expect(await all(items.from(0))).toHaveLength(ROWS)
  })
})
