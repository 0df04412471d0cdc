import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterCommit, detached, EventPublisher } from 'ambit'
import { checkLeaks, findLeaks, recordStatements, rollbackEach, type TestHook, withRollback } from 'ambit/testing'
import { DataSource } from 'typeorm'
import { Boundaries, committed, Failure, NoteRepository, NOTES, seen, write } from '../acceptance/notes'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'
import { gate } from '../support/gate'

describe.each(ENGINES)('the testing kit on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => NOTES)
  const boundaries = (): Boundaries => running.app.get(Boundaries)
  const notes = (): NoteRepository => running.app.get(NoteRepository)

  describe('SP-60 the test transaction', () => {
    beforeEach(async () => {
      await db.query("INSERT INTO note (k) VALUES ('Dilbert')")
    })

    it('rolls back by default: the test deletes, sees nothing, and afterwards all is as before', async () => {
      await withRollback(async test => {
        expect([test.isActive, test.isFlaggedForRollback]).toEqual([true, true])
        await notes().deleteAll(await notes().findAll())
        expect(await seen()).toEqual([])
      })
      expect(await committed(db)).toEqual(['Dilbert'])
    })

    it('has what posted events do, and rolls it back', async () => {
      class Asked {}
      const events = running.app.get(EventPublisher)
      const done = gate()
      await withRollback(async () => {
        using _ = events.subscribe(Asked, async () => {
          await boundaries().required(() => write('posted'))
          done.open()
        })
        events.post(new Asked())
        await done.opened
        expect(await seen()).toEqual(['Dilbert', 'posted'])
      })
      expect(await committed(db)).toEqual(['Dilbert'])
    })

    it('commits when it is flagged and ended; a second one behind it is rolled back again', async () => {
      await withRollback(async test => {
        await notes().deleteAll(await notes().findAll())
        test.flagForCommit()
        await test.end()
        expect(test.isActive).toBe(false)
        expect(await committed(db)).toEqual([])
        test.start()
        expect([test.isActive, test.isFlaggedForRollback]).toEqual([true, true])
        await write('Dogbert')
      })
      expect(await committed(db)).toEqual([])
    })

    it('commits at the end of the test when it is flagged, and not when the flag was taken back', async () => {
      await withRollback(async test => {
        test.flagForCommit()
        await write('Dogbert')
      })
      await withRollback(async test => {
        test.flagForCommit()
        test.flagForRollback()
        await write('Wally')
      })
      expect(await committed(db)).toEqual(['Dilbert', 'Dogbert'])
    })

    it('is real between end() and start()', async () => {
      await withRollback(async test => {
        await test.end()
        await boundaries().required(() => write('real'))
        test.start()
        await write('undone')
      })
      expect(await committed(db)).toEqual(['Dilbert', 'real'])
    })

    it('says what is illegal: start while active, end and flags while not, and both inside a method', async () => {
      const illegal = { code: 'AMBIT_TESTING_STATE' }
      const test = await withRollback(async control => {
        expect(() => control.start()).toThrow(expect.objectContaining(illegal))
        await boundaries().required(async () => {
          await expect(control.end()).rejects.toMatchObject(illegal)
        })
        await control.end()
        await expect(control.end()).rejects.toMatchObject(illegal)
        expect(() => control.flagForCommit()).toThrow(expect.objectContaining(illegal))
        expect(() => control.isFlaggedForRollback).toThrow(expect.objectContaining(illegal))
        return control
      })
      expect(test.isActive).toBe(false)
      expect(() => test.start()).toThrow(expect.objectContaining(illegal))
      expect(() => test.flagForRollback()).toThrow(expect.objectContaining(illegal))
    })
  })

  describe('J7 pinned', () => {
    let server: Server
    const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    beforeEach(async () => {
      server = createServer((request, response) => {
        const work = request.method === 'POST' ? boundaries().required(() => write('handler')) : undefined
        Promise.resolve(work)
          .then(() => notes().findAll())
          .then(
            rows => response.end(JSON.stringify(rows.map(({ k }) => k).sort())),
            (error: unknown) => response.writeHead(500).end(String(error)),
          )
      })
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    })
    afterEach(() => new Promise(resolve => server.close(resolve)))

    it('lets handlers behind a socket join: they see the test’s rows, and theirs are rolled back', async () => {
      await withRollback({ app: running.app, pinned: true }, async () => {
        await write('test')
        const answer = await fetch(url(), { method: 'POST', headers: { connection: 'close' } })
        expect(await answer.json()).toEqual(['handler', 'test'])
        expect(await seen()).toEqual(['handler', 'test'])
      })
      expect(await committed(db)).toEqual([])
    })

    it('refuses a second one at the same time', async () => {
      await withRollback({ pinned: true }, async () => {
        const second = detached(() => withRollback({ pinned: true }, () => undefined))
        await expect(second).rejects.toMatchObject({ code: 'AMBIT_TESTING_STATE' })
      })
    })
  })

  describe('rollbackEach', () => {
    it('needs hooks, its own or the framework’s', () => {
      const { beforeEach: before } = globalThis
      Object.assign(globalThis, { beforeEach: undefined })
      try {
        expect(() => rollbackEach()).toThrow(expect.objectContaining({ code: 'AMBIT_TESTING_STATE' }))
      } finally {
        Object.assign(globalThis, { beforeEach: before })
      }
    })

    it('rolls back between the hooks it was handed, and fails the test whose after-hook failed', async () => {
      const hooks: (() => Promise<void>)[] = []
      const collect: TestHook = fn => hooks.push(fn)
      const test = rollbackEach({ app: () => running.app, beforeEach: collect, afterEach: collect })
      const [before, after] = hooks
      expect(test.isActive).toBe(false)
      await before?.()
      expect(test.isActive).toBe(true)
      await boundaries().required(() => write('a'))
      expect(await seen()).toEqual(['a'])
      await after?.()
      expect(await committed(db)).toEqual([])
      await before?.()
      await boundaries().required(async () => {
        afterCommit(() => Promise.reject(new Failure('the hook')))
        await write('b')
      })
      await expect(after?.()).rejects.toMatchObject({ code: 'AMBIT_TESTING_HOOKS' })
      running.reports.splice(0)
      expect(await committed(db)).toEqual([])
    })
  })

  describe('recordStatements', () => {
    it('records transactions, statements outside them, and counts', async () => {
      using recording = recordStatements(running.app)
      await boundaries().required(async () => {
        await write('a')
        await boundaries().nested(() => write('b'))
      })
      await running.app.get(DataSource).query('/* one */ SELECT 1')
      expect(recording.commands).toEqual(['BEGIN', 'INSERT', 'SAVEPOINT', 'INSERT', 'RELEASE', 'COMMIT', 'SELECT'])
      expect(recording.counts).toMatchObject({ INSERT: 2, SELECT: 1, COMMIT: 1 })
      expect(recording.count('INSERT')).toBe(2)
      const [first, insert] = recording.statements
      expect(insert).toMatchObject({ dataSource: 'default', method: 'Boundaries.required', failed: false })
      expect(insert?.transaction).toBe(first?.transaction)
      expect(recording.byTransaction.get(undefined)).toEqual(['SELECT'])
      expect(recording.of('default')).toHaveLength(7)
      expect(recording.of('other')).toEqual([])
      recording.clear()
      recording.stop()
      await notes().count()
      expect(recording.statements).toEqual([])
    })

    it('shows under a test root which savepoint stands for which transaction', async () => {
      using recording = recordStatements(running.app)
      await withRollback(async () => {
        await boundaries().required(() => write('a'))
        await expect(boundaries().required(() => write('a'))).rejects.toThrow()
      })
      const inserts = recording.statements.filter(({ command }) => command === 'INSERT')
      expect(inserts.map(({ failed }) => failed)).toEqual([false, true])
      expect(new Set(inserts.map(({ transaction }) => transaction)).size).toBe(2)
      const [of] = inserts
      expect(recording.byTransaction.get(of?.transaction)).toEqual(
        expect.arrayContaining(['SAVEPOINT', 'INSERT', 'RELEASE']),
      )
      expect([recording.count('BEGIN'), recording.count('COMMIT'), recording.count('ROLLBACK')]).toEqual([1, 0, 1])
    })
  })

  describe('checkLeaks', () => {
    it('finds nothing when all is given back', async () => {
      await boundaries().required(() => write('a'))
      expect(findLeaks(running.app)).toEqual([])
      expect(() => checkLeaks(running.app)).not.toThrow()
    })

    it('names the method of an open transaction, its connection and its frame', async () => {
      const [started, end] = [gate(), gate()]
      const open = boundaries().required(async () => {
        await write('a')
        expect(findLeaks(running.app)).toContainEqual({
          dataSource: 'default',
          kind: 'frame',
          who: 'Boundaries.required',
        })
        started.open()
        await end.opened
      })
      await started.opened
      expect(() => checkLeaks(running.app)).toThrow(
        expect.objectContaining({
          code: 'AMBIT_TESTING_LEAK',
          message: expect.stringContaining('Boundaries.required') as string,
        }),
      )
      end.open()
      await open
      checkLeaks(running.app)
    })

    it('finds a query runner that nobody released', async () => {
      const runner = running.app.get(DataSource).createQueryRunner()
      await runner.startTransaction()
      await runner.query('SELECT 1')
      expect(findLeaks(running.app)).toMatchObject([{ kind: 'connection' }])
      await runner.rollbackTransaction()
      await runner.release()
      checkLeaks(running.app)
    })
  })
})

describe('constraints that PostgreSQL checks at COMMIT', () => {
  const postgres = ENGINES.find(({ name }) => name === 'PostgreSQL')
  if (postgres === undefined) throw new Error('there is no PostgreSQL')
  const db = engineDatabase(postgres)
  const running = runningApplication(db, () => NOTES)
  beforeAll(async () => {
    await db.query('CREATE TABLE reply (k text, note text REFERENCES note (k) DEFERRABLE INITIALLY DEFERRED)')
  })

  it('fail the method that breaks them, and may be broken until its end', async () => {
    const boundaries = running.app.get(Boundaries)
    const reply = (): Promise<unknown> => running.app.get(DataSource).query("INSERT INTO reply VALUES ('r', 'n')")
    await withRollback(async () => {
      await expect(boundaries.required(reply)).rejects.toMatchObject({ cause: { code: '23503' } })
      await boundaries.required(async () => {
        await reply()
        await write('n')
      })
      await boundaries.required(async () => {
        await reply()
      })
      expect(await running.app.get(DataSource).query('SELECT count(*)::int AS n FROM reply')).toEqual([{ n: 2 }])
    })
    expect(await db.query('SELECT * FROM reply')).toEqual([])
  })
})
