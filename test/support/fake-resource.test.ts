import type { OpenRequest } from '../../src/tx/transactional-resource'
import { FakeResource } from './fake-resource'
import type { FakeTransaction } from './fake-transaction'

const controls: string[] = []
const request = (changes: Partial<OpenRequest> = {}): OpenRequest => ({
  id: 'default#1',
  label: 'test',
  isolation: undefined,
  readOnly: false,
  single: undefined,
  outer: undefined,
  waitTimeoutMs: 1_000,
  signal: undefined,
  remainingMs: () => undefined,
  onControl: command => controls.push(command),
  addHook: () => undefined,
  ...changes,
})

let db: FakeResource
let tx: FakeTransaction
beforeEach(() => {
  controls.length = 0
  db = new FakeResource()
  tx = db.open(request())
})

describe('the fake database', () => {
  it('begins with the first command, shows rows to itself only, and to all after COMMIT', async () => {
    expect(tx.begun).toBe(false)
    expect(await tx.execute('insert a')).toEqual(['a'])
    expect(tx.begun).toBe(true)
    expect(db.rows()).toEqual([])
    expect(await tx.commit()).toEqual({ kind: 'committed' })
    expect(db.rows()).toEqual(['a'])
    expect(db.log).toEqual(['c1 BEGIN', 'c1 insert a', 'c1 COMMIT'])
    expect(controls).toEqual(['BEGIN', 'COMMIT'])
    expect(db.openConnections).toEqual([])
  })

  it('forgets rows on ROLLBACK and on ROLLBACK TO, and keeps what came before the savepoint', async () => {
    await tx.execute('insert a')
    await tx.savepoint('s')
    await tx.execute('insert b')
    await tx.rollbackTo('s')
    await tx.release('s')
    expect(await tx.execute('select')).toEqual(['a'])
    await tx.rollback()
    expect(db.rows()).toEqual([])
  })

  it('refuses everything after an error, answers COMMIT with ROLLBACK, and recovers at a savepoint', async () => {
    db.store(['dup'])
    await tx.savepoint('s')
    await expect(tx.execute('insert dup')).rejects.toMatchObject({ code: '23505' })
    await expect(tx.execute('select')).rejects.toMatchObject({ code: '25P02' })
    await expect(tx.release('s')).rejects.toMatchObject({ code: '25P02' })
    await tx.rollbackTo('s')
    await tx.execute('select')
    await expect(tx.execute('insert dup')).rejects.toMatchObject({ code: '23505' })
    expect(await tx.commit()).toEqual({ kind: 'rolled-back', cause: undefined })
  })

  it('goes on after an error where it is told to be like SQLite', async () => {
    db = new FakeResource({ abortsOnError: false })
    db.store(['dup'])
    tx = db.open(request())
    await expect(tx.execute('insert dup')).rejects.toMatchObject({ code: '23505' })
    await tx.execute('insert a')
    expect(await tx.commit()).toEqual({ kind: 'committed' })
  })

  it('refuses writes in a read-only transaction, and unknown savepoints', async () => {
    await expect(db.open(request({ readOnly: true })).execute('insert a')).rejects.toMatchObject({ code: '25006' })
    await expect(tx.release('nowhere')).rejects.toMatchObject({ code: '3B001' })
  })

  it('fails on demand, once, by the exact command', async () => {
    db.failNext('insert a')
    await expect(tx.execute('insert a')).rejects.toMatchObject({ code: 'XX000' })
    const other = db.open(request())
    await other.execute('insert a')
    db.failNext('COMMIT', 'lost')
    expect(await other.commit()).toMatchObject({ kind: 'unknown' })
    expect(db.rows()).toEqual([])
  })

  it('holds a command back until it is let go', async () => {
    const held = db.holdNext('insert a')
    let done = false
    const statement = tx.execute('insert a').then(() => (done = true))
    await held.reached
    expect(done).toBe(false)
    held.release()
    await statement
  })

  it('complains about two commands at once, and about any after the end', async () => {
    await tx.execute('select')
    await Promise.all([tx.execute('insert a'), tx.execute('insert b')])
    await tx.rollback()
    await expect(tx.execute('insert c')).rejects.toMatchObject({ code: '25P01' })
    expect(db.violations).toEqual(['insert b was sent while insert a was running', 'insert c was sent after the end'])
  })

  it('gives the connection back when BEGIN, COMMIT or ROLLBACK fails', async () => {
    db.failNext('BEGIN')
    await expect(tx.execute('select')).rejects.toThrow('BEGIN failed')
    expect(tx.begun).toBe(false)
    const other = db.open(request())
    await other.begin()
    db.failNext('ROLLBACK')
    await expect(other.rollback()).rejects.toThrow('ROLLBACK failed')
    expect(db.openConnections).toEqual([])
  })

  it('stores at once outside a transaction', async () => {
    expect(await db.autocommit('insert a')).toEqual(['a'])
    expect(db.log).toEqual(['c1 insert a'])
    expect(db.openConnections).toEqual([])
  })
})
