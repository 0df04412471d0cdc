import type { QueryRunner, ReplicationMode } from 'typeorm'

/** The parts of TypeORM's SQLite drivers that we use; `createDatabaseConnection` is protected there. */
export interface TypeormSqliteDriver {
  databaseConnection: unknown
  queryRunner: QueryRunner | undefined
  connect(): Promise<void>
  disconnect(): Promise<void>
  createQueryRunner(mode: ReplicationMode): QueryRunner
  createDatabaseConnection(): Promise<unknown>
}

/** What answers in the driver's place. */
export interface TakeoverHandlers {
  createQueryRunner(): QueryRunner
  /** TypeORM has opened its connection again after a disconnect. */
  connected(handle: unknown): Promise<void>
  disconnect(): Promise<void>
}

/** Own properties on one driver instance, which make TypeORM see a pool where it has one shared runner. */
export class DriverTakeover {
  readonly #driver: TypeormSqliteDriver

  constructor(driver: TypeormSqliteDriver, handlers: TakeoverHandlers) {
    this.#driver = driver
    const connect = driver.connect.bind(driver)
    this.#define('createQueryRunner', () => handlers.createQueryRunner())
    this.#define('connect', async () => {
      await connect()
      await handlers.connected(driver.databaseConnection)
    })
    this.#define('disconnect', async () => {
      driver.queryRunner = undefined
      await handlers.disconnect()
    })
    driver.queryRunner = undefined
  }

  /** Opens one more connection in TypeORM's own way: key, `prepareDatabase`, foreign keys and WAL included. */
  open(): Promise<unknown> {
    return this.#driver.createDatabaseConnection()
  }

  restore(): void {
    for (const name of OVERRIDDEN) Reflect.deleteProperty(this.#driver, name)
  }

  #define(name: (typeof OVERRIDDEN)[number], value: unknown): void {
    Object.defineProperty(this.#driver, name, { value, configurable: true, writable: true })
  }
}

const OVERRIDDEN = ['createQueryRunner', 'connect', 'disconnect'] as const
