import { transactional } from 'ambit'
import { CommitOutcomeUnknownError } from 'ambit/errors'
import type { WireMessage } from '../../support/wire-proxy'
import { poolOf, rejection } from '../harness'
import { adoptionOf, fixed, INSERT_NOTE, INSERT_RETURNING, SELECT_NOTE, send, single } from './statements'
import { PIPELINE, TIERS, tierWorld, WIRE } from './tiers'

// How fixed statements fail: on their own, beside others, with COMMIT in the same write, and with the connection.

const settled = (work: readonly Promise<unknown>[]): Promise<string[]> =>
  Promise.all(
    work.map(each =>
      each.then(
        () => 'ok',
        (error: unknown) => (error as { driverError?: { code?: string } }).driverError?.code ?? String(error),
      ),
    ),
  )

const DIVIDE = fixed('SELECT 1 / $1::int AS n', ['n'], { shares: true })
const ORPHAN = fixed('INSERT INTO child (id, parent) VALUES ($1, 99)')

/** Where a single write is cut: the server needs no Sync to commit, so only in front of everything a cut keeps the row away. */
const apart = {
  before: ({ text }: WireMessage) => text === 'COMMIT',
  after: ({ text }: WireMessage) => text === 'COMMIT',
}
const CUTS = {
  wire: { before: ({ text }: WireMessage) => text === 'BEGIN', after: ({ type }: WireMessage) => type === 'S' },
  plain: apart,
  runner: apart,
}

