import type { RowClass } from '../projection/projection'
import { QueryDeclarationError } from '../errors'

type Row = Record<string, unknown>

/** Makes instances of a class of rows: their columns become its properties, `snake_case` as `camelCase`. */
export function rowsInto(target: RowClass, label: string): (rows: readonly Row[]) => object[] {
  return rows => {
    const [first] = rows
    const names = first === undefined ? [] : propertyNames(Object.keys(first), label)
    return rows.map(row => {
      const made = new target() as Row
      for (const [column, property] of names) made[property] = row[column]
      return made
    })
  }
}

function propertyNames(
  columns: readonly string[],
  label: string,
): readonly (readonly [column: string, property: string])[] {
  const names = columns.map(column => [column, camelCase(column)] as const)
  const twice = names.find(([, property], at) => names.findIndex(([, each]) => each === property) !== at)
  if (twice === undefined) return names
  throw new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: `Two columns of ${label} would become the property '${twice[1]}'.`,
    where: label,
    next: 'Name one of them otherwise, by AS in the text.',
  })
}

/** Underscores at the beginning stay. */
function camelCase(column: string): string {
  return column.replace(/(?<=[^_])_+([\p{L}\p{N}])/gu, (_, letter: string) => letter.toUpperCase())
}
