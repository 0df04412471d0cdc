import { CrudRepository, type Page, PageRequest, Query, Repository, Sort } from 'ambit'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'

type State = 'open' | 'done'

/** In a schema of its own, with types that only PostgreSQL has. */
@Entity({ name: 'document', schema: 'public' })
class Document {
  @PrimaryGeneratedColumn('uuid')
  id!: string

  @Column({ type: 'enum', enum: ['open', 'done'], default: 'open' })
  state!: State

  @Column({ type: 'jsonb', default: {} })
  body!: Record<string, unknown>

  @Column({ type: 'text', array: true, default: [] })
  tags!: string[]

  @Column({ type: 'timestamptz', default: () => 'now()' })
  madeAt!: Date

  @Column({ type: 'int8', default: 0 })
  size!: string

  @Column({ type: 'varchar' })
  name!: string
}

type Find<A extends unknown[]> = (...args: A) => Promise<Document[]>

@Repository(Document)
class DocumentRepository extends CrudRepository<Document, string> {
  @Query({ where: 'state in :states order by name' })
  declare inStates: Find<[states: readonly State[]]>
  @Query({ where: 'state = :state order by name' })
  declare ofState: Find<[state: State]>
  @Query({ where: 'body = :body order by name' })
  declare withBody: Find<[body: { body: Record<string, unknown> }]>
  @Query({ where: 'tags = :tags order by name' })
  declare tagged: Find<[tags: readonly string[]]>
  @Query({ where: 'madeAt >= :since order by name' })
  declare since: Find<[since: Date]>
  @Query({ where: 'madeAt in :times order by name' })
  declare madeAtOneOf: Find<[times: readonly Date[]]>
  @Query({ where: 'size in :sizes order by name' })
  declare ofSizes: Find<[sizes: readonly string[]]>
  @Query({ where: 'name in :names ignore case order by name' })
  declare named: Find<[names: readonly string[]]>
  @Query({ where: 'name not in :names ignore case order by name' })
  declare notNamed: Find<[names: readonly string[]]>
  @Query()
  declare deleteByNameInIgnoreCase: (names: readonly string[]) => Promise<number>
  @Query.sql('CALL grow(:by)', { result: 'many' })
  declare grow: (by: number) => Promise<unknown[]>
  @Query.sql("SELECT body ->> 'a' AS a, size FROM document WHERE body @> :part::jsonb ORDER BY name", {
    result: 'page',
  })
  declare containing: (params: { part: object }, page: PageRequest) => Promise<Page<{ a: string; size: string }>>
}

describe.each(ENGINES.filter(({ name }) => name === 'PostgreSQL'))("types of $name's own", engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Document], components: [DocumentRepository] }))
  const documents = (): DocumentRepository => running.app.get(DocumentRepository)
  const names = async (rows: Promise<Document[]>): Promise<string> => (await rows).map(({ name }) => name).join('')
  const noon = new Date('2026-03-01T12:00:00.000Z')
  beforeEach(async () => {
    await documents().saveAll([
      { name: 'a', state: 'open', body: { a: 1 }, tags: ['x', 'y'], madeAt: noon, size: '9007199254740993' },
      { name: 'B', state: 'done', body: { a: 2, b: [1] }, tags: [], madeAt: new Date(noon.getTime() + 1), size: '1' },
    ])
    db.log.clear()
  })

  it('enums', async () => {
    expect(await names(documents().inStates(['done']))).toBe('B')
    expect(await names(documents().inStates(['done', 'open']))).toBe('Ba')
    expect(await names(documents().ofState('open'))).toBe('a')
  })

  it('jsonb and arrays', async () => {
    expect(await names(documents().withBody({ body: { b: [1], a: 2 } }))).toBe('B')
    expect(await names(documents().tagged(['x', 'y']))).toBe('a')
    expect(await names(documents().tagged([]))).toBe('B')
    expect((await documents().ofState('done'))[0]).toMatchObject({ body: { a: 2, b: [1] }, tags: [] })
  })

  it('instants with a time zone, and large integers', async () => {
    expect(await names(documents().since(new Date(noon.getTime() + 1)))).toBe('B')
    expect(await names(documents().madeAtOneOf([noon]))).toBe('a')
    expect(await names(documents().ofSizes(['9007199254740993', '7']))).toBe('a')
    expect((await documents().ofState('open'))[0]?.size).toBe('9007199254740993')
  })

  it('lists that ignore case', async () => {
    expect(await names(documents().named(['A', 'b']))).toBe('Ba')
    expect(await names(documents().notNamed(['A']))).toBe('B')
    expect(await names(documents().notNamed([]))).toBe('Ba')
    expect(await documents().deleteByNameInIgnoreCase(['b'])).toBe(1)
  })

  it('PS-W16 a procedure can be called', async () => {
    await db.query(`CREATE PROCEDURE grow(by int) LANGUAGE sql AS 'UPDATE document SET size = size + by'`)
    expect(await documents().grow(1)).toEqual([])
    expect((await documents().ofState('done'))[0]?.size).toBe('2')
  })

  it('operators on JSON, in pages', async () => {
    const page = await documents().containing({ part: { a: 2 } }, PageRequest.of(0, 1))
    expect({ ...page }).toEqual({ content: [{ a: '2', size: '1' }], total: 1, page: 0, size: 1 })
  })

  it('PS-W19 the schema of a table is honoured', async () => {
    await documents().findAll(PageRequest.of(0, 1, Sort.by<Document>('name')))
    expect(
      db.log.texts.filter(text => text.startsWith('SELECT')).every(text => text.includes('FROM "public"."document"')),
    ).toBe(true)
  })
})