describe.each(TIERS)('on the $tier tier', tier => {
  const on = tierWorld(tier, { settings: { poolSize: 2 } })

  beforeAll(async () => {
    await on.database.query('CREATE TABLE parent (id int PRIMARY KEY)')
    await on.database.query(
      'CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)',
    )
  })

  describe('a statement that asks for COPY data', () => {
    const COPY = fixed('COPY note FROM STDIN')

    it('fails alone, and its connection goes on', async () => {
      const error = await rejection(send(on.world.dataSource, COPY))
      expect(error).toMatchObject({ driverError: { code: '57014' } })
      const all = await Promise.all([0, 1, 2].map(() => send(on.world.dataSource, SELECT_NOTE, 'a')))
      expect(all.map(({ rows }) => rows)).toEqual([[], [], []])
    })

    it('fails with what goes out in the same write, and leaves nothing', async () => {
      const shared = fixed('COPY note FROM STDIN', [], { shares: true })
      const outcomes: string[] = []
      await rejection(
        transactional({}, async () => {
          const work = [
            send(on.world.dataSource, INSERT_NOTE, 'before', 1),
            send(on.world.dataSource, shared),
            send(on.world.dataSource, INSERT_NOTE, 'behind', 1),
          ]
          outcomes.push(...(await settled(work)))
        }),
      )
      // Any message but that of data ends PostgreSQL's session, which some versions say in front of the end.
      const failed = tier === WIRE ? /ConnectionLostError|^08P01$/ : /^(57014|25P02)$/
      expect(outcomes).toEqual(['ok', expect.stringMatching(failed), expect.stringMatching(failed)])
      await rejection(single(on.world.dataSource, 'write', () => send(on.world.dataSource, COPY)))
      expect(await on.world.rows()).toEqual([])
      const all = await Promise.all([0, 1, 2].map(() => send(on.world.dataSource, SELECT_NOTE, 'a')))
      expect(all.map(({ rows }) => rows)).toEqual([[], [], []])
    })

    it('fails in a transaction, which is rolled back', async () => {
      await rejection(
        transactional({}, async () => {
          await send(on.world.dataSource, INSERT_NOTE, 'before', 1)
          await send(on.world.dataSource, COPY)
        }),
      )
      expect(await on.world.rows()).toEqual([])
    })
  })

  describe('statements that share a turn', () => {
    it.each([0, 1, 2])('answer as one after the other when number %i of three fails', async at => {
      const outcomes: string[] = []
      const error = await rejection(
        transactional({}, async () => {
          const work = [0, 1, 2].map(index =>
            index === at
              ? send(on.world.dataSource, DIVIDE, 0)
              : send(on.world.dataSource, INSERT_NOTE, `k${index}`, 1),
          )
          outcomes.push(...(await settled(work)))
        }),
      )
      const expected = [0, 1, 2].map(index => (index < at ? 'ok' : index === at ? '22012' : '25P02'))
      expect(outcomes).toEqual(expected)
      expect(error.name).toBe('UnexpectedRollbackError')
      expect(await on.world.rows()).toEqual([])
    })

    it('overtake nobody who stands in the line between them', async () => {
      await transactional({}, () =>
        Promise.all([
          send(on.world.dataSource, INSERT_NOTE, 'a', 1),
          on.world.dataSource.query("UPDATE note SET n = 5 WHERE k = 'a'"),
          send(on.world.dataSource, fixed("UPDATE note SET n = n * 2 WHERE k = 'a'", [], { shares: true })),
        ]),
      )
      expect(on.world.log.words).toEqual(['BEGIN', 'INSERT', 'UPDATE', 'UPDATE', 'COMMIT'])
      expect((await send(on.world.dataSource, SELECT_NOTE, 'a')).rows).toEqual([{ k: 'a', n: 10 }])
    })

    it('are refused when the scope ends before their turn', async () => {
      let late: Promise<unknown> | undefined
      await rejection(
        transactional({}, () => {
          late = rejection(send(on.world.dataSource, INSERT_NOTE, 'late', 1))
          return Promise.reject(new Error('no'))
        }),
      )
      await expect(late).resolves.toMatchObject({ code: 'AMBIT_TX_ENDED' })
      expect(await on.world.rows()).toEqual([])
    })

    it('in a NESTED block stand behind its savepoint', async () => {
      await transactional({}, async () => {
        await rejection(
          transactional({ propagation: 'NESTED' }, () =>
            Promise.all([send(on.world.dataSource, INSERT_NOTE, 'a', 1), send(on.world.dataSource, DIVIDE, 0)]),
          ),
        )
        await send(on.world.dataSource, INSERT_NOTE, 'b', 1)
      })
      expect(await on.world.rows()).toEqual(['b'])
    })
  })

  describe('a single write', () => {
    const write = (statement = INSERT_RETURNING): Promise<unknown> =>
      single(on.world.dataSource, 'write', () => send(on.world.dataSource, statement, 'a', 1))
    const unreadable = {
      ...INSERT_RETURNING,
      reader: () => () => {
        throw new Error('cannot read this')
      },
    }

    it('is rolled back when its statement fails', async () => {
      await on.database.query("INSERT INTO note (k) VALUES ('a')")
      expect(await rejection(write())).toMatchObject({ driverError: { code: '23505' } })
      expect(on.world.log.words).toEqual(['BEGIN', 'INSERT', 'ROLLBACK'])
    })

    it('fails when COMMIT does, and the connection is fit for the next', async () => {
      const error = await rejection(single(on.world.dataSource, 'write', () => send(on.world.dataSource, ORPHAN, 1)))
      expect(error).toMatchObject({ code: 'AMBIT_DATABASE_FOREIGN_KEY' })
      expect(on.world.log.words).toEqual(['BEGIN', 'INSERT', 'COMMIT'])
      expect(await on.database.query('SELECT * FROM child')).toEqual([])
    })

    it.each(['before', 'after'] as const)('has an unknown outcome when the connection is cut %s COMMIT', async when => {
      const cut = on.proxy.cut(when, message => CUTS[tier.tier][when](message))
      const error = await rejection(write())
      await cut
      expect(error).toBeInstanceOf(CommitOutcomeUnknownError)
      expect(await on.world.rows()).toEqual(when === 'after' ? ['a'] : [])
    })

    it('whose answer cannot be read is stored only where COMMIT has gone with it, and says so', async () => {
      const error = await rejection(write(unreadable))
      if (tier.tier === 'wire') expect(error).toMatchObject({ code: 'AMBIT_TX_AFTER_COMMIT', committed: true })
      else expect(error.message).toBe('cannot read this')
      expect(await on.world.rows()).toEqual(tier.tier === 'wire' ? ['a'] : [])
    })

    it('waits with COMMIT where a beforeCommit hook may refuse', async () => {
      const { manager } = adoptionOf(on.world.dataSource)
      await rejection(
        single(on.world.dataSource, 'write', async () => {
          manager.current?.addHook('beforeCommit', () => Promise.reject(new Error('veto')))
          await send(on.world.dataSource, INSERT_NOTE, 'a', 1)
        }),
      )
      expect(on.world.log.words).toEqual(['BEGIN', 'INSERT', 'ROLLBACK'])
      expect(await on.world.rows()).toEqual([])
    })
  })

  describe('a connection that is lost', () => {
    const isInsert = ({ type }: WireMessage): boolean => type === 'B'

    it.each(['before', 'after'] as const)('%s a write outside every transaction is answered, fails it', async when => {
      const cut = on.proxy.cut(when, when === 'after' ? ({ type }) => type === 'S' : isInsert)
      const error = await rejection(send(on.world.dataSource, INSERT_NOTE, 'a', 1))
      await cut
      // By the runner they are TypeORM's own handles' words; otherwise nobody can tell whether the row is there.
      expect(error.name).toBe(tier.tier === 'runner' ? 'QueryFailedError' : 'CommitOutcomeUnknownError')
      expect(await on.world.rows()).toEqual(when === 'after' ? ['a'] : [])
    })

    it('in the middle of a transaction leaves nothing of it, and no caller without an answer', async () => {
      let cut: Promise<void> | undefined
      const error = await rejection(
        transactional({}, async () => {
          await send(on.world.dataSource, INSERT_NOTE, 'a', 1)
          cut = on.proxy.cut('before', isInsert)
          const lost = await Promise.allSettled(['b', 'c', 'd'].map(k => send(on.world.dataSource, INSERT_NOTE, k, 1)))
          expect(lost.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
          await rejection(send(on.world.dataSource, INSERT_NOTE, 'e', 1))
        }),
      )
      await cut
      expect(error).toMatchObject({ code: 'AMBIT_DATA_SOURCE_CONNECTION_LOST' })
      expect(await on.world.rows()).toEqual([])
      expect(await send(on.world.dataSource, INSERT_NOTE, 'f', 1)).toMatchObject({ affected: 1 })
    })
  })

  describe('a reader that throws', () => {
    it('fails its own statement only, whatever it throws', async () => {
      await on.database.query("INSERT INTO note (k, n) VALUES ('a', 1), ('b', 2)")
      const odd = {
        ...SELECT_NOTE,
        reader: () => (cells: readonly unknown[]) => {
          throw { unread: cells[0] }
        },
      }
      const error: unknown = await send(on.world.dataSource, odd, 'a').catch((thrown: unknown) => thrown)
      expect(error).toEqual({ unread: 'a' })
      const outcomes = await transactional({ noRollbackFor: [Object] }, () =>
        Promise.allSettled([
          send(on.world.dataSource, SELECT_NOTE, 'b'),
          send(on.world.dataSource, odd, 'a'),
          send(on.world.dataSource, SELECT_NOTE, 'b'),
        ]),
      )
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    })
  })

  describe('a prepared statement', () => {
    it('is prepared anew when somebody has dropped it, in a transaction too when it is the first', async () => {
      await on.world.dataSource.query('DEALLOCATE ALL')
      expect((await send(on.world.dataSource, SELECT_NOTE, 'a')).rows).toEqual([])
      await transactional({}, () => send(on.world.dataSource, SELECT_NOTE, 'a'))
      await transactional({}, async () => {
        await on.world.dataSource.query('DEALLOCATE ALL')
        await send(on.world.dataSource, SELECT_NOTE, 'a')
      })
    })

    it('is prepared anew at once where DEALLOCATE was seen: outside, or as the first of a transaction', async () => {
      const { dataSource, log } = on.world
      const inside = (first?: string): Promise<unknown> =>
        transactional({}, async () => {
          if (first !== undefined) await dataSource.query(first)
          await send(dataSource, SELECT_NOTE, 'a')
        })
      await inside()
      await dataSource.query('DEALLOCATE ALL')
      log.clear()
      await inside()
      expect(log.words).toEqual(['BEGIN', 'SELECT', 'COMMIT'])
      log.clear()
      await inside('DEALLOCATE ALL')
      expect(log.words).toEqual(['BEGIN', 'DEALLOCATE', 'SELECT', 'COMMIT'])
      const { reason } = adoptionOf(dataSource).engine.statementTier
      expect(reason).not.toContain('not prepared under names')
    })

    it('is prepared anew when the type of a column has changed', async () => {
      await on.database.query('CREATE TABLE changing (v int)')
      await on.database.query('INSERT INTO changing VALUES (7)')
      const read = fixed('SELECT v FROM changing', ['v'])
      expect((await send(on.world.dataSource, read)).rows).toEqual([{ v: 7 }])
      await on.database.query('ALTER TABLE changing ALTER COLUMN v TYPE text')
      expect((await send(on.world.dataSource, read)).rows).toEqual([{ v: '7' }])
      await on.database.query('ALTER TABLE changing ALTER COLUMN v TYPE int USING v::int')
      expect((await transactional({}, () => send(on.world.dataSource, read))).rows).toEqual([{ v: 7 }])
      await on.database.query('DROP TABLE changing')
    })

    it('is prepared anew also where it is not the first of its round trip: at most one call fails', async () => {
      await on.database.query('CREATE TABLE changing (v int)')
      const read = fixed('SELECT v FROM changing', ['v'], { shares: true })
      const both = (): Promise<unknown> =>
        transactional({}, () =>
          Promise.all([send(on.world.dataSource, SELECT_NOTE, 'a'), send(on.world.dataSource, read)]),
        )
      await both()
      await on.database.query('ALTER TABLE changing ALTER COLUMN v TYPE text')
      const outcomes = [await settled([both()]), await settled([both()]), await settled([both()])]
      expect(outcomes.slice(1)).toEqual([['ok'], ['ok']])
      await on.database.query('DROP TABLE changing')
    })

    it('is prepared anew for a read that is alone beside a suspended transaction', async () => {
      await on.database.query('CREATE TABLE changing (v int)')
      await on.database.query('INSERT INTO changing VALUES (7)')
      const read = fixed('SELECT v FROM changing', ['v'])
      const beside = (): Promise<unknown> =>
        transactional({}, async () => {
          await send(on.world.dataSource, SELECT_NOTE, 'a')
          return transactional({ propagation: 'NOT_SUPPORTED' }, () =>
            single(on.world.dataSource, 'select', () => send(on.world.dataSource, read)),
          )
        })
      expect(await beside()).toMatchObject({ rows: [{ v: 7 }] })
      await on.database.query('ALTER TABLE changing ALTER COLUMN v TYPE text')
      expect(await beside()).toMatchObject({ rows: [{ v: '7' }] })
      await on.database.query('DROP TABLE changing')
    })

    it('is closed when there are too many, and comes back', async () => {
      for (let at = 0; at < 300; at += 1) await send(on.world.dataSource, fixed(`SELECT ${at} AS n`, ['n']))
      const [row] = await on.world.dataSource.query<{ n: number }[]>(
        "SELECT count(*)::int AS n FROM pg_prepared_statements WHERE name LIKE 'ambit%'",
      )
      expect(row?.n).toBeLessThanOrEqual(257)
      expect((await send(on.world.dataSource, fixed('SELECT 0 AS n', ['n']))).rows).toEqual([{ n: 0 }])
    })

    it('that could not be parsed does not stand in the way of its next use', async () => {
      const read = fixed('SELECT v FROM not_yet', ['v'])
      expect(await rejection(send(on.world.dataSource, read))).toMatchObject({ driverError: { code: '42P01' } })
      await on.database.query('CREATE TABLE not_yet AS SELECT 3 AS v')
      expect((await send(on.world.dataSource, read)).rows).toEqual([{ v: 3 }])
      await on.database.query('DROP TABLE not_yet')
    })
  })
})

describe('a single write that took COMMIT along', () => {
  const on = tierWorld(WIRE)

  it('refuses a second statement behind the commit', async () => {
    const error = await rejection(
      single(on.world.dataSource, 'write', async () => {
        await send(on.world.dataSource, INSERT_NOTE, 'a', 1)
        await send(on.world.dataSource, INSERT_NOTE, 'b', 1)
      }),
    )
    expect(error).toMatchObject({ code: 'AMBIT_TX_AFTER_COMMIT', committed: true })
    expect(await on.world.rows()).toEqual(['a'])
  })
})

describe.each([WIRE, PIPELINE])('without a runner, on the $tier tier', tier => {
  const on = tierWorld(tier, { settings: { poolSize: 2 } })

  it('values that pg cannot map, or that are too many, fail their own statement only', async () => {
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    const work = [
      send(on.world.dataSource, SELECT_NOTE, circular),
      send(on.world.dataSource, SELECT_NOTE, ...Array.from({ length: 65_536 }, () => 1)),
      send(on.world.dataSource, SELECT_NOTE, 'a'),
    ]
    const [mapped, many, fine] = await Promise.allSettled(work)
    expect(mapped).toMatchObject({ status: 'rejected', reason: { name: 'QueryFailedError' } })
    expect(many).toMatchObject({ status: 'rejected', reason: { name: 'QueryFailedError' } })
    expect(fine?.status).toBe('fulfilled')
  })

  it('single reads on a full pool have an answer each; only batches share a round trip', async () => {
    await on.database.query("INSERT INTO note (k, n) VALUES ('a', 1), ('b', 2)")
    await Promise.all(Array.from({ length: 4 }, () => send(on.world.dataSource, SELECT_NOTE, 'a')))
    on.proxy.clear()
    const reads = Array.from({ length: 20 }, (_, at) => send(on.world.dataSource, SELECT_NOTE, at % 2 ? 'a' : 'b'))
    const answers = await Promise.all(reads)
    expect(answers.map(({ rows }) => rows[0]?.['n'])).toEqual(reads.map((_, at) => (at % 2 ? 1 : 2)))
    if (tier.tier === 'wire') expect(on.proxy.roundTrips).toBeLessThanOrEqual(3)
    else expect(on.proxy.roundTrips).toBe(20)
    const mixed = Array.from({ length: 12 }, (_, at) => send(on.world.dataSource, DIVIDE, at % 5))
    const outcomes = await settled(mixed)
    expect(outcomes).toEqual(mixed.map((_, at) => (at % 5 === 0 ? '22012' : 'ok')))
    expect(poolOf(on.world.dataSource).totalCount).toBeLessThanOrEqual(2)
  })
})
