import type { QueryRunner } from 'typeorm'
import { becomePatient, type Patience } from './patient-opening'
import type { TypeormSqliteDriver } from './typeorm-driver'

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
  readonly #becomeHasty: () => void

  constructor(driver: TypeormSqliteDriver, patience: Patience, handlers: TakeoverHandlers) {
    this.#driver = driver
    this.#becomeHasty = becomePatient(driver, patience)
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

  /** Opens one more connection in TypeORM's own way: key, `prepareDatabase` and foreign keys included. */
  open(): Promise<unknown> {
    return this.#driver.createDatabaseConnection()
  }

  restore(): void {
    this.#becomeHasty()
    for (const name of OVERRIDDEN) Reflect.deleteProperty(this.#driver, name)
  }

  #define(name: (typeof OVERRIDDEN)[number], value: unknown): void {
    Object.defineProperty(this.#driver, name, { value, configurable: true, writable: true })
  }
}

const OVERRIDDEN = ['createQueryRunner', 'connect', 'disconnect'] as const
