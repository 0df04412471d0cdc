import { bootstrap, CrudRepository, Query, Repository } from 'ambit'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication, silentLogger } from '../../support/engines'

// Distinct rows of columns whose types PostgreSQL cannot compare: the database refuses such a statement at each call.

const TYPES = ['json', 'jsonb', 'xml', 'point', 'box', 'circle'] as const

@Entity({ name: 'drawing' })
class Drawing {
  @PrimaryGeneratedColumn()
  id!: number
  @Column({ type: 'json' })
  json!: unknown
  @Column({ type: 'jsonb' })
  jsonb!: unknown
  @Column({ type: 'xml' })
  xml!: string
  @Column({ type: 'point' })
  point!: string
  @Column({ type: 'box' })
  box!: string
  @Column({ type: 'circle' })
  circle!: unknown
}

@Entity({ name: 'note' })
class JsonNote {
  @PrimaryGeneratedColumn()
  id!: number
  @Column({ type: 'simple-json' })
  body!: unknown
}

@Repository(Drawing)
class Drawings extends CrudRepository<Drawing> {}

@Repository(JsonNote)
class JsonNotes extends CrudRepository<JsonNote> {}

describe.each(ENGINES.filter(({ name }) => name === 'PostgreSQL'))('distinct rows on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Drawing], components: [Drawings] }))
  const drawings = (): Drawings => running.app.get(Drawings)

  it.each(TYPES)('%s: what is refused is what the database cannot compare', async path => {
    const comparable = await db.query(`SELECT DISTINCT ${path} FROM drawing`).then(
      () => true,
      () => false,
    )
    db.log.clear()
    const asked = drawings().select([path], undefined, { distinct: true })
    if (comparable) expect(await asked).toEqual([])
    else {
      await expect(asked).rejects.toMatchObject({ code: 'AMBIT_QUERY_OPTION' })
      await expect(asked).rejects.toThrow(`selects '${path}', whose type (${path}) knows no equality`)
      expect(db.log.entries).toEqual([])
    }
    expect(await drawings().select([path])).toEqual([])
  })

  it('declared ones are refused at the start', async () => {
    class Wrong extends CrudRepository<Drawing> {}
    Query.unchecked({ where: 'id > 0', select: ['id', 'json'], distinct: true })(Wrong.prototype, 'find')
    Repository(Drawing)(Wrong)
    const started = bootstrap({
      database: db.settings,
      entities: [Drawing],
      components: [Wrong],
      logger: silentLogger,
    })
    await expect(started).rejects.toMatchObject({ problems: [{ code: 'AMBIT_QUERY_OPTION' }] })
  })
})

describe.each(ENGINES)('distinct rows of JSON in a column of text on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [JsonNote], components: [JsonNotes] }))

  it('are compared as texts', async () => {
    const notes = running.app.get(JsonNotes)
    await notes.saveAll([{ body: { a: 1 } }, { body: { a: 1 } }])
    expect(await notes.select(['body'], undefined, { distinct: true })).toEqual([{ body: { a: 1 } }])
  })
})
