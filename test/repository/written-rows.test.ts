import { CrudRepository, Query, Repository, transactional } from 'ambit'
import { Column, DeleteDateColumn, Entity, ManyToOne, OneToMany, PrimaryGeneratedColumn } from 'typeorm'
import { QueryBuilder } from '../../src/query/builder/query-builder'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'
import { gate } from '../support/gate'
import { until } from '../support/until'

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
  declare deleteByStateAndTeamName: (state: string, name: string) => Promise<number>
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
  ])('S13 %s leaves them alone', async (_, write) => {
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

  it('S13 updateMany brings them back, behind a relation too', async () => {
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

describe.each(ENGINES)('bulk writes behind a relation beside another transaction on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => TABLES)
  const tickets = (): Tickets => running.app.get(Tickets)

  const mine = where().eq('team.name', 'x').eq('state', 'new')
  const WRITES: [string, () => Promise<number>][] = [
    ['updateMany', () => tickets().updateMany(mine, { state: 'taken', worker: 'second' })],
    ['deleteMany', () => tickets().deleteMany(mine)],
    ['a derived delete', () => tickets().deleteByStateAndTeamName('new', 'x')],
  ]

  const waits = async (): Promise<boolean> => {
    if (engine.oneWriter) return (await db.leftovers(running.app, 'default')).waiting > 0
    const sql = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return (await db.query(sql)).length > 0
  }

  /** Begins `write` while another transaction holds uncommitted changes of the row with that title. */
  const beside = async (title: string, changes: Partial<Ticket>, write: () => Promise<number>): Promise<number> => {
    const changed = gate()
    const go = gate()
    const holder = transactional({ label: 'holder' }, async () => {
      await tickets().updateMany(where().eq('title', title), changes)
      changed.open()
      await go.opened
    })
    await changed.opened
    const written = write()
    await until('the second waits', waits)
    go.open()
    await holder
    return written
  }

  beforeEach(async () => {
    const team = await running.app.get(Teams).save({ name: 'x' })
    await tickets().saveAll([
      { title: 'a', team },
      { title: 'b', team },
    ])
  })

  it.each(WRITES)('%s leaves a row alone that is no longer described', async (_, write) => {
    expect(await beside('a', { state: 'taken', worker: 'first' }, write)).toBe(1)
    expect(await db.query("SELECT state, worker FROM written_ticket WHERE title = 'a'")).toEqual([
      { state: 'taken', worker: 'first' },
    ])
  })

  it.each(WRITES)('%s leaves a row alone that was deleted softly meanwhile', async (_, write) => {
    expect(await beside('a', { deletedAt: new Date() }, write)).toBe(1)
    expect(await db.query("SELECT state, worker FROM written_ticket WHERE title = 'a'")).toEqual([
      { state: 'new', worker: null },
    ])
  })

  it.each(WRITES)('%s writes a row that changed and is still described', async (_, write) => {
    expect(await beside('a', { worker: 'first' }, write)).toBe(2)
    expect(await tickets().count(mine)).toBe(0)
  })
})
