import type { DataSource } from 'typeorm'
import { retryWhileLocked } from './busy'
import type { SqliteDriverKind } from './raw-connection'
import type { TypeormSqliteDriver } from './typeorm-driver'

export interface Patience {
  readonly kind: SqliteDriverKind
  /** The data source's name, for errors. */
  readonly name: string
  readonly waitTimeoutMs: number
}

/** Has a data source opened, though others may open or write its file at the same moment. */
export async function openPatiently(
  kind: SqliteDriverKind,
  opening: Omit<Patience, 'kind'> & { readonly dataSource: DataSource; open(): Promise<void> },
): Promise<void> {
  const becomeHasty = becomePatient(opening.dataSource.driver as unknown as TypeormSqliteDriver, { ...opening, kind })
  try {
    await opening.open()
  } finally {
    becomeHasty()
  }
}

/**
 * Makes TypeORM open a file that somebody has locked for a moment. It would switch the file to WAL at once and fail, for
 * SQLite waits for nobody there: we switch it ourselves, and wait. Returns the way back.
 */
export function becomePatient(driver: TypeormSqliteDriver, { kind, name, waitTimeoutMs }: Patience): () => void {
  const { createDatabaseConnection, attachDatabases } = driver
  const request = { who: `the opening of data source '${name}'`, timeoutMs: waitTimeoutMs, signal: undefined }
  const patient = {
    createDatabaseConnection: () => createDatabaseConnection.call(withoutWal(driver)),
    attachDatabases: async () => {
      // One by one: what is attached already could not be attached again.
      for (const [path, database] of Object.entries(driver.attachedDatabases)) {
        const alone = view(driver, { attachedDatabases: { [path]: database } })
        await retryWhileLocked(kind, request, () => attachDatabases.call(alone))
      }
    },
  }
  const before = Object.entries(patient).map(([method, value]) => {
    const own = Object.getOwnPropertyDescriptor(driver, method)
    Object.defineProperty(driver, method, { value, configurable: true, writable: true })
    return [method, own] as const
  })
  return () => {
    for (const [method, own] of before) {
      if (own) Object.defineProperty(driver, method, own)
      else Reflect.deleteProperty(driver, method)
    }
  }
}

function withoutWal(driver: TypeormSqliteDriver): TypeormSqliteDriver {
  return view(driver, { options: { ...driver.options, enableWAL: false } })
}

/** The driver with some properties of its own: its methods see them. */
function view(driver: TypeormSqliteDriver, changes: Partial<TypeormSqliteDriver>): TypeormSqliteDriver {
  return Object.assign(Object.create(driver), changes) as TypeormSqliteDriver
}
