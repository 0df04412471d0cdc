import {
  ChildEntity,
  Column,
  DeleteDateColumn,
  Entity,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  TableInheritance,
} from 'typeorm'

@Entity('region')
export class Region {
  @PrimaryColumn()
  id!: number

  @Column({ type: 'varchar', nullable: true })
  name!: string | null

  @OneToMany(() => Customer, customer => customer.region)
  customers!: Customer[]
}

@Entity('customer')
export class Customer {
  @PrimaryColumn()
  id!: number

  @Column({ name: 'full_name', type: 'varchar', nullable: true })
  name!: string | null

  @ManyToOne(() => Region, region => region.customers, { nullable: true })
  region!: Region | null

  /** A relation of the entity with itself. */
  @ManyToOne(() => Customer, customer => customer.recruits, { nullable: true })
  recruiter!: Customer | null

  @OneToMany(() => Customer, customer => customer.recruiter)
  recruits!: Customer[]

  @OneToMany(() => Purchase, purchase => purchase.customer)
  orders!: Purchase[]
}

@Entity('purchase')
export class Purchase {
  @PrimaryColumn()
  id!: number

  @Column({ name: 'amount', type: 'integer', nullable: true })
  total!: number | null

  @Column({ type: 'varchar', nullable: true })
  state!: string | null

  @Column({ type: 'boolean', nullable: true })
  paid!: boolean | null

  @ManyToOne(() => Customer, customer => customer.orders, { nullable: true })
  customer!: Customer | null

  @ManyToMany(() => Tag, tag => tag.orders)
  @JoinTable({ name: 'purchase_tag' })
  tags!: Tag[]
}

@Entity('tag')
export class Tag {
  @PrimaryColumn()
  id!: number

  @Column({ type: 'varchar', nullable: true })
  label!: string | null

  @ManyToMany(() => Purchase, purchase => purchase.tags)
  orders!: Purchase[]
}

export const SHOP = [Region, Customer, Purchase, Tag]

/** Deleted softly, in classes of one table, with keys of two columns. */
@Entity('depot')
export class Depot {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  name!: string

  @OneToMany(() => Vehicle, vehicle => vehicle.depot)
  vehicles!: Vehicle[]

  @OneToMany(() => Van, van => van.garage)
  vans!: Van[]

  @OneToMany(() => Berth, berth => berth.depot)
  berths!: Berth[]
}

@Entity('vehicle')
@TableInheritance({ column: { type: 'varchar', name: 'kind' } })
export class Vehicle {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  plate!: string

  @ManyToOne(() => Depot, depot => depot.vehicles, { nullable: true })
  depot!: Depot | null

  @ManyToOne(() => Depot, depot => depot.vans, { nullable: true })
  garage!: Depot | null

  @DeleteDateColumn()
  deletedAt!: Date | null
}

@ChildEntity('van')
export class Van extends Vehicle {
  @Column({ type: 'integer', nullable: true })
  load!: number | null
}

@ChildEntity('car')
export class Car extends Vehicle {}

@Entity('berth')
export class Berth {
  @PrimaryColumn()
  row!: number

  @PrimaryColumn()
  place!: string

  @ManyToOne(() => Depot, depot => depot.berths, { nullable: true })
  depot!: Depot | null

  @ManyToOne(() => Vehicle, { nullable: true })
  vehicle!: Vehicle | null
}

export const DEPOTS = [Depot, Vehicle, Van, Car, Berth]
