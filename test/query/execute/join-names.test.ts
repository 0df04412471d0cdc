import {
  applySpecification,
  CrudRepository,
  PageRequest,
  QueryParser,
  Repository,
  Sort,
  where,
  WindowRequest,
} from 'ambit'
import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'

// Relations whose paths look alike once dots have become underscores, or names were cut.

@Entity('person')
class Person {
  @PrimaryColumn() id!: number
  @Column() name!: string
}

@Entity('team')
class Team {
  @PrimaryColumn() id!: number
  @Column() name!: string
  @ManyToOne(() => Person, { nullable: true }) lead!: Person | null
  @OneToMany(() => Thing, thing => thing.team) things!: Thing[]
}

class Parts {
  @ManyToOne(() => Person, { eager: true, nullable: true }) owner!: Person | null
}

@Entity('thing')
class Thing {
  @PrimaryColumn() id!: number
  @Column({ type: 'varchar', nullable: true }) team_name!: string | null
  @Column(() => Parts) parts!: Parts
  @ManyToOne(() => Person, { nullable: true }) @JoinColumn({ name: 'second' }) parts_owner!: Person | null
  @ManyToOne(() => Person, { nullable: true }) @JoinColumn({ name: 'third' }) owner!: Person | null
  @ManyToOne(() => Team, team => team.things, { nullable: true }) team!: Team | null
  @ManyToOne(() => Person, { nullable: true }) @JoinColumn({ name: 'fourth' }) team__lead!: Person | null
  @ManyToOne(() => Person, { nullable: true })
  @JoinColumn({ name: 'fifth' })
  someoneWhoseNameIsLongerThanAnyDatabaseTakesAndStillGoesOnForAWhileA!: Person | null
  @ManyToOne(() => Person, { nullable: true })
  @JoinColumn({ name: 'sixth' })
  someoneWhoseNameIsLongerThanAnyDatabaseTakesAndStillGoesOnForAWhileB!: Person | null
}

@Repository(Thing)
class Things extends CrudRepository<Thing> {}
@Repository(Team)
class Teams extends CrudRepository<Team> {}

const LONG = 'someoneWhoseNameIsLongerThanAnyDatabaseTakesAndStillGoesOnForAWhile'

/** Each relation leads to a person of its own. */
const OWNERS = {
  'parts.owner': 'ann',
  parts_owner: 'bo',
  owner: 'cy',
  'team.lead': 'di',
  team__lead: 'ed',
  [`${LONG}A`]: 'flo',
  [`${LONG}B`]: 'gus',
} as const

describe.each(ENGINES)('the names of joins on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Person, Team, Thing], components: [Things, Teams] }))
  const things = (): Things => running.app.get(Things)

  beforeEach(async () => {
    const { manager } = things().orm
    const names = Object.values(OWNERS)
    await manager.save(
      Person,
      names.map((name, id) => ({ id, name })),
    )
    const of = (path: keyof typeof OWNERS): { id: number } => ({ id: names.indexOf(OWNERS[path]) })
    const team = { id: 1, name: 'b', lead: of('team.lead') }
    await manager.save(Team, [team, { id: 2, name: 'A', lead: null }])
    await manager.save(Thing, [
      {
        id: 1,
        team_name: 'y',
        team,
        parts: { owner: of('parts.owner') },
        parts_owner: of('parts_owner'),
        owner: of('owner'),
        team__lead: of('team__lead'),
        [`${LONG}A`]: of(`${LONG}A`),
        [`${LONG}B`]: of(`${LONG}B`),
      },
      { id: 2, team_name: 'X', team: { id: 2 }, parts: { owner: null } },
    ])
    db.log.clear()
  })

  const all = Object.entries(OWNERS)
  /** Paths of a table are texts for the compiler. */
  const nameOf = (path: string): 'owner.name' => `${path}.name` as 'owner.name'
  const owned = () => all.reduce((found, [path, name]) => found.eq(nameOf(path), name), where<Thing>())

  it('tell apart whatever paths there are', async () => {
    const [found, ...none] = await things().findMany(owned())
    expect([found?.id, none]).toEqual([1, []])
    expect(await things().count(owned())).toBe(1)
    for (const [path] of all) expect(await things().count(owned().eq(nameOf(path), 'somebody'))).toBe(0)
  })

  it('leave those of eager relations to TypeORM', async () => {
    for (const specification of [where<Thing>().eq('owner.name', 'cy'), where<Thing>().eq('parts.owner.name', 'ann')]) {
      const [found] = await things().findMany(specification)
      expect(found?.parts.owner).toMatchObject({ name: 'ann' })
      expect(found?.owner).toBeUndefined()
    }
  })

  it('do so in the conditions on an element, and in builders of TypeORM', async () => {
    const inElement = all.filter(([path]) => path !== 'team.lead').map(([path, name]) => `${path}.name = '${name}'`)
    const inside = QueryParser.parse<Team>(`things any (${inElement.join(' and ')})`, { allow: '*' })
    expect((await running.app.get(Teams).findMany(inside)).map(({ id }) => id)).toEqual([1])
    const builder = things().orm.createQueryBuilder('t')
    for (const [path, name] of all) applySpecification(builder, where<Thing>().eq(nameOf(path), name))
    expect((await builder.getMany()).map(({ id }) => id)).toEqual([1])
  })

  it('sorts by several of them, case ignored', async () => {
    const sort = Sort.by<Thing>('team_name').ignoreCase().desc().and(Sort.by<Thing>('team.name').ignoreCase())
    const other = Sort.by<Thing>('team.name').ignoreCase().and(Sort.by<Thing>('team_name').ignoreCase())
    for (const [by, ids] of [
      [sort, [1, 2]],
      [other, [2, 1]],
    ] as const) {
      expect((await things().findMany(undefined, { sort: by })).map(({ id }) => id)).toEqual(ids)
      expect((await things().findPage(undefined, PageRequest.of(0, 2, by))).content.map(({ id }) => id)).toEqual(ids)
      const first = await things().findWindow(undefined, WindowRequest.first(1, by))
      const second = await things().findWindow(undefined, WindowRequest.first(1, by).after(first.endCursor ?? ''))
      expect([...first.content, ...second.content].map(({ id }) => id)).toEqual(ids)
    }
    const rows = await things().select({ id: 'id', team: 'team.name' }, undefined, { sort: other })
    expect(rows.map(row => ({ ...row }))).toEqual([
      { id: 2, team: 'A' },
      { id: 1, team: 'b' },
    ])
  })
})
