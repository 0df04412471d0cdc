import { entityManager, transactional } from 'ambit'
import { SqliteSerializationError } from '../../src/data-source/sqlite/errors'
import { committed, NOTES, write } from '../acceptance/notes'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// `retry` looked at the error only. One that `noRollbackFor` lets commit was thrown over committed work, and the method that
// had stored it ran again.

/** An error that is worth a repetition, and not of the running transaction: that one can commit. */
const transient = {
  PostgreSQL: () =>
    transactional({ propagation: 'REQUIRES_NEW' }, () =>
      entityManager().query(`DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$`),
    ),
  // Nothing runs beside a transaction that has written.
  SQLite: () => Promise.reject(new SqliteSerializationError('pay', 'somebody')),
}

describe.each(ENGINES)('retry of a method whose error does not roll back, on $name', engine => {
  const db = engineDatabase(engine)
  runningApplication(db, () => NOTES)

  /** How often the method ran, and what it threw. */
  async function runs(noRollbackFor: (typeof Error)[]): Promise<{ readonly runs: number; readonly error: unknown }> {
    let count = 0
    const call = transactional({ retry: 2, noRollbackFor, label: 'pay' }, async () => {
      count += 1
      await write(`run ${count}`)
      await transient[engine.name]()
    })
    const error: unknown = await call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    return { runs: count, error }
  }

  it('never repeats what was committed: it runs once, and the caller gets the error', async () => {
    const { runs: count, error } = await runs([Error])
    expect(count).toBe(1)
    expect(error).toMatchObject(engine.oneWriter ? { code: 'AMBIT_SQLITE_FOREIGN_COMMIT' } : { code: '40001' })
    expect(await committed(db)).toEqual(['run 1'])
  })

  it('repeats what the same error rolls back', async () => {
    expect(await runs([])).toMatchObject({ runs: 3 })
    expect(await committed(db)).toEqual([])
  })
})
