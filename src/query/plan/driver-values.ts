import type { DataSource } from 'typeorm'
import type { ColumnMetadata } from '../compile/metadata-types'
import { escapeParameters } from '../compile/escape-parameters'
import { holdsNumbers } from '../compile/plain-columns'

type Driver = DataSource['driver']

/** What a fixed statement cannot carry as TypeORM would write it. */
export const INEXPRESSIBLE = Symbol('inexpressible')

/** Makes of a stored value what TypeORM would hand to the driver for a parameter, or `INEXPRESSIBLE`. */
export type DriverForm = (value: unknown) => unknown

/** `column` is what the value is compared with or stored in; `undefined` where its text counts. */
export function driverForm(driver: Driver, column: ColumnMetadata | undefined): DriverForm {
  if (driver.options.type === 'postgres') return postgresForm
  const digitsMatter = column === undefined || !holdsNumbers(driver, column)
  return value => sqliteForm(driver, value, digitsMatter)
}

function postgresForm(value: unknown): unknown {
  return isWrittenAsText(value) ? INEXPRESSIBLE : value
}

/**
 * TypeORM writes numbers into the text for SQLite, where drivers would bind `5` as the real `5.0`. The two are one number
 * to a column of numbers; to a text they are '5' and '5.0'.
 */
function sqliteForm(driver: Driver, value: unknown, digitsMatter: boolean): unknown {
  if (typeof value === 'string' || value === null) return value
  if (typeof value === 'number') return digitsMatter || !Number.isFinite(value) ? INEXPRESSIBLE : value
  if (isWrittenAsText(value)) return INEXPRESSIBLE
  if (typeof value !== 'boolean' && !(value instanceof Date)) return value
  return escapeParameters(driver, ':value', { value })[1][0]
}

/** TypeORM calls functions for SQL, and leaves the name of a parameter in the text that has no value. */
function isWrittenAsText(value: unknown): boolean {
  return typeof value === 'function' || value === undefined
}
