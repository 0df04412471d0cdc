import 'reflect-metadata'
import { bootstrap, CrudRepository, Query, Repository, Service, Transactional } from 'ambit'
import { Pool } from 'pg'
import { Column, DataSource, Entity, PrimaryGeneratedColumn } from 'typeorm'
import { compare, type Ratio, type Variant } from './rounds'

@Entity('bench_users')
class User {
  @PrimaryGeneratedColumn()
  id!: number

  @Column({ unique: true })
  username!: string

  @Column()
  active!: boolean
}

@Repository(User)
class UserRepository extends CrudRepository<User> {
  @Query({ where: 'username = :username', result: 'one' })
  declare findByUsername: (username: string) => Promise<User | null>
}

@Service()
class UserService {
  constructor(private readonly users: UserRepository) {}

  @Transactional()
  async threeReads(): Promise<void> {
    await this.users.findByUsername('u1')
    await this.users.findByUsername('u2')
    await this.users.findByUsername('u3')
  }

  @Transactional()
  async outer(work: () => Promise<void>): Promise<void> {
    await work()
  }

  @Transactional()
  async join(value: number): Promise<number> {
    return value
  }
}

/** The same empty method without us. */
async function bare(value: number): Promise<number> {
  return value
}

/** A database that may be written to: its table bench_users is made and dropped. */
const url = process.argv[2] ?? process.env['DATABASE_URL']

async function main(databaseUrl: string): Promise<void> {
  const pool = new Pool({ connectionString: databaseUrl, max: 10 })
  const typeorm = await new DataSource({
    type: 'postgres',
    url: databaseUrl,
    entities: [User],
    poolSize: 10,
  }).initialize()
  const app = await bootstrap({
    database: { url: databaseUrl, schema: 'create' },
    entities: [User],
    components: [UserRepository, UserService],
  })
  try {
    await pool.query('TRUNCATE bench_users')
    await app.get(UserRepository).saveAll(['u1', 'u2', 'u3'].map(username => ({ username, active: true })))
    await joining(app.get(UserService))
    await report('one row by a unique column', oneRow(pool, typeorm, app.get(UserRepository)), 300)
    await report(
      'a service call of three reads in one transaction',
      threeReads(pool, typeorm, app.get(UserService)),
      150,
    )
  } finally {
    await pool.query('DROP TABLE bench_users')
    await app.close()
    await typeorm.destroy()
    await pool.end()
  }
}

async function joining(service: UserService): Promise<void> {
  await service.outer(async () => {
    await report(
      'joining an open transaction',
      [
        { name: 'a bare async call', run: () => bare(1) },
        { name: 'ambit', run: () => service.join(1) },
      ],
      20_000,
    )
  })
}

function oneRow(pool: Pool, typeorm: DataSource, users: UserRepository): [Variant, ...Variant[]] {
  const prepared = { name: 'bench_one', text: 'SELECT id, username, active FROM bench_users WHERE username = $1' }
  return [
    { name: 'pg, prepared', run: () => pool.query({ ...prepared, values: ['u1'] }) },
    { name: 'TypeORM findOneBy', run: () => typeorm.getRepository(User).findOneBy({ username: 'u1' }) },
    { name: 'ambit @Query', run: () => users.findByUsername('u1') },
  ]
}

function threeReads(pool: Pool, typeorm: DataSource, service: UserService): [Variant, ...Variant[]] {
  const prepared = { name: 'bench_three', text: 'SELECT id, username, active FROM bench_users WHERE username = $1' }
  const byHand = async (): Promise<void> => {
    const client = await pool.connect()
    try {
      await client.query('BEGIN')
      for (const username of ['u1', 'u2', 'u3']) await client.query({ ...prepared, values: [username] })
      await client.query('COMMIT')
    } finally {
      client.release()
    }
  }
  const plain = (): Promise<void> =>
    typeorm.manager.transaction(async manager => {
      for (const username of ['u1', 'u2', 'u3']) await manager.findOneBy(User, { username })
    })
  return [
    { name: 'pg, prepared, by hand', run: byHand },
    { name: 'TypeORM transaction', run: plain },
    { name: 'ambit @Transactional', run: () => service.threeReads() },
  ]
}

async function report(title: string, variants: readonly [Variant, ...Variant[]], calls: number): Promise<void> {
  const { baseMicroseconds, ratios } = await compare(variants, { rounds: 21, calls })
  console.log(`\n${title} (base ${baseMicroseconds.toFixed(2)} us)`)
  for (const ratio of ratios) console.log(`  ${lineOf(ratio)}`)
}

function lineOf({ name, median, lower, upper }: Ratio): string {
  return `${name.padEnd(26)} ${median.toFixed(2)} x  [${lower.toFixed(2)} - ${upper.toFixed(2)}]`
}

if (url === undefined) {
  console.error('Give a PostgreSQL URL, as the argument or in DATABASE_URL.')
  process.exitCode = 2
} else {
  main(url).catch((error: unknown) => {
    console.error(error)
    process.exitCode = 1
  })
}
