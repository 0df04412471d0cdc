import type { DataSource } from 'typeorm'

interface Location {
  readonly url?: string
  readonly host?: string
  readonly port?: number
  readonly database?: unknown
}

/** Host, port and database, never the user or the password. */
export function locationOf({ options }: DataSource): string {
  const { replication, ...single } = options as Location & { replication?: { master: Location } }
  const { url, host, port, database }: Location = replication?.master ?? single
  if (url !== undefined && URL.canParse(url)) {
    const { hostname, port: given, pathname } = new URL(url)
    return `${hostname}:${given === '' ? '5432' : given}${pathname}`
  }
  if (host !== undefined) return `${host}:${port ?? '5432'}/${String(database)}`
  return String(database)
}
