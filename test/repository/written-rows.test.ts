import { CrudRepository, Query, Repository } from 'ambit'
import { Column, DeleteDateColumn, Entity, ManyToOne, OneToMany, PrimaryGeneratedColumn } from 'typeorm'
import { QueryBuilder } from '../../src/query/builder/query-builder'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

@Entity('written_team')
class Team {
  @PrimaryGeneratedColumn() id!: number
  @Column() name!: string
  @DeleteDateColumn() deletedAt!: Date | null
  @OneToMany(() => Ticket, ticket => ticket.team) tickets!: Ticket[]
}

@Entity('written_ticket')
class Ticket {
  @PrimaryGeneratedColumn() id!: number
  @Column() title!: string
  @Column({ default: 'new' }) state!: string
  @Column({ type: 'varchar', nullable: true }) worker!: string | null
  @ManyToOne(() => Team, team => team.tickets, { nullable: true }) team!: Team | null
  @DeleteDateColumn() deletedAt!: Date | null
}

@Repository(Team)
class Teams extends CrudRepository<Team> {}

@Repository(Ticket)
class Tickets extends CrudRepository<Ticket> {
  @Query()
  declare deleteByState: (state: string) => Promise<number>
  @Query()
  declare deleteByTeamName: (name: string) => Promise<number>
  @Query()
  declare deleteByDeletedAtIsNotNullAndState: (state: string) => Promise<number>
  @Query()
  declare deleteByDeletedAtIsNotNullAndTeamName: (name: string) => Promise<number>
}

const where = (): QueryBuilder<Ticket> => new QueryBuilder<Ticket>()
const TABLES = { entities: [Team, Ticket], components: [Teams, Tickets] }

describe.each(ENGINES)('bulk writes and what is deleted softly on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => TABLES)
  const tickets = (): Tickets => running.app.get(Tickets)
  const left = async (): Promise<unknown[]> =>
    (await db.query('SELECT title FROM written_ticket ORDER BY title')).map(row => row['title'])

  beforeEach(async () => {
    const team = await running.app.get(Teams).save({ name: 'x' })
    await tickets().saveAll([
      { title: 'here', team },
      { title: 'gone', team, deletedAt: new Date() },
    ])
  })

  it.each<[string, () => Promise<number>]>([
    ['deleteMany by an own column', () => tickets().deleteMany(where().eq('state', 'new'))],
    ['deleteMany behind a relation', () => tickets().deleteMany(where().eq('team.name', 'x'))],
    ['a derived delete by an own column', () => tickets().deleteByState('new')],
    ['a derived delete behind a relation', () => tickets().deleteByTeamName('x')],
    ['deleteMany of all', () => tickets().deleteMany({ all: true })],
  ])('%s leaves them alone', async (_, write) => {
    expect(await write()).toBe(1)
    expect(await left()).toEqual(['gone'])
  })

  it.each<[string, () => Promise<number>]>([
    ['deleteMany by own columns', () => tickets().deleteMany(where().isNotNull('deletedAt').eq('state', 'new'))],
    ['deleteMany behind a relation', () => tickets().deleteMany(where().isNotNull('deletedAt').eq('team.name', 'x'))],
    ['a derived delete by own columns', () => tickets().deleteByDeletedAtIsNotNullAndState('new')],
    ['a derived delete behind a relation', () => tickets().deleteByDeletedAtIsNotNullAndTeamName('x')],
  ])('%s that speaks of the date empties the bin', async (_, write) => {
    expect(await write()).toBe(1)
    expect(await left()).toEqual(['here'])
  })

  it('updateMany brings them back, behind a relation too', async () => {
    const bin = where().isNotNull('deletedAt').eq('team.name', 'x')
    expect(await tickets().updateMany(where().eq('team.name', 'x'), { worker: 'w' })).toBe(1)
    expect(await tickets().updateMany(bin, { deletedAt: null })).toBe(1)
    expect((await tickets().findMany()).map(({ title, worker }) => [title, worker]).sort()).toEqual([
      ['gone', null],
      ['here', 'w'],
    ])
  })

  it('a related row that is deleted softly is none, as in reads', async () => {
    const teams = running.app.get(Teams)
    await teams.orm.softDelete({ name: 'x' })
    expect(await tickets().findMany(where().eq('team.name', 'x'))).toEqual([])
    expect(await tickets().deleteMany(where().eq('team.name', 'x'))).toBe(0)
    expect(await tickets().deleteByTeamName('x')).toBe(0)
    expect(await tickets().deleteMany(where().isNotNull('deletedAt').eq('team.name', 'x'))).toBe(0)
    expect(await left()).toEqual(['gone', 'here'])
  })
})
