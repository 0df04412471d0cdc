import { inspect } from 'node:util'
import { afterCommit, afterCompletion, afterRollback, transactional } from 'ambit'
import { concealValues, databaseCode } from '../../src/data-source/driver-error'
import { translateDatabaseError } from '../../src/data-source/database-error'
import { isServerAnswer } from '../../src/data-source/postgres/sqlstate'
import { UniqueViolationError } from '../../src/errors'
import { Note } from './entities'
import { emptyTables } from '../support/empty-tables'
import { postgresWorld, rejection } from './harness'

// What the database refuses: the error says what happened, and holds no value of a row or a parameter where loggers look.

const postgres = postgresWorld()

const SECRET = 'hunter2-4711'
const query = (sql: string, parameters?: unknown[]): Promise<unknown> =>
  postgres.world.dataSource.query(sql, parameters)

/** All that a logger would write of an error: JSON, and Node's own rendering with its causes. */
function written(error: unknown): string {
  const nested = (at: unknown, depth = 0): unknown[] =>
    depth < 5 && at instanceof Error ? [{ ...at }, at.message, ...nested(at.cause, depth + 1)] : []
  return [JSON.stringify(error), JSON.stringify(nested(error)), inspect(error, { depth: 10 }), String(error)].join('\n')
}

beforeAll(() =>
  postgres.world.database.query(`
    CREATE TABLE dnote (k int UNIQUE DEFERRABLE INITIALLY DEFERRED, secret text);
    CREATE TABLE child (k text REFERENCES note (k) DEFERRABLE INITIALLY DEFERRED);
    CREATE TABLE narrow (v varchar(5), n int CHECK (n > 0), t text NOT NULL)`),
)
beforeEach(() => postgres.world.database.query(emptyTables(['dnote', 'child', 'narrow'])))

describe('a statement that the database refuses in a scope', () => {
  const refused: Readonly<Record<string, readonly [string, unknown[], string]>> = {
    'a unique key': ['INSERT INTO note (k) VALUES ($1), ($1)', [SECRET], '23505'],
    'a foreign key': [`SET CONSTRAINTS ALL IMMEDIATE; INSERT INTO child VALUES ('${SECRET}')`, [], '23503'],
    'a check': ['INSERT INTO narrow VALUES (null, -1, $1)', [SECRET], '23514'],
    'a missing value': ['INSERT INTO narrow VALUES (null, 1, nullif($1, $1))', [SECRET], '23502'],
    'a length': ['INSERT INTO narrow VALUES ($1, 1, $2)', [SECRET, SECRET], '22001'],
    'an unknown column': ['INSERT INTO note (k, nope) VALUES ($1, 1)', [SECRET], '42703'],
    'an error in a function': [`DO $$ BEGIN PERFORM 1 / 0; END $$ -- ${SECRET}`, [], '22012'],
  }

  it.each(Object.keys(refused))('%s: TypeORM’s error, without values where a logger looks', async name => {
    const [sql, parameters, code] = refused[name] ?? ['', [], '']
    const error = await rejection(transactional({}, () => query(sql, parameters.length > 0 ? parameters : undefined)))
    expect([error.name, databaseCode(error)]).toEqual(['QueryFailedError', code])
    expect(written(error)).not.toContain(SECRET)
    expect(written(error)).toContain(code)
    // Who asks for a field by its name still gets it.
    expect([error['query'], error['parameters']]).toEqual([sql, parameters.length > 0 ? parameters : undefined])
  })

  it.each(['save', 'insert', 'upsert'] as const)('by %s(): the same', async method => {
    await postgres.world.database.query('INSERT INTO note (k, secret) VALUES ($1, $2)', [SECRET, SECRET])
    const notes = postgres.world.dataSource.getRepository(Note)
    const work: Record<typeof method, () => Promise<unknown>> = {
      save: () =>
        notes.save([
          { k: 'x', n: 1, secret: SECRET },
          { k: 'y', n: null as never, secret: SECRET },
        ]),
      insert: () => notes.insert({ k: SECRET, secret: SECRET }),
      upsert: () => notes.upsert({ k: 'x', n: SECRET as never }, ['k']),
    }
    const error = await rejection(transactional({}, work[method]))
    expect(JSON.stringify({ ...error })).not.toContain(SECRET)
    // PostgreSQL quotes a value that is no number in its message, and that is not ours to change.
    expect(written(error).includes(SECRET)).toBe(method === 'upsert')
  })

  it('translated: a class to catch, the constraint and the table, and the driver’s error as its cause', async () => {
    await postgres.world.write('a')
    const raw = await rejection(transactional({}, () => postgres.world.write('a')))
    const error = translateDatabaseError(raw, 'Notes.insert') as UniqueViolationError
    expect(error).toBeInstanceOf(UniqueViolationError)
    expect(error).toMatchObject({ code: 'AMBIT_DATABASE_UNIQUE', databaseCode: '23505', table: 'note' })
    expect(error.constraint).toMatch(/^PK_/)
    expect(error.cause).toBe(raw)
  })

  it('swallowed: the error that names it at COMMIT does not show its values either', async () => {
    const error = await rejection(
      transactional({}, async () => {
        await query('INSERT INTO note (k) VALUES ($1), ($1)', [SECRET]).catch(() => undefined)
      }),
    )
    expect(error).toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK' })
    expect(written(error)).not.toContain(SECRET)
  })

  it('a write in a read-only transaction: 25006, for every kind of write', async () => {
    const { dataSource } = postgres.world
    const writes: (() => Promise<unknown>)[] = [
      () => query(`INSERT INTO note (k) VALUES ('a')`),
      () => dataSource.manager.save(Note, { k: 'a', n: 1 }),
      () => query('CREATE TABLE t (id int)'),
      () => query(`SELECT nextval('memo_id_seq')`),
      () => query('SELECT * FROM note FOR UPDATE'),
    ]
    for (const write of writes) {
      const error = await rejection(transactional({ readOnly: true }, write))
      expect(databaseCode(error)).toBe('25006')
    }
  })
})

