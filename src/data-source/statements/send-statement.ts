import type { DataSource } from 'typeorm'
import { AdoptedDataSource } from '../adopt'
import type { FixedStatement, StatementAnswer } from './fixed-statement'
import { sendByRunner } from './send-by-runner'

/**
 * Sends a fixed statement in the scope that the caller is in, or on a connection of its own outside every scope: prepared
 * and past TypeORM's runner where the database offers it, else through a runner.
 *
 * @throws what a statement of a TypeORM runner throws at that place
 */
export async function sendStatement<R>(
  dataSource: DataSource,
  statement: FixedStatement<R>,
  values: readonly unknown[],
): Promise<StatementAnswer<R>> {
  return AdoptedDataSource.of(dataSource)?.sendFixed(statement, values) ?? throughRunner(dataSource, statement, values)
}

async function throughRunner<R>(
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
