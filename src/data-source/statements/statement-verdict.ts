import type { DataSource } from 'typeorm'
import { AdoptedDataSource } from '../adopt'

/** What a database says of a statement that it has prepared and not run. */
export type StatementVerdict = AcceptedStatement | RefusedStatement | UnjudgedStatement

export interface AcceptedStatement {
  readonly kind: 'accepted'
  /** The names of the columns that it answers; `undefined` where the driver does not tell. */
  readonly columns: readonly string[] | undefined
}

export interface RefusedStatement {
  readonly kind: 'refused'
  /** An SQLSTATE, or SQLite's code. */
  readonly code: string | undefined
  /** The database's own words. They can quote the statement, and no parameter: none has a value yet. */
  readonly message: string
  readonly hint: string | undefined
  /** Where in the text it went wrong, in UTF-16 units from 0; `undefined` where the database does not tell. */
  readonly index: number | undefined
}

/** One that the database would act on already when it prepares it. */
export interface UnjudgedStatement {
  readonly kind: 'unjudged'
}

/**
 * Has the database prepare statements of a running application's data source, and run none of them; verdicts come in the order
 * of the texts.
 *
 * @throws DataSourceUnreachableError `AMBIT_DATA_SOURCE_UNREACHABLE`; DatabaseError `AMBIT_DATABASE_*` where the database
 * cannot judge at all: a lock that does not end, for one
 */
export async function judgeStatements(
  dataSource: DataSource,
  texts: readonly string[],
): Promise<readonly StatementVerdict[]> {
  const adoption = AdoptedDataSource.adoptionOf(dataSource)
  if (adoption === undefined) throw new TypeError('the data source belongs to no application')
  return texts.length === 0 ? [] : adoption.engine.judge(texts)
}
