import type pg from 'pg'
import type { DataSource } from 'typeorm'
import { AdoptedDataSource, type Adoption } from '../../../src/data-source/adopt'
import type { FixedStatement, StatementAnswer } from '../../../src/data-source/statements/fixed-statement'
import { sendStatement } from '../../../src/data-source/statements/send-statement'
import { defineTransaction, type SingleStatement } from '../../../src/tx/options'
import { poolOf } from '../harness'

export type Row = Record<string, unknown>

/** A statement written by hand, whose rows are what pg itself would make of them. */
export function fixed(
  text: string,
  columns: readonly string[] = [],
  options: Partial<Pick<FixedStatement<Row>, 'effect' | 'shares'>> = {},
): FixedStatement<Row> {
  return {
    text,
    effect: /^select/i.test(text) ? 'read' : 'write',
    columns,
    reader: parsers => cells =>
      Object.fromEntries(
        columns.map((name, at) => {
          const cell = cells[at]
          return [name, parsers === undefined || cell === null ? cell : parsers[at]?.(cell as string)]
        }),
      ),
    ...options,
  }
}

export const SELECT_NOTE = fixed('SELECT k, n FROM note WHERE k = $1', ['k', 'n'], { shares: true })
export const INSERT_NOTE = fixed('INSERT INTO note (k, n) VALUES ($1, $2)', [], { shares: true })
export const INSERT_RETURNING = fixed('INSERT INTO note (k, n) VALUES ($1, $2) RETURNING n', ['n'], { shares: true })

export function send(
  dataSource: DataSource,
  statement: FixedStatement<Row>,
  ...values: unknown[]
): Promise<StatementAnswer<Row>> {
  return Promise.resolve(sendStatement(dataSource, statement, values))
}

/** Sends commands on a connection of the pool, past everything that would notice them. */
export async function behindOurBack(dataSource: DataSource, ...commands: readonly string[]): Promise<void> {
  const pool = poolOf(dataSource) as unknown as pg.Pool
  const client = await pool.connect()
  for (const command of commands) await client.query(command)
  client.release()
}

/** What an application has made of a data source. */
export function adoptionOf(dataSource: DataSource): Adoption {
  const adoption = AdoptedDataSource.adoptionOf(dataSource)
  if (adoption === undefined) throw new Error('the data source belongs to no application')
  return adoption
}

/** A repository's own boundary around one statement of the framework's making. */
export async function single<T>(
  dataSource: DataSource,
  kind: SingleStatement,
  fn: () => Promise<T>,
  label = `Single.${kind}`,
): Promise<T> {
  const options = kind === 'select' || kind === 'turn' ? { readOnly: true } : {}
  const definition = { ...defineTransaction(options, label, true), single: kind }
  return (await adoptionOf(dataSource).manager.execute({ definition, fn, self: undefined, args: [] })) as T
}
