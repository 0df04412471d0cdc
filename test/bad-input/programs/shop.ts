import 'reflect-metadata'
import { CrudRepository, Repository } from 'ambit'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'

export const url = process.argv[2] ?? 'sqlite:shop.db'

@Entity()
export class User {
  @PrimaryGeneratedColumn()
  id!: number

  @Column({ type: 'text' })
  username!: string

  @Column({ type: 'boolean' })
  active!: boolean
}

@Repository(User)
export class UserRepository extends CrudRepository<User, number> {}
