import { CrudRepository, Query, Repository, transactional } from 'ambit'
import { changesSession } from '../../src/data-source/postgres/session-change'
import { Note } from './entities'
import { postgresWorld, rejection, Undo, until } from './harness'

// What a statement changes on its session ends with the transaction: the next user of the pool gets a connection as new.

@Repository(Note)
class Locks extends CrudRepository<Note, string> {
  @Query.sql('SELECT pg_advisory_lock(4711)::text AS locked', { result: 'stream' })
  declare lock: () => AsyncIterable<unknown>
}

const postgres = postgresWorld({ settings: { poolSize: 2 }, bootstrap: { components: [Locks] } })

const query = (sql: string, parameters?: unknown[]): Promise<unknown> =>
  postgres.world.dataSource.query(sql, parameters)

describe('a statement that changes the session', () => {
  it.each([
    'SET search_path TO nowhere',
    "  set SESSION application_name = 'x'",
    'SET ROLE postgres',
    'SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY',
    'RESET ALL',
    'DISCARD PLANS',
    'LISTEN news',
    'UNLISTEN *',
    'PREPARE p AS SELECT 1',
    'CREATE TEMP TABLE t (id int)',
    'create local temporary table t (id int)',
    'DECLARE c CURSOR WITH HOLD FOR SELECT 1',
    'SELECT pg_advisory_lock(1)',
    'SELECT pg_try_advisory_lock_shared(1)',
    `SELECT set_config('a.b', 'c', false)`,
    `SELECT set_config('a.b', $1, $2)`,
    'SELECT 1; SET search_path TO nowhere',
    '-- a comment\n/* another */ SET search_path TO nowhere',
    '/* a /* b */ c */ SET search_path TO nowhere',
    'SELECT 1; /* a /* b */ c */ RESET ALL',
    'SELECT 1 AS x INTO TEMP t',
    'SELECT 1 AS x INTO LOCAL TEMPORARY TABLE t',
    'WITH w AS (SELECT 1 AS x) SELECT * INTO TEMPORARY t FROM w',
    'SELECT 1 AS x INTO pg_temp.t',
    'CREATE TABLE pg_temp.t (id int)',
    'CREATE OR REPLACE TEMP VIEW v AS SELECT 1',
    'CREATE GLOBAL TEMP TABLE t (id int)',
    'SELECT pg_advisory_lock /* here */ (1)',
    `SELECT set_config('a.b', coalesce($1, true), false)`,
  ])('is told by its text: %s', text => {
    expect([changesSession(text), changesSession(text)]).toEqual([true, true])
  })

  it.each([
    'SET LOCAL search_path TO nowhere',
    'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
    'SET CONSTRAINTS ALL DEFERRED',
    'UPDATE note SET n = 1',
    'SELECT pg_advisory_xact_lock(1)',
    `SELECT set_config('a.b', $1, true)`,
    'DECLARE c CURSOR FOR SELECT 1',
    'CREATE TABLE temporary_things (id int)',
    'SELECT reset FROM listeners',
    `SELECT set_config('a.b', coalesce($1, 'x'), true)`,
    `SELECT '; SET a = 1', $$ pg_advisory_lock(1) $$ -- ; SET b = 1`,
    '/* a /* b */ ; SET search_path TO nowhere; */ SELECT 1',
    'INSERT INTO temp (id) VALUES (1)',
    'CREATE TABLE temp (id int)',
    'SELECT temp FROM holds',
    '',
  ])('and others are not taken for one: %s', text => {
    expect(changesSession(text)).toBe(false)
  })

  it.each([
    ['a setting', `SET application_name = 'changed'`],
    ['a session lock', 'SELECT pg_advisory_lock(4711)'],
    ['a listener', 'LISTEN news'],
    ['a temporary table', 'CREATE TEMP TABLE mine (id int)'],
    ['a setting by a function', `SELECT set_config('application_name', 'changed', false)`],
  ])('leaves nothing to the next user of the pool: %s', async (_what, sql) => {
    const session = async (): Promise<unknown> => ({
      name: await query('SHOW application_name'),
      locks: await query(`SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()`),
      channels: await query('SELECT * FROM pg_listening_channels()'),
      temporary: await query(`SELECT relname FROM pg_class WHERE relpersistence = 't' AND relname = 'mine'`),
    })
    const before = await session()
    await transactional({}, () => query(sql))
    await postgres.world.assertClean()
    expect(await session()).toEqual(before)
    await rejection(
      transactional({}, async () => {
        await query(sql)
        throw new Undo()
      }),
    )
    expect(await session()).toEqual(before)
  })

  it.each([
    ['outside every scope', <T>(work: () => Promise<T>): Promise<T> => work()],
    [
      'in NOT_SUPPORTED',
      <T>(work: () => Promise<T>): Promise<T> => transactional({ propagation: 'NOT_SUPPORTED' }, work),
    ],
    [
      'in NOT_SUPPORTED inside a transaction',
      <T>(work: () => Promise<T>): Promise<T> =>
        transactional({}, async () => {
          await query('SELECT 1')
          return transactional({ propagation: 'NOT_SUPPORTED' }, work)
        }),
    ],
  ])('leaves nothing either where there is no transaction: %s', async (_where, where) => {
    await where(() => query(`SET application_name = 'changed'`))
    await where(async () => {
      const runner = postgres.world.dataSource.createQueryRunner()
      await runner.query(`SET application_name = 'changed'`)
      // It is the runner's for as long as the runner lasts.
      expect(await runner.query('SHOW application_name')).toEqual([{ application_name: 'changed' }])
      await runner.release()
    })
    await postgres.world.assertClean()
    const shown = await transactional({}, async () => {
      const inner = await transactional({ propagation: 'REQUIRES_NEW' }, () => query('SHOW application_name'))
      return [inner, await query('SHOW application_name')]
    })
    expect(shown).toEqual([[{ application_name: 'ambit_test_app' }], [{ application_name: 'ambit_test_app' }]])
  })

  it('in a streamed query of one’s own counts too', async () => {
    await transactional({}, async () => {
      for await (const row of postgres.world.app.get(Locks).lock()) void row
    })
    await until('the lock is gone', async () => {
      const held = await postgres.world.database.query(
        `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711`,
      )
      return held.length === 0
    })
  })

  it('by the raw client counts too', async () => {
    await transactional({}, async () => {
      const client = (await postgres.world.dataSource.createQueryRunner().connect()) as {
        query(text: string): Promise<unknown>
      }
      await client.query(`SET application_name = 'changed'`)
    })
    expect(await query('SHOW application_name')).toEqual([{ application_name: 'ambit_test_app' }])
  })

  it('a setting for the transaction keeps the connection', async () => {
    const pids: unknown[] = []
    for (let at = 0; at < 3; at += 1) {
      await transactional({}, async () => {
        await query(`SELECT set_config('ambit.user', 'ann', true)`)
        pids.push((await postgres.world.place()).pid)
      })
    }
    expect(new Set(pids).size).toBe(1)
    expect(await query(`SELECT current_setting('ambit.user', true) AS "user"`)).toEqual([{ user: '' }])
  })
})
