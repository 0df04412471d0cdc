import { transactional } from 'ambit'
import { endsTransaction } from '../../src/data-source/control-text'
import { postgresWorld, rejection, Undo } from './harness'

// Transaction control as SQL text, inside a scope whose transaction it would end.

const postgres = postgresWorld()

describe('a text that begins or ends a transaction', () => {
  it.each([
    'BEGIN',
    'begin isolation level serializable',
    '  COMMIT;',
    'END',
    'ROLLBACK',
    'ROLLBACK WORK',
    'ABORT',
    'START  TRANSACTION READ ONLY',
    `PREPARE TRANSACTION 'x'`,
    '-- a comment\n/* another */ ; COMMIT',
    'SELECT 1; COMMIT',
    `INSERT INTO note (k) VALUES (';'); ROLLBACK; SELECT 1`,
    'SELECT 1;;-- end\n END',
    '/* a /* b */ c */ commit',
    'SELECT 1; /* a /* b */ c */ COMMIT',
    `INSERT INTO note (k) VALUES ('begin atomic'); COMMIT`,
    'SELECT 1 AS "begin atomic"; COMMIT',
    'SELECT begin atomic FROM note; COMMIT',
    'CREATE TABLE t (a int); SELECT begin atomic; END',
    'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END; COMMIT',
    'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; COMMIT; END',
    'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC END; END',
    `CREATE FUNCTION f(begin atomic) RETURNS int LANGUAGE sql AS 'SELECT 1'; END`,
    `CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'begin atomic'; COMMIT`,
    'CREATE TRIGGER t AFTER INSERT ON note BEGIN DELETE FROM child; END; COMMIT',
    'CREATE TRIGGER t AFTER INSERT ON note BEGIN DELETE FROM child; END; END',
    'CREATE TRIGGER t AFTER INSERT ON note BEGIN DELETE FROM child; COMMIT; END',
    'CREATE TRIGGER begin BEFORE INSERT ON note EXECUTE FUNCTION f(); END',
    'CREATE TRIGGER t BEFORE UPDATE OF begin ON begin FOR EACH ROW WHEN (true) EXECUTE PROCEDURE begin(); END',
    `CREATE TRIGGER t AFTER INSERT ON note WHEN ('begin') EXECUTE FUNCTION f(); END`,
    'CREATE TABLE trigger (begin int); END',
  ])('is told: %s', text => {
    expect([endsTransaction(text), endsTransaction(text)]).toEqual([true, true])
  })

  it.each([
    'SELECT 1',
    'SAVEPOINT mine',
    'ROLLBACK TO mine',
    'ROLLBACK WORK TO SAVEPOINT mine',
    'RELEASE mine',
    'SELECT 1; SELECT 2;',
    `SELECT '; COMMIT'`,
    `SELECT $$ ; COMMIT; $$`,
    'SELECT 1 -- ; COMMIT',
    'SELECT 1 /* ; COMMIT */',
    'SELECT "; COMMIT" FROM note',
    'UPDATE note SET k = k; SELECT begin FROM ended',
    'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END',
    'CREATE OR REPLACE FUNCTION f(a int) RETURNS int /* here */ BEGIN ATOMIC SELECT CASE WHEN a > 1 THEN 2 END; END;',
    'CREATE PROCEDURE p() BEGIN /* ; */ ATOMIC END; SELECT 1',
    '/* a /* b */ COMMIT; */ SELECT 1; SELECT 2',
    'PREPARE begin AS SELECT 1',
    'CREATE TRIGGER t AFTER INSERT ON note BEGIN UPDATE child SET k = CASE WHEN k THEN 1 END; DELETE FROM child; END',
    'create temp trigger if not exists t instead of delete on v begin select 1; end; SELECT 1',
    'CREATE TEMPORARY TRIGGER begin AFTER INSERT ON begin BEGIN SELECT 1; END;',
    'CREATE TRIGGER t BEFORE INSERT ON note EXECUTE FUNCTION f(); SELECT 1',
    '',
  ])('and others are not taken for one: %s', text => {
    expect(endsTransaction(text)).toBe(false)
  })

  it.each([
    'COMMIT',
    `INSERT INTO note (k) VALUES ('b'); COMMIT; INSERT INTO note (k) VALUES ('c')`,
    'ROLLBACK',
    '/* a /* b */ c */ COMMIT',
    `INSERT INTO note (k) VALUES ('begin atomic'); COMMIT`,
  ])('is refused in a scope before anything is sent, with advice: %s', async sql => {
    const error = await rejection(
      transactional({ label: 'Shop.order' }, async () => {
        await postgres.world.write('a')
        const refused = await rejection(postgres.world.dataSource.query(sql))
        expect(refused).toMatchObject({ code: 'AMBIT_DATA_SOURCE_EXPLICIT_TRANSACTION' })
        expect(refused.message).toContain(
          'Transaction control as SQL text was used inside the transaction of Shop.order',
        )
        throw new Undo()
      }),
    )
    expect(error).toBeInstanceOf(Undo)
    expect(await postgres.world.rows()).toEqual([])
  })

  it('and a function is made in a scope, whose body has an END of its own', async () => {
    const { dataSource } = postgres.world
    const error = await rejection(
      transactional({}, async () => {
        await dataSource.query('CREATE FUNCTION ambit_two() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END')
        expect(await dataSource.query('SELECT ambit_two() AS n')).toEqual([{ n: 2 }])
        throw new Undo()
      }),
    )
    expect(error).toBeInstanceOf(Undo)
    expect(await dataSource.query(`SELECT 1 FROM pg_proc WHERE proname = 'ambit_two'`)).toEqual([])
  })

  it('works outside a scope as ever', async () => {
    const runner = postgres.world.dataSource.createQueryRunner()
    await runner.query('BEGIN')
    await runner.query(`INSERT INTO note (k) VALUES ('a')`)
    await runner.query('COMMIT')
    await runner.release()
    expect(await postgres.world.rows()).toEqual(['a'])
  })

  it('SP-23: savepoints by hand are the method’s own affair', async () => {
    const { dataSource } = postgres.world
    await transactional({}, async () => {
      await postgres.world.write('a')
      await dataSource.query('SAVEPOINT mine')
      await postgres.world.write('b')
      await dataSource.query('ROLLBACK TO mine')
      await postgres.world.write('c')
      await dataSource.query('RELEASE mine')
    })
    expect(await postgres.world.rows()).toEqual(['a', 'c'])
  })
})
