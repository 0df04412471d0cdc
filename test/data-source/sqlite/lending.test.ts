import {
  SqliteConnectionBusyError,
  SqliteSecondWriterError,
  SqliteSerializationError,
} from '../../../src/data-source/sqlite/errors'
import { SqliteTransactionLostError } from '../../../src/data-source/sqlite/errors'
import { itOnlyIn } from '../../support/lanes/only-in'
import { latch, NO_ITERATORS, settled, type TestBed, testBeds, type TestScope } from './harness'

/** Tests that put a foreign statement between two of ours, at once: sqlite3 would run it some time later. */
const interposed = itOnlyIn('main', 'sqlite3 cannot run a foreign statement between two of ours')

const WHERE = [
  ['a file', {}],
  ['memory', { database: ':memory:' }],
  ['a file without WAL', { typeorm: { enableWAL: false } }],
] as const

/** A scope that the test ends by hand. */
function opened(bed: TestBed, options: Parameters<TestBed['scope']>[0]): Promise<[TestScope, () => Promise<void>]> {
  return new Promise((resolve, reject) => {
    const end = latch()
    const done = bed.scope(options, async scope => {
      resolve([
        scope,
        async () => {
          end.open()
          await done
        },
      ])
      await end.opened
    })
    done.catch(reject)
  })
}

