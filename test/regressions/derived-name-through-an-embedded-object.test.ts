import { CrudRepository, Query, Repository } from 'ambit'
import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// A derived name did not find its way through what has no column of its own behind a relation: an embedded object, and a
// relation by several columns. The start refused it, though the compiler and expressions knew the path.

class Address {
  @Column() city!: string
}

@Entity('name_seat')
class Seat {
  @PrimaryColumn() row!: number
  @PrimaryColumn() place!: number
  @Column() label!: string
}

@Entity('name_team')
class Team {
  @PrimaryGeneratedColumn() id!: number
  @Column(() => Address) address!: Address
  @ManyToOne(() => Seat)
  @JoinColumn([
    { name: 'seatRow', referencedColumnName: 'row' },
    { name: 'seatPlace', referencedColumnName: 'place' },
  ])
  seat!: Seat
  @OneToMany(() => Member, member => member.team) members!: Member[]
}

@Entity('name_member')
class Member {
  @PrimaryGeneratedColumn() id!: number
  @ManyToOne(() => Team, team => team.members) team!: Team
}

@Repository(Member)
class Members extends CrudRepository<Member> {
  @Query() declare findByTeamAddressCityOrderByTeamAddressCityDesc: (city: string) => Promise<Member[]>
  @Query() declare countByTeamSeatLabel: (label: string) => Promise<number>
  @Query() declare existsByTeamMembersTeamAddress_City: (city: string) => Promise<boolean>
}

describe.each(ENGINES)('a derived name on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Seat, Team, Member], components: [Members] }))

  it('leads through embedded objects, and keys of several columns, behind relations', async () => {
    await db.query("INSERT INTO name_seat VALUES (1, 2, 'front')")
    await db.query(`INSERT INTO name_team (id, "addressCity", "seatRow", "seatPlace") VALUES (1, 'Graz', 1, 2)`)
    await db.query('INSERT INTO name_member (id, "teamId") VALUES (7, 1)')
    const members = running.app.get(Members)
    expect(await members.findByTeamAddressCityOrderByTeamAddressCityDesc('Graz')).toEqual([{ id: 7 }])
    expect(await members.countByTeamSeatLabel('front')).toBe(1)
    expect(await members.existsByTeamMembersTeamAddress_City('Graz')).toBe(true)
    expect(await members.existsByTeamMembersTeamAddress_City('Wien')).toBe(false)
  })
})
