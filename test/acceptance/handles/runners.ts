import type { DataSource, QueryRunner } from 'typeorm'
import { Table } from 'typeorm'
import { Note } from '../../data-source/entities'
import { type HandleRow, UNCOMMITTED } from './row'

const EXPLICIT = 'refused: AMBIT_DATA_SOURCE_EXPLICIT_TRANSACTION'

/** A runner, given back whatever happens. */
async function using(runner: QueryRunner, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } finally {
    await runner.release()
  }
}

const onRunner =
  (work: (runner: QueryRunner, dataSource: DataSource) => Promise<unknown>): HandleRow['obtain'] =>
  dataSource => {
    const runner = dataSource.createQueryRunner()
    return () => using(runner, () => work(runner, dataSource))
  }

/** Query runners, transactions and schema work. */
export const RUNNER_ROWS: readonly HandleRow[] = [
  {
    id: 'H-30',
    handle: 'createQueryRunner(): query() and manager',
    before: "TypeORM's own",
    inside: 'works',
    why: 'one made inside is a handle on the transaction; one made before is a connection of its own, whose work stays when the transaction is rolled back; `release()` rolls back what it has left open',
    obtain: onRunner(async runner => {
      await runner.query("INSERT INTO note (k) VALUES ('a')")
      await runner.manager.getRepository(Note).insert({ k: 'b' })
    }),
  },
  {
    id: 'H-31',
    handle: 'a query runner that writes beside a transaction that has begun (SQLite)',
    before: 'refused: AMBIT_SQLITE_WRITER_BUSY',
    inside: 'works',
    engine: 'SQLite',
    afterWrite: true,
    why: 'there is one writer, which the transaction holds: after waitTimeoutMs the wait is given up',
    obtain: onRunner(runner => runner.query("INSERT INTO note (k) VALUES ('a')")),
  },
  {
    id: 'H-32',
    handle: 'startTransaction(), commitTransaction(), rollbackTransaction()',
    before: "TypeORM's own",
    inside: EXPLICIT,
    why: 'the transaction begins and ends by itself; for a part there is NESTED, for a connection of its own detached()',
    obtain: onRunner(async runner => {
      if (runner.isTransactionActive) {
        for (const end of ['commitTransaction', 'rollbackTransaction'] as const) {
          await expect(runner[end]()).rejects.toThrow(/inside the transaction/)
        }
      }
      await runner.startTransaction()
      await runner.query("INSERT INTO note (k) VALUES ('a')")
      await runner.commitTransaction()
    }),
  },
  {
    id: 'H-33',
    handle: 'BEGIN, COMMIT, ROLLBACK as text',
    before: '–',
    inside: EXPLICIT,
    why: 'the same; SAVEPOINT is let through, and yours to release',
    obtain: dataSource => async () => {
      await dataSource.query('SAVEPOINT mine')
      await dataSource.query('RELEASE SAVEPOINT mine')
      await expect(dataSource.query('BEGIN')).rejects.toThrow(/inside the transaction/)
      await expect(dataSource.query(' /* x */ rollback')).rejects.toThrow(/inside the transaction/)
      await dataSource.query('COMMIT')
    },
    savepoint: true,
  },
  {
    id: 'H-34',
    handle: 'connect(): the raw client',
    before: '–',
    inside: 'works',
    why: 'a stand-in with query(), each of which takes its turn; before a transaction it is the driver’s own connection',
    obtain: onRunner(async runner => {
      const client = (await runner.connect()) as { query(text: string): Promise<unknown> }
      await client.query("INSERT INTO note (k) VALUES ('a')")
    }),
  },
  {
    id: 'H-35',
    handle: 'a query object (cursor, COPY stream) on the raw client',
    before: '–',
    inside: 'refused: AMBIT_DATA_SOURCE_RAW_QUERY',
    engine: 'PostgreSQL',
    why: 'nobody could see when it ends',
    obtain: onRunner(async runner => {
      const client = (await runner.connect()) as { query(query: object): Promise<unknown> }
      await client.query({ submit: () => undefined })
    }),
  },
  {
    id: 'H-36',
    handle: 'getTable(), hasTable()',
    before: '–',
    inside: 'works',
    reads: true,
    why: 'sees the tables as the transaction has them',
    obtain: onRunner(async runner => {
      await runner.query('CREATE TABLE made_here (k integer)')
      expect((await runner.getTable('made_here'))?.columns.map(({ name }) => name)).toEqual(['k'])
      await runner.query('DROP TABLE made_here')
      expect(await runner.hasTable('made_here')).toBe(false)
    }),
  },
  {
    id: 'H-37',
    handle: 'createTable(), dropTable() and the like',
    before: '–',
    inside: 'works',
    why: 'both databases undo schema changes with the transaction',
    obtain: onRunner(async runner => {
      await runner.createTable(new Table({ name: 'made_here', columns: [{ name: 'k', type: 'integer' }] }))
      await runner.clearTable('note')
      await runner.dropTable('made_here')
    }),
  },
  {
    id: 'H-38',
    handle: 'release(), await using',
    before: '–',
    inside: 'works',
    why: 'ends the handle only: no commit, and the connection stays where it is',
    obtain: dataSource => async () => {
      const runner = dataSource.createQueryRunner()
      await runner.query("INSERT INTO note (k) VALUES ('a')")
      await runner.release()
      await expect(runner.query('SELECT 1')).rejects.toThrow(/released/)
      await using(dataSource.createQueryRunner(), async () => undefined)
      expect(await dataSource.getRepository(Note).existsBy({ k: 'a' })).toBe(true)
    },
  },
  {
    id: 'H-39',
    handle: 'manager.queryRunner',
    before: 'works',
    inside: 'works',
    reads: true,
    why: 'undefined on every ambient manager: it asks anew each time; set on the manager that transaction() gives',
    obtain: ({ manager }) => {
      const of = manager.queryRunner
      return async () => {
        expect([of, manager.queryRunner]).toEqual([undefined, undefined])
        const given = await manager.transaction(async inner => inner.queryRunner?.isTransactionActive)
        expect(given).toBe(true)
        expect(await manager.existsBy(Note, { k: UNCOMMITTED })).toBe(true)
      }
    },
  },
  {
    id: 'H-40',
    handle: 'dataSource.transaction(), manager.transaction()',
    before: 'works',
    inside: 'works',
    savepoint: true,
    why: 'a savepoint inside a transaction; outside a new transaction, which ambient handles join',
    obtain: dataSource => {
      const { manager } = dataSource
      return async () => {
        await manager.transaction(inner => inner.insert(Note, { k: 'a' }))
        const undone = dataSource.transaction(async () => {
          await manager.insert(Note, { k: 'b' })
          throw new Error('undo')
        })
        await expect(undone).rejects.toThrow('undo')
        expect(await manager.existsBy(Note, { k: 'b' })).toBe(false)
      }
    },
  },
  {
    id: 'H-41',
    handle: 'transaction() of a manager that createEntityManager() made before the DataSource was given to bootstrap',
    before: EXPLICIT,
    inside: 'works',
    adopted: true,
    savepoint: true,
    why: 'nobody knew of that manager; its other methods work',
    obtain: dataSource => {
      const manager = dataSource.createEntityManager()
      return () => manager.transaction(inner => inner.insert(Note, { k: 'a' }))
    },
  },
  {
    id: 'H-42',
    handle: 'synchronize()',
    before: '–',
    inside: EXPLICIT,
    why: 'it begins and commits by itself; synchronize(true) is refused before it drops anything',
    obtain: dataSource => () => dataSource.synchronize(),
  },
  {
    id: 'H-43',
    handle: 'dropDatabase()',
    before: '–',
    inside: 'works',
    why: 'the tables go with COMMIT, and are back after a rollback',
    obtain: dataSource => async () => {
      const undone = dataSource.transaction(async () => {
        await dataSource.dropDatabase()
        await expect(dataSource.query('SELECT * FROM tag')).rejects.toThrow(/tag/)
        throw new Error('undo')
      })
      await expect(undone).rejects.toThrow()
      await dataSource.manager.insert(Note, { k: 'a' })
    },
    savepoint: true,
  },
  {
    id: 'H-44',
    handle: 'runMigrations(), undoLastMigration() (PostgreSQL)',
    before: '–',
    inside: 'works',
    engine: 'PostgreSQL',
    why: 'they are part of the transaction, without the lock of a start',
    obtain: dataSource => async () => {
      expect(await dataSource.runMigrations()).toHaveLength(1)
      expect(await dataSource.runMigrations()).toEqual([])
      await dataSource.query('DROP TABLE migrations')
    },
  },
  {
    id: 'H-45',
    handle: 'runMigrations(), undoLastMigration() (SQLite)',
    before: '–',
    inside: EXPLICIT,
    engine: 'SQLite',
    why: 'foreign keys would have to be switched off, which SQLite cannot within a transaction: a table that is re-made would take the rows with it that refer to it',
    obtain: dataSource => async () => {
      await expect(dataSource.undoLastMigration()).rejects.toThrow(/undoLastMigration\(\) .* foreign keys/)
      await dataSource.runMigrations()
    },
  },
]