describe.each(WHERE)('REQUIRES_NEW inside a transaction on %s', (_, options) => {
  const open = testBeds()

  it('is refused before its body once the outer has written, and the outer goes on', async () => {
    const bed = await open(options)
    let ran = false
    await bed.scope({ label: 'Orders.place' }, async outer => {
      await outer.insert('a')
      const inner = bed.scope({ label: 'Audit.write', outer }, () => {
        ran = true
        return Promise.resolve()
      })
      await expect(inner).rejects.toBeInstanceOf(SqliteSecondWriterError)
      await outer.insert('b')
    })
    expect(ran).toBe(false)
    expect(await bed.names()).toEqual(['a', 'b'])
  })

  it('explains the refusal', async () => {
    const bed = await open(options)
    await bed.scope({ label: 'Orders.place' }, async outer => {
      await outer.insert('a')
      const inner = bed.scope({ label: 'Audit.write', outer }, () => Promise.resolve())
      await expect(inner).rejects.toMatchObject({
        code: 'AMBIT_SQLITE_NEW_AFTER_WRITE',
        holder: 'Orders.place',
        message:
          'Audit.write (REQUIRES_NEW) cannot run inside Orders.place: a SQLite file has one writer, and the uncommitted rows of Orders.place hold it. [AMBIT_SQLITE_NEW_AFTER_WRITE]\n' +
          '  where: Audit.write\n' +
          "  next:  Call Audit.write before Orders.place writes, give it propagation 'NESTED', or move it to afterCommit(…).",
      })
    })
  })

  it('gets the connection on loan while the outer has only read', async () => {
    const bed = await open(options)
    await bed.scope({ label: 'Outer' }, async outer => {
      expect(await outer.names()).toEqual([])
      await bed.scope({ label: 'Inner', outer }, async inner => {
        await inner.insert('inner')
        expect(inner.control).toEqual(['BEGIN IMMEDIATE'])
        expect(outer.control).toEqual(['BEGIN IMMEDIATE', 'COMMIT'])
      })
      expect(outer.control).toEqual(['BEGIN IMMEDIATE', 'COMMIT', 'BEGIN IMMEDIATE'])
      expect(await outer.names()).toEqual(['inner'])
      await outer.insert('outer')
    })
    expect(await bed.names()).toEqual(['inner', 'outer'])
  })

  it('keeps what it committed when the outer rolls back', async () => {
    const bed = await open(options)
    const failing = bed.scope({}, async outer => {
      await outer.names()
      await bed.scope({ outer }, inner => inner.insert('inner'))
      await outer.insert('outer')
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await bed.names()).toEqual(['inner'])
  })

  it('gives the loan back when it rolls back', async () => {
    const bed = await open(options)
    await bed.scope({}, async outer => {
      await outer.names()
      const inner = bed.scope({ outer }, async scope => {
        await scope.insert('inner')
        throw new Error('no')
      })
      await expect(inner).rejects.toThrow('no')
      expect(await outer.names()).toEqual([])
      await outer.insert('outer')
    })
    expect(await bed.names()).toEqual(['outer'])
  })

  it('borrows nothing when it runs no statement', async () => {
    const bed = await open(options)
    await bed.scope({}, async outer => {
      await outer.names()
      await bed.scope({ outer }, () => Promise.resolve())
      expect(outer.control).toEqual(['BEGIN IMMEDIATE'])
    })
  })

  it('takes the writer from the queue while the outer has not begun', async () => {
    const bed = await open(options)
    await bed.scope({}, async outer => {
      await bed.scope({ outer }, inner => inner.insert('inner'))
      expect(outer.control).toEqual([])
      await outer.insert('outer')
    })
    expect(await bed.names()).toEqual(['inner', 'outer'])
  })

  it('sets the savepoints of the outer again', async () => {
    const bed = await open(options)
    await bed.scope({}, async outer => {
      await outer.nested('ambit_1', async () => {
        await outer.names()
        await outer
          .nested('ambit_2', async () => {
            await outer.names()
            await bed.scope({ outer }, inner => inner.insert('inner'))
            await outer.insert('undone')
            throw new Error('back to ambit_2')
          })
          .catch(() => undefined)
        await outer.insert('kept')
      })
      expect(outer.control).toEqual([
        'BEGIN IMMEDIATE',
        'SAVEPOINT "ambit_1"',
        'SAVEPOINT "ambit_2"',
        'COMMIT',
        'BEGIN IMMEDIATE',
        'SAVEPOINT "ambit_1"',
        'SAVEPOINT "ambit_2"',
        'ROLLBACK TO SAVEPOINT "ambit_2"',
        'RELEASE SAVEPOINT "ambit_2"',
        'RELEASE SAVEPOINT "ambit_1"',
      ])
    })
    expect(await bed.names()).toEqual(['inner', 'kept'])
  })

  it('is lent to again when all that was written has been rolled back to a savepoint', async () => {
    const bed = await open(options)
    await bed.scope({}, async outer => {
      await outer
        .nested('ambit_1', async () => {
          await outer.insert('undone')
          await expect(bed.scope({ outer }, inner => inner.insert('no'))).rejects.toBeInstanceOf(
            SqliteSecondWriterError,
          )
          throw new Error('undo')
        })
        .catch(() => undefined)
      await bed.scope({ outer }, inner => inner.insert('inner'))
      await outer.insert('outer')
    })
    expect(await bed.names()).toEqual(['inner', 'outer'])
  })

  it('is not lent to when only a part of what was written was rolled back', async () => {
    const bed = await open(options)
    await bed.scope({}, async outer => {
      await outer.insert('kept')
      await outer
        .nested('ambit_1', async () => {
          await outer.insert('undone')
          throw new Error('undo')
        })
        .catch(() => undefined)
      await expect(bed.scope({ outer }, inner => inner.insert('no'))).rejects.toBeInstanceOf(SqliteSecondWriterError)
    })
    expect(await bed.names()).toEqual(['kept'])
  })

  it.each([
    'WITH n(name) AS (SELECT \'x\') REPLACE INTO "item"("name") SELECT name FROM n',
    'INSERT INTO "item"("name") VALUES (\'x\') RETURNING "id"',
    'CREATE TABLE more (id integer)',
    'CREATE TEMP TABLE passing (id integer)',
    'SAVEPOINT by_hand',
    'PRAGMA user_version = 5',
  ])('is refused after %s', async text => {
    const bed = await open(options)
    await bed.scope({}, async outer => {
      await outer.query(text)
      await expect(bed.scope({ outer }, inner => inner.insert('no'))).rejects.toBeInstanceOf(SqliteSecondWriterError)
    })
  })

  it.each([
    "SELECT replace('a', 'a', 'b')",
    "WITH n AS (SELECT 1) SELECT replace('a', 'a', 'b') FROM n",
    'EXPLAIN INSERT INTO "item"("name") VALUES (\'x\')',
    'PRAGMA table_info("item")',
    'VALUES (1)',
  ])('is lent to after %s', async text => {
    const bed = await open(options)
    await bed.scope({}, async outer => {
      await outer.query(text)
      await bed.scope({ outer }, inner => inner.insert('inner'))
    })
    expect(await bed.names()).toEqual(['inner'])
  })

  it('is refused at its first statement when the outer has written since it was opened', async () => {
    const bed = await open(options)
    await bed.scope({ label: 'Outer' }, async outer => {
      await outer.names()
      await bed.scope({ label: 'Inner', outer }, async inner => {
        await outer.insert('outer')
        await expect(inner.insert('inner')).rejects.toMatchObject({ code: 'AMBIT_SQLITE_NEW_AFTER_WRITE' })
        expect(inner.transaction.begun).toBe(false)
      })
      await outer.insert('more')
    })
    expect(await bed.names()).toEqual(['outer', 'more'])
  })

  it('is refused also when the outer writes while it waits for it', async () => {
    const bed = await open(options)
    await bed.scope({}, async outer => {
      await outer.names()
      await bed.scope({ outer }, async inner => {
        const writing = outer.insert('outer')
        const late = inner.insert('inner')
        await expect(late).rejects.toBeInstanceOf(SqliteSecondWriterError)
        await writing
      })
    })
    expect(await bed.names()).toEqual(['outer'])
  })

  it('makes a statement of the outer wait until it is done', async () => {
    const bed = await open(options)
    await bed.scope({}, async outer => {
      await outer.names()
      const order: string[] = []
      const [began, mayEnd] = [latch(), latch()]
      const inner = bed.scope({ outer }, async scope => {
        await scope.insert('inner')
        began.open()
        await mayEnd.opened
        order.push('inner ends')
      })
      await began.opened
      const reading = outer.names().then(names => {
        order.push('outer read')
        return names
      })
      await settled()
      mayEnd.open()
      await inner
      expect(await reading).toEqual(['inner'])
      expect(order).toEqual(['inner ends', 'outer read'])
    })
  })

  it('makes a statement of the outer wait no longer than its bound', async () => {
    const bed = await open(options)
    await bed.scope({ label: 'Outer', waitTimeoutMs: 20 }, async outer => {
      await outer.names()
      await bed.scope({ label: 'Inner', outer }, async inner => {
        await inner.insert('inner')
        const stuck = outer.names()
        await expect(stuck).rejects.toBeInstanceOf(SqliteConnectionBusyError)
        await expect(stuck).rejects.toMatchObject({ waiter: 'Outer', holder: 'Inner', waitedMs: 20 })
      })
      expect(await outer.names()).toEqual(['inner'])
    })
  })

  it('lets no stranger in between, however long they have waited', async () => {
    const bed = await open(options)
    const order: string[] = []
    const [read, mayGoOn] = [latch(), latch()]
    const outer = bed.scope({ label: 'Outer' }, async scope => {
      await scope.names()
      read.open()
      await mayGoOn.opened
      await bed.scope({ label: 'Inner', outer: scope }, inner => inner.insert('inner'))
      await scope.insert('outer')
      order.push('outer')
    })
    await read.opened
    const stranger = bed.scope({ label: 'Stranger' }, async scope => {
      await scope.insert('stranger')
      order.push('stranger')
    })
    await settled()
    mayGoOn.open()
    await Promise.all([outer, stranger])
    expect(order).toEqual(['outer', 'stranger'])
    expect(await bed.names()).toEqual(['inner', 'outer', 'stranger'])
  })

  it('runs siblings one after the other', async () => {
    const bed = await open(options)
    await bed.scope({}, async outer => {
      await outer.names()
      const inner = (name: string): Promise<unknown> =>
        bed.scope({ label: name, outer }, async scope => {
          await scope.insert(`${name} 1`)
          await settled()
          await scope.insert(`${name} 2`)
        })
      await Promise.all([inner('a'), inner('b'), inner('c'), outer.names()])
      await outer.insert('outer')
    })
    expect(await bed.names()).toEqual(['a 1', 'a 2', 'b 1', 'b 2', 'c 1', 'c 2', 'outer'])
  })

  it('says for whom it waited too long', async () => {
    const bed = await open(options)
    await bed.scope({ label: 'Outer' }, async outer => {
      await outer.names()
      await bed.scope({ label: 'First', outer }, async first => {
        await first.insert('first')
        const second = bed.scope({ label: 'Second', outer, waitTimeoutMs: 20 }, scope => scope.insert('second'))
        await expect(second).rejects.toMatchObject({
          code: 'AMBIT_SQLITE_WRITER_BUSY',
          waiter: 'Second',
          holder: 'First',
        })
      })
    })
    expect(await bed.names()).toEqual(['first'])
  })

  it('leaves on its signal while it waits for a sibling', async () => {
    const bed = await open(options)
    const stop = new AbortController()
    const reason = new Error('deadline')
    await bed.scope({ label: 'Outer' }, async outer => {
      await outer.names()
      await bed.scope({ label: 'First', outer }, async first => {
        await first.insert('first')
        const second = bed.scope({ label: 'Second', outer, signal: stop.signal }, scope => scope.insert('second'))
        const refused = expect(second).rejects.toBe(reason)
        await settled()
        stop.abort(reason)
        await refused
      })
      await outer.insert('outer')
    })
    expect(await bed.names()).toEqual(['first', 'outer'])
  })

  it('is lent to again and again', async () => {
    const bed = await open(options)
    await bed.scope({}, async outer => {
      for (let round = 0; round < 20; round += 1) {
        expect(await outer.names()).toHaveLength(round)
        await bed.scope({ outer }, inner => inner.insert(`inner ${round}`))
      }
    })
    expect(await bed.names()).toHaveLength(20)
  })

  it('runs a transaction by hand inside, through the loan of the one around it', async () => {
    const bed = await open(options)
    await bed.scope({}, async outer => {
      await outer.names()
      const runner = bed.engine.independent('master', outer.transaction)
      await runner.startTransaction()
      const waiting = outer.names()
      await settled()
      await runner.query('INSERT INTO "item"("name") VALUES (\'by hand\')')
      await runner.commitTransaction()
      await runner.release()
      expect(await waiting).toEqual(['by hand'])
    })
  })

  it('lends on to transactions inside it', async () => {
    const bed = await open(options)
    await bed.scope({ label: 'A' }, async a => {
      await a.names()
      await bed.scope({ label: 'B', outer: a }, async b => {
        await b.names()
        await bed.scope({ label: 'C', outer: b }, c => c.insert('c'))
        await b.insert('b')
      })
      await a.insert('a')
    })
    expect(await bed.names()).toEqual(['c', 'b', 'a'])
  })

  // The loan begins a few microtasks after it was asked for. An end that came right in between waited for the borrower, in
  // vain if that took long, and the writer was never given back.
  it.each(['commits', 'rolls back'] as const)('keeps nobody who %s, in whichever moment that is', async how => {
    const bed = await open({ ...options, settings: { waitTimeoutMs: 50 } })
    const borrowers = Array.from({ length: 13 }, (_, microtasks) => `after ${microtasks}`)
    for (const [microtasks, name] of borrowers.entries()) {
      const mayEnd = latch()
      let inner: Promise<void> | undefined
      const outer = bed.scope({ label: 'Outer' }, async scope => {
        await scope.names()
        inner = bed.scope({ label: 'Inner', outer: scope }, async borrower => {
          for (let passed = 0; passed < microtasks; passed += 1) await Promise.resolve()
          await borrower.insert(name)
          await mayEnd.opened
        })
        if (how === 'rolls back') throw new Error('no')
      })
      if (how === 'commits') await outer
      else await expect(outer).rejects.toThrow('no')
      mayEnd.open()
      await inner
      await bed.expectIdle()
    }
    expect(await bed.names()).toEqual(borrowers)
  })

  it('finds the lender through a transaction that has not begun', async () => {
    const bed = await open(options)
    await bed.scope({ label: 'A' }, async a => {
      await a.names()
      await bed.scope({ label: 'B', outer: a }, b => bed.scope({ label: 'C', outer: b }, c => c.insert('c')))
      await a.insert('a')
      await bed
        .scope({ label: 'B', outer: a, readOnly: true }, b => bed.scope({ outer: b }, c => c.insert('no')))
        .then(
          () => expect('lent').toBe('refused'),
          (error: unknown) => expect(error).toBeInstanceOf(SqliteSecondWriterError),
        )
    })
    expect(await bed.names()).toEqual(['c', 'a'])
  })

  it('waits for an outer that is still in the queue itself, and borrows from it then', async () => {
    const bed = await open(options)
    const [holder, endHolder] = await opened(bed, { label: 'Holder' })
    await holder.insert('holder')
    await bed.scope({ label: 'Outer' }, async outer => {
      const reading = outer.names()
      await settled()
      const inner = bed.scope({ label: 'Inner', outer }, scope => scope.insert('inner'))
      await settled()
      // Only the outer queues: the inner would stand behind it, and so behind itself.
      expect(bed.engine.pool.usage.waiting).toBe(1)
      await endHolder()
      expect(await reading).toEqual(['holder'])
      await inner
      expect(await outer.names()).toEqual(['holder', 'inner'])
    })
  })

  it('goes to the queue when the outer could not begin after all', async () => {
    const bed = await open(options)
    const [holder, endHolder] = await opened(bed, { label: 'Holder' })
    await holder.insert('holder')
    await bed.scope({ label: 'Outer', waitTimeoutMs: 20 }, async outer => {
      const reading = outer.names()
      const inner = bed.scope({ label: 'Inner', outer }, scope => scope.insert('inner'))
      await expect(reading).rejects.toBeInstanceOf(SqliteConnectionBusyError)
      await settled()
      await endHolder()
      await inner
    })
    expect(await bed.names()).toEqual(['holder', 'inner'])
  })

  it.each(['commits', 'rolls back'] as const)('keeps the connection when the outer %s before it', async how => {
    const bed = await open(options)
    const [outer, endOuter] = await opened(bed, { label: 'Outer' })
    await outer.names()
    const [inner, endInner] = await opened(bed, { label: 'Inner', outer })
    await inner.insert('inner 1')
    if (how === 'commits') await endOuter()
    else {
      await outer.transaction.rollback()
      await endOuter()
    }
    expect(bed.engine.pool.usage.writer).toBe(1)
    const stranger = bed.scope({ label: 'Stranger' }, scope => scope.insert('stranger'))
    await settled()
    await inner.insert('inner 2')
    await endInner()
    await stranger
    expect(await bed.names()).toEqual(['inner 1', 'inner 2', 'stranger'])
    expect(outer.control).toEqual(['BEGIN IMMEDIATE', 'COMMIT'])
  })

  it('survives the outer in a queue of siblings', async () => {
    const bed = await open(options)
    const [outer, endOuter] = await opened(bed, { label: 'Outer' })
    await outer.names()
    const [first, endFirst] = await opened(bed, { label: 'First', outer })
    await first.insert('first')
    const second = bed.scope({ label: 'Second', outer }, scope => scope.insert('second'))
    await settled()
    await endOuter()
    await endFirst()
    await second
    expect(await bed.names()).toEqual(['first', 'second'])
  })

  it.each(['REPEATABLE READ', 'SERIALIZABLE'] as const)('is refused under isolation %s in words', async isolation => {
    const bed = await open(options)
    await bed.scope({ label: 'Outer', isolation }, async outer => {
      await outer.names()
      const inner = bed.scope({ label: 'Inner', outer }, scope => scope.insert('inner'))
      await expect(inner).rejects.toMatchObject({ code: 'AMBIT_SQLITE_NEW_ISOLATED', holder: 'Outer' })
      // A read changes nothing that the outer could see.
      expect(await bed.scope({ readOnly: true, outer }, scope => scope.names())).toEqual([])
      await outer.insert('outer')
    })
    expect(await bed.names()).toEqual(['outer'])
  })

  it.each(['READ UNCOMMITTED', 'READ COMMITTED'] as const)('is lent to under isolation %s', async isolation => {
    const bed = await open(options)
    await bed.scope({ isolation }, async outer => {
      await outer.names()
      await bed.scope({ outer }, scope => scope.insert('inner'))
    })
    expect(await bed.names()).toEqual(['inner'])
  })

  it('serves 64 callers at once, each with one of its own inside', async () => {
    const bed = await open({ ...options, settings: { waitTimeoutMs: 20_000 } })
    const call = (index: number): Promise<unknown> =>
      bed.scope({ label: `outer ${index}` }, async outer => {
        await outer.names()
        await bed.scope({ label: `inner ${index}`, outer }, inner => inner.insert(`inner ${index}`))
        await outer.insert(`outer ${index}`)
      })
    await Promise.all(Array.from({ length: 64 }, (_value, index) => call(index)))
    expect(await bed.names()).toHaveLength(128)
  })
})

describe('a loan and the world outside', () => {
  const open = testBeds()

  it('leaves a read-only inner on a file its reader, also when the outer has written', async () => {
    const bed = await open()
    await bed.scope({}, scope => scope.insert('committed'))
    await bed.scope({}, async outer => {
      await outer.insert('uncommitted')
      expect(await bed.scope({ readOnly: true, outer }, inner => inner.names())).toEqual(['committed'])
      expect(outer.control).toEqual(['BEGIN IMMEDIATE'])
    })
  })

  it('leaves a read-only outer on a file its snapshot', async () => {
    const bed = await open()
    await bed.scope({ readOnly: true }, async outer => {
      expect(await outer.names()).toEqual([])
      await bed.scope({ outer }, inner => inner.insert('inner'))
      expect(await outer.names()).toEqual([])
      expect(outer.control).toEqual(['BEGIN'])
    })
    expect(await bed.names()).toEqual(['inner'])
  })

  it('refuses a read-only inner in memory once the outer has written: it would see half-done work', async () => {
    const bed = await open({ database: ':memory:' })
    await bed.scope({}, async outer => {
      await outer.insert('uncommitted')
      await expect(bed.scope({ readOnly: true, outer }, inner => inner.names())).rejects.toMatchObject({
        code: 'AMBIT_SQLITE_NEW_AFTER_WRITE',
      })
    })
  })

  it('lets a read-only outer in memory lend to one that writes, and stay read-only itself', async () => {
    const bed = await open({ database: ':memory:' })
    await bed.scope({ readOnly: true }, async outer => {
      await outer.names()
      await bed.scope({ outer }, inner => inner.insert('inner'))
      await expect(outer.insert('no')).rejects.toThrow('readonly')
      await bed.scope({ outer, readOnly: true }, async inner => {
        await expect(inner.insert('no')).rejects.toThrow('readonly')
      })
      expect(await outer.names()).toEqual(['inner'])
    })
    expect(await bed.names()).toEqual(['inner'])
  })

  it('lets a writing outer in memory lend to one that reads, and write afterwards', async () => {
    const bed = await open({ database: ':memory:' })
    await bed.scope({}, async outer => {
      await outer.names()
      await bed.scope({ outer, readOnly: true }, inner => inner.names())
      await outer.insert('outer')
    })
    expect(await bed.names()).toEqual(['outer'])
  })

  interposed.each(['before the inner begins', 'after the inner has ended'] as const)(
    'fails the outer as a serialization error when somebody else commits %s',
    async when => {
      const bed = await open()
      const foreign = await bed.foreign()
      const commit = (): void => {
        void foreign.exec('INSERT INTO "item"("name") VALUES (\'theirs\')')
      }
      let begins = 0
      const failing = bed.scope(
        {
          label: 'Outer',
          onControl: command => {
            if (command === 'BEGIN IMMEDIATE' && (begins += 1) === 2 && when === 'after the inner has ended') commit()
          },
        },
        async outer => {
          await outer.names()
          await bed.scope(
            {
              label: 'Inner',
              outer,
              onControl: command => {
                if (command === 'BEGIN IMMEDIATE' && when === 'before the inner begins') commit()
              },
            },
            inner => inner.insert('inner'),
          )
          await expect(outer.names()).rejects.toBeInstanceOf(SqliteSerializationError)
          await expect(outer.insert('stale')).rejects.toBeInstanceOf(SqliteSerializationError)
        },
      )
      await expect(failing).rejects.toMatchObject({
        code: 'AMBIT_SQLITE_FOREIGN_COMMIT',
        method: 'Outer',
        borrower: 'Inner',
      })
      expect(await failing.catch((error: unknown) => bed.engine.isTransient(error))).toBe(true)
      await foreign.close()
      expect((await bed.names()).sort()).toEqual(['inner', 'theirs'])
    },
  )

  interposed('does not take a foreign rollback for a commit', async () => {
    const bed = await open()
    const foreign = await bed.foreign()
    await bed.scope({}, async outer => {
      await outer.names()
      await bed.scope(
        {
          outer,
          onControl: command => {
            if (command === 'BEGIN IMMEDIATE')
              void foreign.exec('BEGIN IMMEDIATE; INSERT INTO "item"("name") VALUES (\'no\'); ROLLBACK')
          },
        },
        inner => inner.insert('inner'),
      )
      await outer.insert('outer')
    })
    await foreign.close()
    expect(await bed.names()).toEqual(['inner', 'outer'])
  })

  interposed('returns the loan when the inner cannot begin', async () => {
    const bed = await open()
    const foreign = await bed.foreign()
    await bed.scope({}, async outer => {
      await outer.names()
      const inner = bed.scope(
        {
          outer,
          waitTimeoutMs: 20,
          onControl: command => {
            if (command === 'BEGIN IMMEDIATE') void foreign.exec('BEGIN IMMEDIATE')
          },
        },
        async scope => {
          await scope.insert('inner').finally(() => undefined)
        },
      )
      const unlocked = inner.catch((error: unknown) => error)
      // The outer waits for its own BEGIN now, with its own, longer bound.
      setTimeout(() => void foreign.exec('ROLLBACK'), 100)
      expect(await unlocked).toMatchObject({ code: 'AMBIT_SQLITE_FILE_LOCKED' })
      await outer.insert('outer')
    })
    await foreign.close()
    expect(await bed.names()).toEqual(['outer'])
  })

  interposed('loses the outer when it cannot begin again, and gives the writer back', async () => {
    const bed = await open()
    const foreign = await bed.foreign()
    let begins = 0
    const failing = bed.scope(
      {
        label: 'Outer',
        waitTimeoutMs: 20,
        onControl: command => {
          if (command === 'BEGIN IMMEDIATE' && (begins += 1) === 2) void foreign.exec('BEGIN IMMEDIATE')
        },
      },
      async outer => {
        await outer.names()
        await bed.scope({ outer }, inner => inner.insert('inner'))
        await expect(outer.insert('leak')).rejects.toBeInstanceOf(SqliteTransactionLostError)
      },
    )
    await expect(failing).rejects.toMatchObject({
      code: 'AMBIT_SQLITE_TRANSACTION_LOST',
      cause: { code: 'AMBIT_SQLITE_FILE_LOCKED' },
    })
    await foreign.exec('ROLLBACK')
    await foreign.close()
    expect(await bed.names()).toEqual(['inner'])
  })

  it('is refused by a read-only outer in memory that has a savepoint of its own: it would not survive', async () => {
    const bed = await open({ database: ':memory:' })
    await bed.scope({ readOnly: true }, async outer => {
      await outer.query('SAVEPOINT by_hand')
      await expect(bed.scope({ outer }, inner => inner.insert('no'))).rejects.toBeInstanceOf(SqliteSecondWriterError)
      await outer.query('RELEASE by_hand')
    })
  })

  it('survives an inner whose ROLLBACK failed at first', async () => {
    const bed = await open()
    const { raw } = bed.engine.pool.writer
    const run = raw.run.bind(raw)
    await bed.scope({}, async outer => {
      await outer.names()
      const inner = bed.scope({ outer }, async scope => {
        await scope.insert('inner')
        raw.run = sql => {
          raw.run = run
          return Promise.reject(new Error(`${sql} fails`))
        }
        throw new Error('no')
      })
      await expect(inner).rejects.toThrow('ROLLBACK fails')
      expect(await outer.names()).toEqual([])
      await outer.insert('outer')
    })
    expect(await bed.names()).toEqual(['outer'])
  })

  interposed('leaves the connection clean when the outer ends while it is about to begin again', async () => {
    const bed = await open()
    const foreign = await bed.foreign()
    const resuming = latch()
    let begins = 0
    const [outer, endOuter] = await opened(bed, {
      label: 'Outer',
      onControl: command => {
        if (command !== 'BEGIN IMMEDIATE' || (begins += 1) < 2) return
        void foreign.exec('BEGIN IMMEDIATE')
        resuming.open()
      },
    })
    await outer.names()
    const inner = bed.scope({ label: 'Inner', outer }, scope => scope.insert('inner'))
    await resuming.opened
    await endOuter()
    await foreign.exec('ROLLBACK')
    await foreign.close()
    await inner
    await bed.expectIdle()
    await bed.scope({}, scope => scope.insert('next'))
    expect(await bed.names()).toEqual(['inner', 'next'])
  })

  itOnlyIn('main', NO_ITERATORS)(
    'refuses the loan while somebody iterates on the raw connection, and the outer lives on',
    async () => {
      const bed = await open()
      await bed.scope({}, scope => scope.insert('a'))
      await bed.scope({}, async outer => {
        await outer.names()
        const raw = bed.engine.pool.writer.raw.handle as { prepare(sql: string): { iterate(): Iterator<unknown> } }
        const rows = raw.prepare('SELECT 1 UNION SELECT 2').iterate()
        rows.next()
        await expect(bed.scope({ outer }, inner => inner.insert('inner'))).rejects.toThrow('busy executing a query')
        rows.return?.()
        await bed.scope({ outer }, inner => inner.insert('inner'))
        await outer.insert('outer')
      })
      expect(await bed.names()).toEqual(['a', 'inner', 'outer'])
    },
  )
})
