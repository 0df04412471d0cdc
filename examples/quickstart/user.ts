import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'

@Entity('ambit_quickstart_users')
export class User {
  @PrimaryGeneratedColumn()
  id!: number

  @Column({ unique: true })
  username!: string

  @Column({ default: true })
  active!: boolean
}
