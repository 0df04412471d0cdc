import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'

/** Its columns say their types: not every compiler emits them. */
@Entity('people')
export class Person {
  @PrimaryGeneratedColumn()
  id!: number

  @Column('text', { unique: true })
  name!: string

  @Column('boolean', { default: true })
  active!: boolean
}
