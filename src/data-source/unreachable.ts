import type { DataSource } from 'typeorm'
import { DataSourceUnreachableError } from './errors'

/** The error of a connection that could not be made. */
export function unreachable(name: string, dataSource: DataSource, cause: unknown): DataSourceUnreachableError {
  return new DataSourceUnreachableError(
    'AMBIT_DATA_SOURCE_UNREACHABLE',
    {
      what: `No connection to the data source '${name}' (${locationOf(dataSource)}) could be made: ${reasonOf(cause)}.`,
      where: `data source '${name}'`,
      next: 'Check that the server runs and that host, port, database, user and password are right; the next statement tries again.',
    },
    { cause },
  )
}

/** Node reports several addresses of a host as one error without a message. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const { code } = cause as { code?: unknown }
  if (cause.message !== '') return cause.message
  return typeof code === 'string' ? code : cause.name
}

interface Location {
  readonly url?: string
  readonly host?: string
  readonly port?: number
  readonly database?: unknown
}

/** Host, port and database, never the user or the password. */
function locationOf({ options }: DataSource): string {
  const { replication, ...single } = options as Location & { replication?: { master: Location } }
  const { url, host, port, database }: Location = replication?.master ?? single
  if (url !== undefined && URL.canParse(url)) {
    const { hostname, port: given, pathname } = new URL(url)
    return `${hostname}:${given === '' ? '5432' : given}${pathname}`
  }
  if (host !== undefined) return `${host}:${port ?? '5432'}/${String(database)}`
  return String(database)
}
