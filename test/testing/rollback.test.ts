import {
  afterCommit,
  afterCompletion,
  afterRollback,
  beforeCommit,
  currentTransaction,
  detached,
  entityManager,
  transactional,
} from 'ambit'
import { withRollback } from 'ambit/testing'
import { DataSource } from 'typeorm'
import { Boundaries, committed, Failure, Note, NoteRepository, NOTES, seen, write } from '../acceptance/notes'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'
import { gate } from '../support/gate'

describe.each(ENGINES)('withRollback on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ ...NOTES, waitTimeoutMs: 1_000 }))
  const boundaries = (): Boundaries => running.app.get(Boundaries)
  const notes = (): NoteRepository => running.app.get(NoteRepository)
  const dataSource = (): DataSource => running.app.get(DataSource)

  it('rolls back what a method committed, which the test has seen, and answers what the test answers', async () => {
    const inside = await withRollback(async () => {
      await boundaries().required(() => write('a'))
      expect(currentTransaction()).toBeUndefined()
      return notes().findAll()
    })
    expect(inside).toEqual([{ k: 'a' }])
    expect(await committed(db)).toEqual([])
    expect(db.log.commandsByConnection).toEqual([
      'c1 BEGIN',
      'c1 SAVEPOINT',
      'c1 INSERT note',
      ...(engine.name === 'PostgreSQL' ? DEFERRED_CHECK : []),
      'c1 RELEASE',
      'c1 SAVEPOINT',
      ...(engine.name === 'PostgreSQL' ? ['c1 SET'] : []),
      'c1 SELECT note',
      'c1 RELEASE',
      'c1 ROLLBACK',
    ])
  })

  it('takes no connection where no statement runs', async () => {
    await withRollback(running.app, async () => {
      await boundaries().required(() => Promise.resolve())
      await boundaries().nested(() => Promise.resolve())
    })
    expect(db.log.commands).toEqual([])
  })

  it('rolls back when the test fails, and throws its error', async () => {
    const failing = withRollback(async () => {
      await boundaries().required(() => write('a'))
      throw new Failure('the test')
    })
    await expect(failing).rejects.toThrow(Failure)
    expect(await committed(db)).toEqual([])
  })

  it('undoes a method that fails, and only that', async () => {
    const inside = await withRollback(async () => {
      await boundaries().required(() => write('kept'))
      const failing = boundaries().required(async () => {
        await write('undone')
        throw new Failure()
      })
      await expect(failing).rejects.toThrow(Failure)
      return seen()
    })
    expect(inside).toEqual(['kept'])
    expect(await committed(db)).toEqual([])
  })

  it('goes on after a statement that the database refuses, in a method and outside every one', async () => {
    const inside = await withRollback(async () => {
      await boundaries().required(() => write('a'))
      await expect(boundaries().required(() => write('a'))).rejects.toThrow()
      await expect(dataSource().manager.insert(Note, { k: 'a' })).rejects.toThrow()
      await expect(dataSource().query('SELECT nothing FROM nowhere')).rejects.toThrow()
      await dataSource().manager.insert(Note, { k: 'b' })
      return seen()
    })
    expect(inside).toEqual(['a', 'b'])
    expect(await committed(db)).toEqual([])
  })

  it('takes in raw handles: manager, repository, query runner, query builder, save() and transaction()', async () => {
    const inside = await withRollback(async () => {
      await dataSource().manager.save(Note, { k: 'save' })
      await dataSource().getRepository(Note).insert({ k: 'repository' })
      await dataSource().createQueryBuilder().insert().into(Note).values({ k: 'builder' }).execute()
      await dataSource().query("INSERT INTO note (k) VALUES ('query')")
      await dataSource().transaction(manager => manager.insert(Note, { k: 'transaction' }))
      await notes().save({ k: 'notes' })
      const raw = running.app.get(DataSource).manager
      return (await raw.find(Note, { order: { k: 'ASC' } })).map(({ k }) => k)
    })
    expect(inside).toEqual(['builder', 'notes', 'query', 'repository', 'save', 'transaction'])
    expect(await committed(db)).toEqual([])
    expect(db.log.connections).toBe(1)
  })

  it('takes in a query runner with a transaction of its own: commit, rollback, nesting and release', async () => {
    const inside = await withRollback(async () => {
      const runner = dataSource().createQueryRunner()
      await runner.startTransaction()
      expect(runner.isTransactionActive).toBe(true)
      await runner.manager.insert(Note, { k: 'committed' })
      await runner.startTransaction()
      await runner.manager.insert(Note, { k: 'nested' })
      await runner.rollbackTransaction()
      await runner.commitTransaction()
      expect(runner.isTransactionActive).toBe(false)
      await runner.startTransaction()
      await runner.query("INSERT INTO note (k) VALUES ('rolled back')")
      await runner.rollbackTransaction()
      await runner.startTransaction()
      await runner.query("INSERT INTO note (k) VALUES ('released')")
      await runner.release()
      await expect(runner.query('SELECT 1')).rejects.toThrow()
      return seen()
    })
    expect(inside).toEqual(['committed'])
    expect(await committed(db)).toEqual([])
  })

  it('answers a stream outside every method from the test’s rows', async () => {
    const stream = (): Promise<AsyncIterable<object>> =>
      dataSource().getRepository(Note).createQueryBuilder('n').orderBy('n.k').stream() as never
    await withRollback(async () => {
      await notes().saveAll([{ k: 'a' }, { k: 'b' }])
      if (engine.name === 'SQLite') return expect(stream()).rejects.toThrow('not supported')
      const found: unknown[] = []
      for await (const row of await stream()) found.push(...Object.values(row))
      expect(found).toEqual(['a', 'b'])
      const left = (await stream())[Symbol.asyncIterator]()
      await left.next()
      await left.return?.()
      return expect(seen()).resolves.toEqual(['a', 'b'])
    })
  })

  describe('each mode', () => {
    it('REQUIRES_NEW becomes a savepoint in the outer one: it sees its rows, and is lost with it', async () => {
      const told: string[] = []
      const inside = await withRollback(async () => {
        const failing = boundaries().required(async () => {
          await write('outer')
          await boundaries().requiresNew(async () => {
            expect(await seen()).toEqual(['outer'])
            afterCommit(() => told.push('committed'))
            await write('inner')
          })
          throw new Failure()
        })
        await expect(failing).rejects.toThrow(Failure)
        return seen()
      })
      expect({ inside, told }).toEqual({ inside: [], told: ['committed'] })
    })

    it('REQUIRES_NEW succeeds in an outer one that can only roll back, also after a refused statement', async () => {
      const inside = await withRollback(async () => {
        await write('dup')
        const doomed = boundaries().required(async () => {
          await expect(boundaries().required(() => write('dup'))).rejects.toThrow()
          await boundaries().requiresNew(() => write('audit'))
          expect(currentTransaction()?.rollbackOnly).toBe(true)
        })
        await expect(doomed).rejects.toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK' })
        return seen()
      })
      expect(inside).toEqual(['dup'])
    })

    it('NOT_SUPPORTED and NEVER have no transaction, and work in the test’s', async () => {
      await withRollback(async () => {
        await boundaries().required(async () => {
          await write('outer')
          await boundaries().notSupported(async () => {
            expect(currentTransaction()).toBeUndefined()
            await write('outside')
            await expect(write('outside')).rejects.toThrow()
          })
          await write('after')
        })
        await boundaries().never(async () => {
          expect(currentTransaction()).toBeUndefined()
          expect(await seen()).toEqual(['after', 'outer', 'outside'])
        })
        await boundaries().supports(() => write('supports'))
        await expect(boundaries().mandatory(() => write('no'))).rejects.toMatchObject({ code: 'AMBIT_TX_MANDATORY' })
        expect(await seen()).toEqual(['after', 'outer', 'outside', 'supports'])
      })
      expect(await committed(db)).toEqual([])
    })

    it('NESTED is a savepoint of its own in the method’s', async () => {
      const inside = await withRollback(async () => {
        await boundaries().required(async () => {
          await write('outer')
          await boundaries()
            .nested(async () => {
              await write('nested')
              throw new Failure()
            })
            .catch(() => undefined)
        })
        return seen()
      })
      expect(inside).toEqual(['outer'])
      expect(db.log.commands.slice(0, 6)).toEqual([
        'BEGIN',
        'SAVEPOINT',
        'INSERT note',
        'SAVEPOINT',
        'INSERT note',
        'ROLLBACK TO',
      ])
    })

    it('a participant’s failure dooms the method as ever', async () => {
      await withRollback(async () => {
        const doomed = boundaries().required(async () => {
          await boundaries()
            .required(async () => {
              await write('a')
              throw new Failure()
            })
            .catch(() => undefined)
        })
        await expect(doomed).rejects.toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK' })
        expect(await seen()).toEqual([])
      })
    })

    it('readOnly is enforced by the database, and ends with the method', async () => {
      await withRollback(async () => {
        await write('a')
        await expect(boundaries().reading(() => write('b'))).rejects.toThrow()
        expect(await boundaries().reading(seen)).toEqual(['a'])
        await boundaries().required(() => write('c'))
        expect(await seen()).toEqual(['a', 'c'])
      })
    })

    it('isolation is not compared with the test’s, but with the method’s, as ever', async () => {
      await withRollback(async () => {
        await transactional({ isolation: 'SERIALIZABLE' }, async () => {
          await transactional({ isolation: 'SERIALIZABLE' }, () => write('a'))
          await transactional({ isolation: 'REPEATABLE READ' }, () => write('b'))
        })
        expect(await seen()).toEqual(['a', 'b'])
      })
    })
  })

  it('runs hooks at the end of each method: beforeCommit in it, the others behind it', async () => {
    const told: string[] = []
    await withRollback(async () => {
      await boundaries().required(async () => {
        await write('a')
        beforeCommit(async () => {
          told.push('beforeCommit')
          await write('b')
        })
        afterCommit(async () => {
          told.push(`afterCommit ${typeof currentTransaction()}`)
          told.push(`sees ${(await seen()).join()}`)
        })
        afterRollback(() => told.push('never'))
        afterCompletion(outcome => told.push(outcome))
      })
      told.push('returned')
      const failing = boundaries().required(async () => {
        await write('c')
        afterCommit(() => told.push('never'))
        afterRollback(() => told.push('afterRollback'))
        afterCompletion(outcome => told.push(outcome))
        throw new Failure()
      })
      await expect(failing).rejects.toThrow(Failure)
    })
    expect(told).toEqual([
      'beforeCommit',
      'afterCommit undefined',
      'sees a,b',
      'committed',
      'returned',
      'afterRollback',
      'rolled-back',
    ])
  })

  it('setRollbackOnly rolls back the method without an error', async () => {
    await withRollback(async () => {
      await boundaries().required(async () => {
        await write('a')
        currentTransaction()?.setRollbackOnly()
      })
      expect(await seen()).toEqual([])
    })
  })

  it('retries a method in a fresh savepoint', async () => {
    let attempts = 0
    await withRollback(async () => {
      await transactional({ retry: 2 }, async () => {
        attempts += 1
        expect(await seen()).toEqual([])
        await write(`attempt ${attempts}`)
        if (attempts < 3) await entityManager().query(engine.name === 'PostgreSQL' ? TRANSIENT : 'SELECT 1')
        if (attempts < 3 && engine.name === 'SQLite') throw transientSqlite()
      })
      expect(await seen()).toEqual(['attempt 3'])
    })
    expect(await committed(db)).toEqual([])
  })

  it('honours timeoutMs of a method, and lets the next one run longer', async () => {
    await withRollback(async () => {
      const slow = transactional({ timeoutMs: 50, label: 'slow' }, async () => {
        await write('a')
        await never(50)
        await write('b')
      })
      await expect(slow).rejects.toMatchObject({ code: 'AMBIT_TX_TIMED_OUT' })
      expect(await seen()).toEqual([])
      await boundaries().required(() => write('c'))
      expect(await seen()).toEqual(['c'])
    })
  })

  it('lets methods that run at the same time take turns', async () => {
    await withRollback(async () => {
      const work = ['a', 'b', 'c', 'd'].map(k => boundaries().required(() => write(k)))
      const failing = boundaries().required(async () => {
        await write('x')
        throw new Failure()
      })
      await expect(Promise.all([...work, failing])).rejects.toThrow(Failure)
      await Promise.allSettled(work)
      expect(await seen()).toEqual(['a', 'b', 'c', 'd'])
    })
    expect(await committed(db)).toEqual([])
  })

  it('explains what would hang: detached work that a method waits for', async () => {
    await withRollback(async () => {
      const waiting = boundaries().required(async () => {
        await write('a')
        await detached(() => boundaries().required(() => write('b')))
      })
      await expect(waiting).rejects.toMatchObject({ code: 'AMBIT_TX_TURN_TIMEOUT' })
    })
    expect(await committed(db)).toEqual([])
  })

  it('runs detached work that nobody waits for behind the method, and in the test', async () => {
    let background: Promise<void> | undefined
    await withRollback(async () => {
      await boundaries().required(async () => {
        await write('a')
        background = detached(() => boundaries().required(() => write('b')))
      })
      await background
      expect(await seen()).toEqual(['a', 'b'])
    })
    expect(await committed(db)).toEqual([])
  })

  it('refuses, and reports, what a test left behind', async () => {
    const end = gate()
    let floating: Promise<void> | undefined
    await withRollback(() => {
      floating = end.opened.then(() => boundaries().required(() => write('late')))
      return Promise.resolve()
    })
    end.open()
    await expect(floating).rejects.toMatchObject({ code: 'AMBIT_TX_ENDED' })
    expect(running.reports.splice(0)).toMatchObject([{ code: 'AMBIT_TX_ENDED' }])
    expect(await committed(db)).toEqual([])
  })

  it('waits for work that is under way at the end of the test', async () => {
    let floating: Promise<string[]> | undefined
    await withRollback(async () => {
      floating = boundaries().required(async () => (await write('a'), seen()))
      await Promise.resolve()
    })
    expect(await floating).toEqual(['a'])
    expect(await committed(db)).toEqual([])
  })

  it('rolls back, and says who does not end, when work never ends', async () => {
    const end = gate()
    let hanging: Promise<void> | undefined
    const test = withRollback(async () => {
      const started = gate()
      hanging = boundaries().required(async () => {
        await write('a')
        started.open()
        await end.opened
        await write('b')
      })
      hanging.catch(() => undefined)
      await started.opened
    })
    await expect(test).rejects.toMatchObject({ code: 'AMBIT_TX_TURN_TIMEOUT', holder: 'Boundaries.required' })
    end.open()
    await expect(hanging).rejects.toMatchObject({ code: 'AMBIT_TX_ENDED' })
    running.reports.splice(0)
    expect(await committed(db)).toEqual([])
  })

  it('is refused inside a transaction and inside itself', async () => {
    const inTransaction = boundaries().required(() => withRollback(() => write('a')))
    await expect(inTransaction).rejects.toMatchObject({ code: 'AMBIT_TESTING_STATE' })
    await withRollback(async () => {
      await expect(withRollback(() => write('a'))).rejects.toMatchObject({ code: 'AMBIT_TESTING_STATE' })
    })
  })

  describe('a failing after-hook', () => {
    const withFailingHook = (): Promise<void> =>
      boundaries().required(async () => {
        await write('a')
        afterCommit(() => {
          throw new Failure('the hook')
        })
      })
    afterEach(() => {
      running.reports.splice(0)
    })

    it('fails the test that succeeded otherwise', async () => {
      const failed = withRollback(withFailingHook)
      await expect(failed).rejects.toMatchObject({ code: 'AMBIT_TESTING_HOOKS', cause: new Failure('the hook') })
    })

    it('does not hide the test’s own failure', async () => {
      const failed = withRollback(async () => {
        await withFailingHook()
        throw new Failure('the test')
      })
      await expect(failed).rejects.toThrow('the test')
    })

    it('is handed to onHookError where a test expects it', async () => {
      const told: Error[] = []
      await withRollback({ app: running.app, onHookError: error => told.push(error) }, withFailingHook)
      expect(told).toMatchObject([{ code: 'AMBIT_TX_AFTER_COMMIT', committed: true }])
    })
  })
})

/** Constraints that are checked at COMMIT only are asked for at the end of each method that wrote. */
const DEFERRED_CHECK = ['c1 SAVEPOINT', 'c1 SET', 'c1 ROLLBACK TO', 'c1 RELEASE']

/** A failure that PostgreSQL gives for a transaction that may be repeated. */
const TRANSIENT = "DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$"

function transientSqlite(): Error {
  return Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY_SNAPSHOT' })
}

/** Longer than a deadline: its timer is older. */
function never(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms * 2))
}
