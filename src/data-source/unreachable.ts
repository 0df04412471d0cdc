import type { DataSource } from 'typeorm'
import { DataSourceUnreachableError } from './errors'
import { locationOf } from './location'

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
