import type { FixedStatement, RowReader } from '../../../src/data-source/statements/fixed-statement'

/** A statement whose rows are read as arrays of their cells. */
export function fixed(
  text: string,
  effect: 'read' | 'write',
  columns: readonly string[] = [],
): FixedStatement<readonly unknown[]> {
  return { text, effect, columns, reader: () => cells => [...cells] }
}

/** A select of one text column, read as that text. */
export function texts(text: string): FixedStatement<string> {
  const reader = (): RowReader<string> => cells => String(cells[0])
  return { text, effect: 'read', columns: ['name'], reader }
}

export const NAMES = texts('SELECT "name" FROM "item" ORDER BY "id"')
export const INSERT = fixed('INSERT INTO "item"("name") VALUES (?)', 'write')
export const INSERT_RETURNING = fixed('INSERT INTO "item"("name") VALUES (?) RETURNING "id"', 'write', ['id'])