describe('a constraint that fails at COMMIT', () => {
  function watched(told: string[]): void {
    afterCommit(() => told.push('afterCommit'))
    afterRollback(() => told.push('afterRollback'))
    afterCompletion(outcome => told.push(outcome))
  }

  it('is an error of the catalogue that names the constraint; the hooks are told of a rollback', async () => {
    const told: string[] = []
    const error = await rejection(
      transactional({ label: 'Shop.order' }, async () => {
        watched(told)
        await postgres.world.write('a')
        await query('INSERT INTO dnote VALUES (1, $1), (1, $1)', [SECRET])
      }),
    )
    expect(error).toMatchObject({ code: 'AMBIT_DATABASE_UNIQUE', databaseCode: '23505', constraint: 'dnote_k_key' })
    expect(error.message).toBe(
      [
        'A unique constraint (dnote_k_key) refused a row: there is one with the same key. [AMBIT_DATABASE_UNIQUE]',
        '  where: Shop.order',
        '  next:  Look the row up first, or use upsert(); on PostgreSQL run what may fail with propagation NESTED.',
      ].join('\n'),
    )
    expect(told).toEqual(['afterRollback', 'rolled-back'])
    expect(await postgres.world.rows()).toEqual([])
  })

  it('shows no value of a row', async () => {
    const error = await rejection(transactional({}, () => query('INSERT INTO child VALUES ($1)', [SECRET])))
    expect(error).toMatchObject({ code: 'AMBIT_DATABASE_FOREIGN_KEY' })
    expect(written(error)).not.toContain(SECRET)
    expect((error.cause as { detail?: string }).detail).toContain(SECRET)
  })

  it('gives the connection back clean', async () => {
    for (let at = 0; at < 15; at += 1) {
      await rejection(transactional({}, () => query('INSERT INTO child VALUES ($1)', [SECRET])))
    }
    expect(postgres.world.pool.totalCount).toBe(1)
    await postgres.world.assertClean()
  })
})

describe('what counts as the server’s answer', () => {
  it.each([
    ['23505', true],
    ['40001', true],
    ['P0001', true],
    ['MYERR', true],
    ['57014', true],
    ['57P01', false],
    ['57P03', false],
    ['08006', false],
    ['08P01', false],
    [undefined, false],
    ['ECONNRESET', false],
  ])('%s: %s', (code, answer) => {
    expect(isServerAnswer(Object.assign(new Error('x'), { code }))).toBe(answer)
  })

  it.each([
    ['a foreign server that cannot be reached', '08001', 'ERROR', true],
    ['a malformed value', '08P01', 'ERROR', true],
    ['a pooler that has lost its server', '08P01', 'FATAL', false],
    ['a pooler that has waited long enough', '57014', 'FATAL', false],
    ['a session that idled too long in its transaction', '25P03', 'FATAL', false],
    ['the same in another language', '25P03', 'ВАЖНО', false],
  ])('the severity decides: %s', (_name, code, severity, answer) => {
    const driverError = Object.assign(new Error('x'), { code, severity })
    expect(isServerAnswer(driverError)).toBe(answer)
    expect(isServerAnswer(Object.assign(new Error('y'), { driverError }))).toBe(answer)
  })

  it('a broken pipe is not one, though EPIPE looks as an SQLSTATE does', () => {
    const broken = Object.assign(new Error('write EPIPE'), { code: 'EPIPE', errno: -32, syscall: 'write' })
    expect([isServerAnswer(broken), databaseCode(broken)]).toEqual([false, undefined])
  })

  it('is found through wrappers and causes', () => {
    const driverError = Object.assign(new Error('x'), { code: '40P01' })
    const wrapped = Object.assign(new Error('y'), { driverError, code: 'AMBIT_X' })
    expect(databaseCode(new Error('z', { cause: wrapped }))).toBe('40P01')
  })
})

describe('concealing values', () => {
  it('reaches driver errors inside errors, and leaves frozen and foreign values alone', () => {
    const driverError = Object.assign(new Error('x'), { detail: SECRET, where: SECRET, table: 'note' })
    const error = Object.assign(new Error('y', { cause: driverError }), {
      driverError,
      parameters: [SECRET],
      query: SECRET,
    })
    expect(written(concealValues(error))).not.toContain(SECRET)
    expect(Object.keys(driverError)).toEqual(['table'])
    expect(concealValues(Object.freeze({ detail: SECRET }))).toEqual({ detail: SECRET })
    expect(concealValues('just a text')).toBe('just a text')
    expect(concealValues(undefined)).toBeUndefined()
  })
})
