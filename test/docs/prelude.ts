import { type Application, CrudRepository, Query, Repository, Service } from 'ambit'
import { Column, Entity, ManyToOne, PrimaryGeneratedColumn } from 'typeorm'

// What the fragments of the guides may use without declaring it. Only the compiler reads this file.

@Entity()
export class Team {
  @PrimaryGeneratedColumn() id!: number
  @Column() name!: string
}

@Entity('users')
export class User {
  @PrimaryGeneratedColumn() id!: number
  @Column({ unique: true }) username!: string
  @Column({ default: true }) active!: boolean
  @Column({ type: 'int', nullable: true }) age!: number | null
  @ManyToOne(() => Team, { nullable: true }) team!: Team | null
}

@Entity()
export class Account {
  @PrimaryGeneratedColumn() id!: number
  @Column() cents!: number
}

export class UserRegistered {
  constructor(readonly username: string) {}
}

@Repository(User)
export class UserRepository extends CrudRepository<User> {
  @Query({ where: 'username = :username', result: 'one' })
  declare findByUsername: (username: string) => Promise<User | null>
}

@Repository(Account)
export class AccountRepository extends CrudRepository<Account> {}

@Service()
export class AuditLog {
  declare record: (line: string) => Promise<void>
}

@Service()
export class Transfers {
  declare move: (from: number, to: number, cents: number) => Promise<void>
}

export declare const app: Application
export declare const users: UserRepository
export declare const accounts: AccountRepository
export declare const audit: AuditLog
export declare const transfers: Transfers
export declare const mailer: { welcome(username: string): Promise<void> }
export declare const cache: { delete(key: string): void }
export declare const log: { warn(...what: unknown[]): void; error(...what: unknown[]): void }
export declare const metrics: { count(name: string, by?: number): void; timing(name: string, ms: number): void }
export declare const request: {
  readonly query: Readonly<Record<'page' | 'sort' | 'q', string>>
  readonly signal: AbortSignal
}
