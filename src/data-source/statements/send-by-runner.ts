import type { QueryRunner } from 'typeorm'
import type { FixedStatement, StatementAnswer } from './fixed-statement'

/** Sends a fixed statement through TypeORM's own `query()`: the way that works with every driver, listener and logger. */
export async function sendByRunner<R>(
  runner: QueryRunner,
  statement: FixedStatement<R>,
  values: readonly unknown[],
): Promise<StatementAnswer<R>> {
  const { text, columns } = statement
  const { records, affected, raw } = (await runner.query(text, [...values], true)) as Answered
  const found = (Array.isArray(records) ? records : []) as Record<string, unknown>[]
  const read = statement.reader()
  const rows = found.map(record => read(columns.map(name => record[name])))
  return { rows, affected: affected ?? found.length, lastInsertId: rowId(raw) }
}

/** TypeORM's structured answer. */
interface Answered {
  readonly records?: unknown
  readonly affected?: number
  readonly raw?: unknown
}

/** TypeORM's drivers for SQLite answer it in place of rows. */
function rowId(raw: unknown): number | bigint | undefined {
  return typeof raw === 'number' || typeof raw === 'bigint' ? raw : undefined
}
