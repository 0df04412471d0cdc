import type { QueryRunner } from 'typeorm'
import type { QueryContext } from './query-context'

/** What a raw statement answered. */
export interface SqlAnswer {
  readonly rows: Record<string, unknown>[]
  /** Rows written. */
  readonly affected: number
}

/** Runs a raw statement on a runner of its own, through TypeORM's `query()`: logged and observed like any other. */
export function runSql({ dataSource }: QueryContext, sql: string, parameters: unknown[]): Promise<SqlAnswer> {
  return withRunner(dataSource, async runner => {
    const { records, affected } = await runner.query(sql, parameters, true)
    return { rows: (Array.isArray(records) ? records : []) as Record<string, unknown>[], affected: affected ?? 0 }
  })
}

/** The first column of the first row, null without a row; `count(*)` and the like are numbers on every database. */
export async function runScalar(context: QueryContext, sql: string, parameters: unknown[]): Promise<unknown> {
  const { dataSource, dialect } = context
  const { integerOf } = dialect
  if (integerOf === undefined) return firstValue((await runSql(context, sql, parameters)).rows[0])
  // TypeORM drops the column types, so this goes to the client itself.
  return withRunner(dataSource, async runner => {
    const client = (await runner.connect()) as TypedClient
    dataSource.logger.logQuery(sql, parameters, runner)
    // By place: of columns of one name an object has the last, and it begins with names that are numbers.
    const { rows, fields } = await client.query({ text: sql, values: parameters, rowMode: 'array' })
    return integerOf(rows[0]?.[0] ?? null, fields[0]?.dataTypeID ?? 0)
  })
}

interface TypedClient {
  query(statement: {
    readonly text: string
    readonly values: unknown[]
    readonly rowMode: 'array'
  }): Promise<{ rows: readonly (readonly unknown[])[]; fields: readonly { dataTypeID: number }[] }>
}

function firstValue(row: Record<string, unknown> | undefined): unknown {
  return row === undefined ? null : (Object.values(row)[0] ?? null)
}

async function withRunner<T>(
  dataSource: QueryContext['dataSource'],
  run: (runner: QueryRunner) => Promise<T>,
): Promise<T> {
  const runner = dataSource.createQueryRunner()
  try {
    return await run(runner)
  } finally {
    await runner.release()
  }
}
