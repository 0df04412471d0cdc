import { CrudRepository, Query, Repository } from 'ambit'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'

@Entity('ambit_example_orders')
export class Order {
  @PrimaryGeneratedColumn() id!: number
  @Column({ type: 'varchar' }) item!: string
  @Column({ type: 'varchar' }) customer!: string
}

@Repository(Order)
export class OrderRepository extends CrudRepository<Order> {
  @Query()
  declare countByCustomer: (customer: string) => Promise<number>

  @Query()
  declare findByOrderByIdAsc: () => Promise<Order[]>
}
