import { CrudRepository, Repository, transactional } from 'ambit'
import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryGeneratedColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// Lists whose owners are known by a column with a transformer came back empty when they were loaded in steps.

const upperCase = {
  to: (value: unknown) => (typeof value === 'string' ? value.toLowerCase() : value),
  from: (value: unknown) => (typeof value === 'string' ? value.toUpperCase() : value),
}

@Entity('coded_port')
class Port {
  @PrimaryGeneratedColumn() id!: number
  @Column({ type: 'varchar', unique: true, transformer: upperCase }) code!: string
  @OneToMany(() => Ship, ship => ship.port) ships!: Ship[]
}

@Entity('coded_ship')
class Ship {
  @PrimaryGeneratedColumn() id!: number
  @Column() name!: string
  @ManyToOne(() => Port, port => port.ships)
  @JoinColumn({ name: 'portCode', referencedColumnName: 'code' })
  port!: Port
}

@Repository(Port)
class Ports extends CrudRepository<Port> {}

describe.each(ENGINES)('a list by a column with a transformer on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Port, Ship], components: [Ports] }))
  const load = (): Promise<Port[]> => running.app.get(Ports).findMany(undefined, { relations: ['ships'] })

  it.each([
    ['in a transaction of its own', load],
    ['in the transaction that is active', () => transactional({}, load)],
  ])('is loaded %s', async (_, find) => {
    await db.query("INSERT INTO coded_port (id, code) VALUES (1, 'a'), (2, 'b')")
    await db.query(`INSERT INTO coded_ship (name, "portCode") VALUES ('x', 'a'), ('y', 'a'), ('z', 'b')`)
    const found = await find()
    expect(found.map(({ code, ships }) => [code, ships.map(({ name }) => name)]).sort()).toEqual([
      ['A', ['x', 'y']],
      ['B', ['z']],
    ])
  })
})
