import {
  bootstrap,
  CrudRepository,
  dataSourceToken,
  projection,
  Query,
  type QueryOptions,
  Repository,
  type RowStream,
  Sort,
  Transactional,
  transactional,
  where,
} from 'ambit'
import { TransactionEndedError } from 'ambit/errors'
import { AfterLoad, Column, Entity, ManyToOne, PrimaryColumn, SelectQueryBuilder } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication, silentLogger } from '../../support/engines'

@Entity('shelf')
class Shelf {
  @PrimaryColumn() id!: number
  @Column() label!: string
}

/** TypeORM would have to load it: it listens, and has an eager relation. */
@Entity('item')
class Item {
  @PrimaryColumn() id!: number
  @Column() name!: string
  @Column({ type: 'integer', nullable: true }) size!: number | null
  @Column({ type: 'varchar', nullable: true }) note!: string | null
  @ManyToOne(() => Shelf, { nullable: true, eager: true }) shelf!: Shelf | null

  @AfterLoad()
  refuse(): void {
    throw new Error('no entity is loaded for a projection')
  }
}

class Label {
  constructor(
    readonly name: string,
    readonly shelf: string | null,
  ) {}
}

type Name = Pick<Item, 'name'>
type Size = Pick<Item, 'size'>

@Repository(Item)
class Items extends CrudRepository<Item> {
  @Query({ where: 'id >= :from order by id', select: ['name'], result: 'stream', fetchSize: 10 })
  declare namesFrom: (from: number) => RowStream<Name>

  @Query({ where: 'id >= :from', select: ['size'], distinct: true, result: 'stream', fetchSize: 2 })
  declare sizesFrom: (from: number) => AsyncIterable<Size>

  @Query({ select: projection(Label, ['name', 'shelf.label']), fetchSize: 1 })
  declare streamByIdLessThanOrderByIdDesc: (id: number) => AsyncIterable<Label>

  @Query({ select: { it: 'name' }, fetchSize: 1 })
  declare streamFirst3ByOrderByNameDesc: () => AsyncIterable<{ it: string }>

  @Query({ select: ['size'] })
  declare streamDistinctByOrderBySizeDesc: () => AsyncIterable<Size>

  @Query({ select: ['id'], result: 'stream' })
  declare findByNoteOrderByIdAsc: (note: string | null) => AsyncIterable<Pick<Item, 'id'>>

  @Query({ where: 'id >= 0 order by name ignore case, id desc', select: ['id'], result: 'stream' })
  declare withoutCase: () => AsyncIterable<Pick<Item, 'id'>>

  @Transactional({ readOnly: true, isolation: 'SERIALIZABLE' })
  @Query({ where: 'id >= 0', select: ['note'], result: 'stream' })
  declare serial: () => AsyncIterable<Pick<Item, 'note'>>
}

const ROWS = 25

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const row of rows) found.push(row)
  return found
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at)
const nameOf = (id: number): string => `i${String(id).padStart(2, '0')}`

