import { bootstrap, CrudRepository, isAmbitError, Query, Repository } from 'ambit'
import { Column, Entity, OneToMany, ManyToOne, PrimaryGeneratedColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication, silentLogger } from '../../support/engines'

@Entity('gauge')
class Gauge {
  @PrimaryGeneratedColumn() id!: number
  @Column({ type: 'boolean', default: true }) active!: boolean
  @Column({ type: 'double precision', nullable: true }) depth!: number | null
  @Column({ type: 'bigint', nullable: true }) big!: string | null
  @Column({ type: 'numeric', nullable: true }) exact!: string | null
  @Column({ type: 'uuid', nullable: true }) tag!: string | null
  @Column({ nullable: true }) readAt!: Date
  @OneToMany(() => Mark, mark => mark.gauge) marks!: Mark[]
}

@Entity('mark')
class Mark {
  @PrimaryGeneratedColumn() id!: number
  @ManyToOne(() => Gauge, gauge => gauge.marks) gauge!: Gauge
}

type Find = () => Promise<Gauge[]>

@Repository(Gauge)
class Gauges extends CrudRepository<Gauge> {
  @Query.unchecked({ where: 'active = 1' }) declare numbered: Find
  @Query.unchecked({ where: "active = 'true'" }) declare written: Find
  @Query.unchecked({ where: 'active in (1)' }) declare listed: Find
  @Query.unchecked({ where: 'not (active <> true)' }) declare plain: Find
  @Query.unchecked({ where: "depth > '1.5'" }) declare deep: Find
  @Query.unchecked({ where: "readAt >= '2026-01-31' and readAt < '2026-02-01'" }) declare ofDay: Find
  @Query.unchecked({ where: "marks contains '1'" }) declare marked: Find
}

@Repository(Mark)
class Marks extends CrudRepository<Mark> {}

/** What is wrong, in one query each. */
const MISTAKES: Record<string, { readonly code: string; readonly says: string; make(): new () => object }> = {
  'a text for a number': {
    code: 'AMBIT_QUERY_VALUE',
    says: "'depth' of Gauge takes a number",
    make: () => {
      @Repository(Gauge)
      class Wrong extends CrudRepository<Gauge> {
        @Query.unchecked({ where: "depth > 'abc' and active = :active" }) declare bad: (active: boolean) => unknown
      }
      return Wrong
    },
  },
  'a text for a truth, in a list': {
    code: 'AMBIT_QUERY_VALUE',
    says: "'active' of Gauge takes true or false",
    make: () => {
      @Repository(Gauge)
      class Wrong extends CrudRepository<Gauge> {
        @Query.unchecked({ where: "active in (true, 'abc')" }) declare bad: Find
      }
      return Wrong
    },
  },
  'a key that is none, in a collection': {
    code: 'AMBIT_QUERY_VALUE',
    says: "'marks' of Gauge takes a whole number",
    make: () => {
      @Repository(Gauge)
      class Wrong extends CrudRepository<Gauge> {
        @Query.unchecked({ where: "marks contains 'abc'" }) declare bad: Find
      }
      return Wrong
    },
  },
  'a part of a large integer': {
    code: 'AMBIT_QUERY_OPERATOR',
    says: "'contains' needs a string; 'big' of Gauge holds a number",
    make: () => {
      @Repository(Gauge)
      class Wrong extends CrudRepository<Gauge> {
        @Query.unchecked({ where: 'big contains :part' }) declare bad: (part: string) => unknown
      }
      return Wrong
    },
  },
  'a part of a UUID': {
    code: 'AMBIT_QUERY_OPERATOR',
    says: "'contains' needs a string; 'tag' of Gauge holds something else",
    make: () => {
      @Repository(Gauge)
      class Wrong extends CrudRepository<Gauge> {
        @Query.unchecked({ where: 'tag contains :part' }) declare bad: (part: string) => unknown
      }
      return Wrong
    },
  },
  'a pattern of a decimal, in a name': {
    code: 'AMBIT_QUERY_OPERATOR_TYPE',
    says: "'Like' needs a string; 'exact' of Gauge holds a number",
    make: () => {
      @Repository(Gauge)
      class Wrong extends CrudRepository<Gauge> {
        @Query.unchecked() declare findByExactLike: (pattern: string) => unknown
      }
      return Wrong
    },
  },
}

describe.each(ENGINES)('values in the text of a declared query on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Gauge, Mark], components: [Gauges, Marks] }))
  const gauges = (): Gauges => running.app.get(Gauges)
  const started = (components: readonly (new () => object)[]): Promise<unknown> =>
    bootstrap({
      database: { ...db.settings, schema: 'none' },
      entities: [Gauge, Mark],
      components,
      logger: silentLogger,
    }).then(
      app => app.close(),
      (error: unknown) => error,
    )

  it('are read by the column, as those of run-time queries are', async () => {
    const [on] = await gauges().saveAll([
      { depth: 2, readAt: new Date('2026-01-31T00:00:00Z') },
      { depth: 1, active: false, readAt: new Date('2026-02-01T00:00:00Z') },
    ])
    await running.app.get(Marks).save({ gauge: { id: on?.id ?? NaN } as Gauge })
    const { numbered, written, listed, plain, deep, ofDay, marked } = Gauges.prototype
    for (const find of [numbered, written, listed, plain, deep, ofDay, marked])
      expect((await find.call(gauges())).map(({ id }) => id)).toEqual([on?.id])
  })

  it('take a number for a truth where the database knows no other truths', async () => {
    @Repository(Gauge)
    class Switched extends CrudRepository<Gauge> {
      @Query.unchecked({ where: 'big is true' }) declare find: Find
    }
    const failure = await started([Switched])
    if (engine.oneWriter) expect(failure).toBeUndefined()
    else expect(failure).toMatchObject({ problems: [{ code: 'AMBIT_QUERY_VALUE' }] })
  })

  it.each(Object.keys(MISTAKES))('%s is refused at start-up, with class and member', async name => {
    const { code, says, make } = MISTAKES[name] as (typeof MISTAKES)[string]
    const failure = await started([make()])
    expect(isAmbitError(failure)).toBe(true)
    const { message, problems } = failure as Error & { readonly problems: readonly { readonly code: string }[] }
    expect(problems.map(problem => problem.code)).toEqual([code])
    expect(message).toContain(says)
    expect(message).toMatch(/Wrong\.(bad|findByExactLike)/)
    expect(message).not.toContain('abc')
  })
})
