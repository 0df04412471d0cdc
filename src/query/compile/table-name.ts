import type { DataSource, EntityMetadata } from 'typeorm'

/** The table of an entity as SQL names it, schema and database included. */
export function tableOf({ driver }: Pick<DataSource, 'driver'>, { tablePath }: EntityMetadata): string {
  // Empty between two dots: a database without a schema.
  const path = tablePath.split('.').map(part => (part === '' ? part : driver.escape(part)))
  return path.join('.')
}
