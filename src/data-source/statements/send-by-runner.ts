import type { QueryRunner } from 'typeorm'
import type { FixedStatement, StatementAnswer } from './fixed-statement'

/** Sends a fixed statement through TypeORM's own `query()`: the way that works with every driver, listener and logger. */
export async function sendByRunner<R>(
  runner: QueryRunner,
  statement: FixedStatement<R>,
  values: readonly unknown[],
): Promise<StatementAnswer<R>> {
  const { text, columns } = statement
  const { records, affected } = await runner.query(text, [...values], true)
  const found = (Array.isArray(records) ? records : []) as Record<string, unknown>[]
  const read = statement.reader()
  return { rows: found.map(record => read(columns.map(name => record[name]))), affected: affected ?? found.length }
}
