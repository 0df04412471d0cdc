import type { DataSource } from 'typeorm'

/** A text with the driver's own placeholders in the place of named parameters, and their values in order. */
export function escapeParameters(
  driver: DataSource['driver'],
  text: string,
  parameters: object,
): [text: string, values: unknown[]] {
  return (driver as EscapingDriver).escapeQueryWithParameters(text, parameters, {})
}

/** TypeORM 0.3 has a third argument, which 1.x ignores. */
interface EscapingDriver {
  escapeQueryWithParameters(text: string, parameters: object, native: object): [text: string, values: unknown[]]
}