describe.each(ENGINES)('a stream of projections on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Shelf, Item], components: [Items] }))
  const items = (): Items => running.app.get(Items)
  const selects = (): string[] => db.log.texts.filter(text => /\bSELECT (DISTINCT )?"entity"/.test(text))

  beforeEach(async () => {
    await db.query("INSERT INTO shelf (id, label) VALUES (1, 'top')")
    const values = upTo(ROWS).map(
      id => `(${id}, '${nameOf(id)}', ${id % 3 === 0 ? 'NULL' : id % 3}, ${id % 2 || 'NULL'})`,
    )
    await db.query(`INSERT INTO item (id, name, size, "shelfId") VALUES ${values.join()}`)
    db.log.clear()
  })

  describe('outside a transaction', () => {
    it('gives plain objects in their order, in a read-only transaction of its own', async () => {
      expect(await all(items().namesFrom(3))).toStrictEqual(
        upTo(ROWS)
          .slice(3)
          .map(id => ({ name: nameOf(id) })),
      )
      expect(selects()[0]).toMatch(/SELECT "entity"."name" AS "ambit_0" FROM "item" "entity" WHERE "entity"."id" >= /)
      expect([db.log.commands[0], db.log.commands.at(-1)]).toEqual(['BEGIN', 'COMMIT'])
    })

    it('does not drop rows in which all that is selected is null', async () => {
      expect(await all(items().serial())).toStrictEqual(upTo(ROWS).map(() => ({ note: null })))
      if (!engine.oneWriter) expect(db.log.texts[0]).toBe('BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY')
    })

    it('gives distinct rows once, null among them, whatever the size of a batch', async () => {
      const found = await all(items().sizesFrom(0))
      expect(found).toHaveLength(3)
      expect(found).toEqual(expect.arrayContaining([{ size: null }, { size: 1 }, { size: 2 }]))
      expect(await all(items().streamDistinctByOrderBySizeDesc())).toStrictEqual([
        { size: null },
        { size: 2 },
        { size: 1 },
      ])
      expect(selects()[0]).toMatch(/SELECT DISTINCT "entity"."size" AS "ambit_0" FROM/)
    })

    it('takes names, limits, null arguments, and makes instances', async () => {
      const labels = await all(items().streamByIdLessThanOrderByIdDesc(2))
      expect(labels[0]).toBeInstanceOf(Label)
      expect(labels.map(({ name, shelf }) => [name, shelf])).toEqual([
        ['i01', 'top'],
        ['i00', null],
      ])
      expect(await all(items().streamFirst3ByOrderByNameDesc())).toStrictEqual([
        { it: 'i24' },
        { it: 'i23' },
        { it: 'i22' },
      ])
      expect(await all(items().findByNoteOrderByIdAsc(null))).toHaveLength(ROWS)
      expect(await all(items().findByNoteOrderByIdAsc('none'))).toEqual([])
      await db.query("UPDATE item SET name = 'I01' WHERE id = 2")
      expect((await all(items().withoutCase())).map(({ id }) => id).slice(0, 3)).toEqual([0, 2, 1])
    })

    it.each([1, 7, 1_000])('of a specification, sorted, %i at a time', async fetchSize => {
      const few = where<Item>().lt('id', 20)
      const stream = items().stream(few, { select: ['id', 'size'], sort: Sort.by('id', 'desc'), fetchSize })
      expect(await all(stream)).toStrictEqual(
        upTo(20)
          .reverse()
          .map(id => ({ id, size: id % 3 || null })),
      )
    })

    it('of a specification, distinct, by paths', async () => {
      const stream = items().stream(undefined, {
        select: { on: 'shelf.label' },
        distinct: true,
        sort: Sort.by('shelf.label'),
      })
      expect(await all(stream)).toStrictEqual([{ on: 'top' }, { on: null }])
    })

    it('sends nothing before the first row is asked for, and nothing at all where none is', async () => {
      const stream = items().stream(undefined, { select: ['id'] })
      await Promise.resolve()
      expect(await stream.return()).toEqual({ done: true, value: undefined })
      expect(db.log.texts).toEqual([])
    })

    it.each<[string, (stream: RowStream<Name>) => Promise<void>]>([
      [
        'break',
        async stream => {
          for await (const { name } of stream) if (name === 'i03') break
        },
      ],
      [
        'an error of the loop',
        async stream => {
          const loop = async (): Promise<void> => {
            for await (const { name } of stream) if (name === 'i12') throw new Error('enough')
          }
          await expect(loop()).rejects.toThrow('enough')
        },
      ],
      [
        'return()',
        async stream => {
          await stream.next()
          await stream.return()
        },
      ],
      [
        'throw()',
        async stream => {
          await stream.next()
          await expect(stream.throw(new Error('mine'))).rejects.toThrow('mine')
        },
      ],
    ])('left by %s, gives its connection back', async (_, leave) => {
      const stream = items().namesFrom(0)
      await leave(stream)
      expect([db.log.commands[0], db.log.commands.at(-1)]).toEqual(['BEGIN', 'ROLLBACK'])
      expect(await stream.next()).toEqual({ done: true, value: undefined })
    })

    it('gives its batches', async () => {
      const batches = await all(items().namesFrom(0).batches())
      expect(batches.map(({ length }) => length)).toEqual([10, 10, 5])
    })

    it('is TypeORM’s statement where the data source does more than send statements', async () => {
      const { options } = running.app.get(dataSourceToken('default'))
      const loads = jest.spyOn(SelectQueryBuilder.prototype, 'getRawAndEntities')
      Object.assign(options, { cache: { alwaysEnabled: true } })
      try {
        expect(await all(items().namesFrom(20))).toStrictEqual(
          upTo(ROWS)
            .slice(20)
            .map(id => ({ name: nameOf(id) })),
        )
        expect(await all(items().sizesFrom(0))).toHaveLength(3)
        expect(loads).not.toHaveBeenCalled()
      } finally {
        Object.assign(options, { cache: undefined })
        loads.mockRestore()
      }
    })
  })

  describe('in a transaction', () => {
    it('uses its connection, sees what it wrote, and lets it work in the loop', async () => {
      await transactional({}, async () => {
        await items().update(0, { name: 'mine' })
        const seen: string[] = []
        for await (const { name } of items().namesFrom(0)) {
          seen.push(name)
          await items().updateMany(where<Item>().eq('name', name), { note: 'seen' })
        }
        expect(seen).toEqual(['mine', ...upTo(ROWS).slice(1).map(nameOf)])
      })
      expect(db.log.connections).toBe(1)
      expect(await items().count(where<Item>().eq('note', 'seen'))).toBe(ROWS)
    })

    it('left early, leaves the transaction as it was; forgotten, ends with it', async () => {
      const stream = await transactional({}, async () => {
        for await (const { name } of items().namesFrom(0)) if (name === 'i12') break
        await items().update(1, { note: 'after' })
        const rows = items().stream(undefined, { select: ['id'], fetchSize: 5 })
        await rows.next()
        return rows
      })
      await expect(stream.next()).rejects.toBeInstanceOf(TransactionEndedError)
      running.reports.splice(0)
      expect(await items().count(where<Item>().eq('note', 'after'))).toBe(1)
    })
  })

  describe('is refused', () => {
    it('at once, before any SQL', () => {
      const wrong: readonly (readonly [() => unknown, string])[] = [
        [() => items().stream(undefined, { select: [] }), 'AMBIT_QUERY_OPTION'],
        [() => items().stream(undefined, { select: null as never }), 'AMBIT_QUERY_OPTION'],
        [() => items().stream(undefined, { select: ['nam' as never] }), 'AMBIT_QUERY_UNKNOWN_PROPERTY'],
        [() => items().stream(undefined, { select: ['name'], fetchSize: 0 }), 'AMBIT_QUERY_OPTION'],
        [() => items().stream(undefined, { select: ['name'], lock: 'update' } as never), 'AMBIT_QUERY_OPTION'],
        [() => items().stream(undefined, { distinct: true } as never), 'AMBIT_QUERY_OPTION'],
        [
          () => items().stream(undefined, { select: ['name'], distinct: true, sort: Sort.by('id') }),
          'AMBIT_QUERY_OPTION',
        ],
        [() => items().stream(undefined, { select: ['name'], sort: Sort.by('nope') }), 'AMBIT_QUERY_UNKNOWN_PROPERTY'],
        [() => (items().namesFrom as () => unknown)(), 'AMBIT_QUERY_PARAMETER_MISSING'],
      ]
      for (const [call, code] of wrong) expect(call).toThrow(expect.objectContaining({ code }))
      expect(db.log.texts).toEqual([])
    })

    it.each<[string, string, QueryOptions, string]>([
      [
        'with a lock',
        'find',
        { where: 'id > 1', select: ['id'], result: 'stream', lock: 'update' },
        'AMBIT_QUERY_LOCK',
      ],
      ['without a select', 'find', { where: 'id > 1', distinct: true, result: 'stream' }, 'AMBIT_QUERY_OPTION'],
      [
        'in an order that distinct rows do not have',
        'streamDistinctByOrderByIdAsc',
        { select: ['name'] },
        'AMBIT_QUERY_OPTION',
      ],
      ['with no such fetchSize', 'streamByName', { select: ['name'], fetchSize: 0 }, 'AMBIT_QUERY_OPTION'],
    ])('at the start %s', async (_, member, options, code) => {
      class Wrong extends CrudRepository<Item> {}
      Query.unchecked(options)(Wrong.prototype, member)
      Repository(Item)(Wrong)
      const entities = [Shelf, Item]
      const started = bootstrap({ database: db.settings, entities, components: [Wrong], logger: silentLogger })
      await expect(started).rejects.toMatchObject({ problems: [{ code }] })
    })
  })

  it('has the types of what is selected', async () => {
    for await (const row of items().stream(undefined, { select: ['id', 'name'] })) {
      const exact: Pick<Item, 'id' | 'name'> = row
      // @ts-expect-error: it is not selected
      void row.size
      void exact
      break
    }
    const labels: RowStream<Label> = items().stream(undefined, { select: projection(Label, ['name', 'shelf.label']) })
    const paths: RowStream<{ on: string | null }> = items().stream(undefined, { select: { on: 'shelf.label' } })
    const entities: RowStream<Item> = items().stream(undefined, { sort: Sort.by('id') })
    // @ts-expect-error: there is no such property
    expect(() => items().stream(undefined, { select: ['nope'] })).toThrow('AMBIT_QUERY_UNKNOWN_PROPERTY')
    // @ts-expect-error: entities are never repeated
    expect(() => items().stream(undefined, { distinct: true })).toThrow('AMBIT_QUERY_OPTION')
    // @ts-expect-error: they are no entities
    const wrong: RowStream<Item> = items().stream(undefined, { select: ['id'] })
    await Promise.all([labels, paths, entities, wrong].map(stream => stream.return()))
  })
})
