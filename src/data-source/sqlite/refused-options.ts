import type { DataSource } from 'typeorm'
import { invalid } from '../settings'
import type { SqliteDriverKind } from './raw-connection'

/**
 * Refuses TypeORM's options that the driver would not honour, or that defeat ours.
 *
 * @throws InvalidDataSourceSettingsError `AMBIT_DATA_SOURCE_INVALID_SETTINGS`
 */
export function refuseOptions(name: string, { options }: DataSource, kind: SqliteDriverKind): void {
  const given = options as unknown as Record<string, unknown>
  for (const [option, next] of Object.entries(kind.refusedOptions)) {
    if (given[option] === undefined) continue
    throw invalid(name, `TypeORM's option '${option}' does not go with the driver '${options.type}'`, next)
  }
}
