import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'

/** The table of the benchmark; made before a run and dropped after it. */
export const TABLE = 'ambit_bench_user'

@Entity(TABLE)
export class User {
  @PrimaryGeneratedColumn()
  id!: number

  @Column({ unique: true })
  username!: string

  @Column()
  active!: boolean
}

/** The rows that every read finds. */
export const USERS = ['u1', 'u2', 'u3'].map((username, index) => ({ id: index + 1, username, active: true }))

/** How many rows an insert of many writes. */
export const MANY = 1_000

/** How many rows a stream has. */
export const STREAMED = 200_000

/** How many of them are fetched at a time. */
export const FETCHED = 1_000

/** How many call at the same time, where several do. */
export const CALLERS = 64

const names = new Map<string, number>()

/** A username that nobody has yet. */
export function newUsername(peer: string): string {
  const number = (names.get(peer) ?? 0) + 1
  names.set(peer, number)
  return `${peer} ${number}`
}
