import type { DataSource } from 'typeorm'
import type { FixedStatement, StatementAnswer } from './fixed-statement'
import { sendByRunner } from './send-by-runner'

/**
 * Sends a fixed statement in the scope that the caller is in, or on a connection of its own outside every scope.
 *
 * @throws what a statement of a TypeORM runner throws at that place
 */
export async function sendStatement<R>(
  dataSource: DataSource,
  statement: FixedStatement<R>,
  values: readonly unknown[],
): Promise<StatementAnswer<R>> {
  const runner = dataSource.createQueryRunner()
  try {
    return await sendByRunner(runner, statement, values)
  } finally {
    await runner.release()
  }
}
