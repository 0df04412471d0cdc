import { CrudRepository, Repository, Sort, where } from 'ambit'
import { Column, Entity, JoinColumn, ManyToOne, OneToOne, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// What is no single column was called unknown, and its own name proposed in place of it: "Did you mean seat?".

class Address {
  @Column() street!: string
  @Column() city!: string
}

@Entity('several_seat')
class Seat {
  @PrimaryColumn() row!: number
  @PrimaryColumn() place!: number
  @Column(() => Address) address!: Address
  @OneToOne(() => Guest, guest => guest.seat) guest!: Guest | null
}

@Entity('several_guest')
class Guest {
  @PrimaryGeneratedColumn() id!: number
  @Column(() => Address) home!: Address
  @OneToOne(() => Seat, seat => seat.guest)
  @JoinColumn()
  seat!: Seat
  @ManyToOne(() => Guest) host!: Guest
}

@Repository(Guest)
class Guests extends CrudRepository<Guest> {}

describe.each(ENGINES)('a name that stands for several columns on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Seat, Guest], components: [Guests] }))

  it.each([
    ['an embedded object', 'home', 'home.street or home.city'],
    ['a relation by a key of several columns', 'seat', 'seat.row or seat.place'],
    ['an embedded object behind it', 'host.seat.address', 'host.seat.address.street or host.seat.address.city'],
    ['a relation whose column is in the other table', 'seat.guest', 'seat.guest.id'],
  ])('is refused with the names of what is in it: %s', async (_, path, names) => {
    const guests = running.app.get(Guests)
    const refused = { code: 'AMBIT_QUERY_UNKNOWN_PROPERTY', suggestions: names.split(' or ') }
    const calls = [
      guests.findMany(where<object>().isNull(path as never)),
      guests.findMany(undefined, { sort: Sort.by(path) }),
      guests.select({ value: path } as never),
    ]
    for (const call of calls) {
      await expect(call).rejects.toMatchObject(refused)
      await expect(call).rejects.toThrow(`'${path}' is not one column of Guest`)
      await expect(call).rejects.toThrow(`Did you mean ${names}?`)
    }
    expect(db.log.texts).toEqual([])
  })
})
