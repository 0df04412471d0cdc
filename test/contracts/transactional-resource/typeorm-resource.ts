import type { DataSource, EntitySubscriberInterface } from 'typeorm'
import type { Engine, RunnerTransaction } from '../../../src/data-source/engine'
import type { FixedStatement } from '../../../src/data-source/statements/fixed-statement'
import type { ResourceTransaction } from '../../../src/tx/transactional-resource'
import type { StatementLog } from '../../support/statement-log'
import type { Command, ResourceUnderTest } from './resource-under-test'

/** `child` refers to `entry` by a constraint that COMMIT checks. */
export const TABLES = [
  'CREATE TABLE entry (name text PRIMARY KEY)',
  'CREATE TABLE child (entry text REFERENCES entry (name) DEFERRABLE INITIALLY DEFERRED)',
]
export const ROWS = 'SELECT name FROM entry ORDER BY name'

type Shared = Pick<ResourceUnderTest, 'port' | 'write' | 'read' | 'writeFixed' | 'sent' | 'breakCommit' | 'listen'>

/** What the resources over TypeORM have in common; `placeholder` is that of the driver's first parameter. */
export function typeormResource(
  { engine, dataSource, log }: { engine: Engine; dataSource: DataSource; log: StatementLog },
  placeholder: string,
): Shared {
  const insert = `INSERT INTO entry (name) VALUES (${placeholder})`
  const fixed: FixedStatement<unknown> = {
    text: insert,
    effect: 'write',
    columns: [],
    shares: true,
    reader: () => () => undefined,
  }
  return {
    port: engine,
    write: (transaction, row) => on(transaction).runner.query(insert, [row]),
    read: async transaction => {
      const rows = (await on(transaction).runner.query(ROWS)) as { name: string }[]
      return rows.map(({ name }) => name)
    },
    writeFixed: async (transaction, row) =>
      on(transaction).sendFixed?.(fixed, [row]) ?? Promise.reject(new Error('no fixed statements')),
    sent: () => log.commands.flatMap(command => COMMANDS[command] ?? []),
    breakCommit: transaction => on(transaction).runner.query("INSERT INTO child VALUES ('missing')"),
    listen: () => {
      const { subscribers } = dataSource
      subscribers.push(LISTENER)
      return () => void subscribers.splice(subscribers.indexOf(LISTENER), 1)
    },
  }
}

export function on(transaction: ResourceTransaction): RunnerTransaction {
  return transaction as RunnerTransaction
}

const LISTENER: EntitySubscriberInterface = {
  beforeTransactionCommit: () => undefined,
  afterTransactionCommit: () => undefined,
  afterTransactionRollback: () => undefined,
}

const COMMANDS: Readonly<Record<string, Command | undefined>> = {
  BEGIN: 'BEGIN',
  'SELECT entry': 'READ',
  'INSERT entry': 'WRITE',
  SAVEPOINT: 'SAVEPOINT',
  'ROLLBACK TO': 'ROLLBACK TO',
  RELEASE: 'RELEASE',
  COMMIT: 'COMMIT',
  ROLLBACK: 'ROLLBACK',
}
