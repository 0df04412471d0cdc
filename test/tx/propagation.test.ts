import { type ContextNode, currentContext, runInContext } from '../../src/core/async-context'
import { currentTransaction, type Propagation, PROPAGATIONS, transactional } from '../../src/tx'
import type { AmbientState } from '../../src/tx/propagation'
import { eachTest, outcomeOf, rejection } from './harness'

type Surrounding = AmbientState | 'suspended'

interface Expected {
  readonly outcome: string
  /** What is sent for the call itself, `c1` being the surrounding transaction's connection where there is one. */
  readonly log: readonly string[]
}

const t = eachTest()

const ownOn = (connection: string): Expected => ({
  outcome: 'ok',
  log: [`${connection} BEGIN`, `${connection} insert x`, `${connection} COMMIT`],
})
const autocommitOn = (connection: string): Expected => ({ outcome: 'ok', log: [`${connection} insert x`] })
const joined: Expected = { outcome: 'ok', log: ['c1 insert x'] }
const savepoint: Expected = { outcome: 'ok', log: ['c1 SAVEPOINT ambit_1', 'c1 insert x', 'c1 RELEASE ambit_1'] }
const refused = (outcome: string): Expected => ({ outcome, log: [] })

/** The whole matrix, written from the specification: one row per mode, one cell per surrounding. */
const MATRIX = {
  REQUIRED: {
    none: ownOn('c1'),
    active: joined,
    empty: ownOn('c1'),
    suspended: ownOn('c2'),
    ended: refused('AMBIT_TX_ENDED'),
  },
  REQUIRES_NEW: {
    none: ownOn('c1'),
    active: ownOn('c2'),
    empty: ownOn('c1'),
    suspended: ownOn('c2'),
    ended: ownOn('c2'),
  },
  NESTED: {
    none: ownOn('c1'),
    active: savepoint,
    empty: ownOn('c1'),
    suspended: ownOn('c2'),
    ended: refused('AMBIT_TX_ENDED'),
  },
  SUPPORTS: {
    none: autocommitOn('c1'),
    active: joined,
    empty: autocommitOn('c1'),
    suspended: autocommitOn('c2'),
    ended: refused('AMBIT_TX_ENDED'),
  },
  MANDATORY: {
    none: refused('AMBIT_TX_MANDATORY'),
    active: joined,
    empty: refused('AMBIT_TX_MANDATORY'),
    suspended: refused('AMBIT_TX_MANDATORY'),
    ended: refused('AMBIT_TX_ENDED'),
  },
  NOT_SUPPORTED: {
    none: autocommitOn('c1'),
    active: autocommitOn('c2'),
    empty: autocommitOn('c1'),
    suspended: autocommitOn('c2'),
    ended: autocommitOn('c2'),
  },
  NEVER: {
    none: autocommitOn('c1'),
    active: refused('AMBIT_TX_NEVER'),
    empty: autocommitOn('c1'),
    suspended: autocommitOn('c2'),
    ended: autocommitOn('c2'),
  },
} as const satisfies Record<Propagation, Record<Surrounding, Expected>>

/** Runs `call` in a surrounding and gives the commands that the call itself caused. */
async function within(surrounding: Surrounding, call: () => Promise<string>): Promise<Expected> {
  let before = 0
  let after = 0
  let outcome = ''
  const measured = async (): Promise<void> => {
    before = t.app.db.log.length
    outcome = await call()
    after = t.app.db.log.length
  }
  await SURROUNDINGS[surrounding](measured)
  return { outcome, log: t.app.db.log.slice(before, after) }
}

const SURROUNDINGS = {
  none: body => body(),
  active: body =>
    transactional({ label: 'outer' }, async () => {
      await t.app.sql('insert o')
      await body()
    }),
  empty: body => transactional({ propagation: 'SUPPORTS' }, body),
  suspended: body =>
    transactional({ label: 'outer' }, async () => {
      await t.app.sql('insert o')
      await transactional({ propagation: 'NOT_SUPPORTED' }, body)
    }),
  ended: async body => {
    let frame: ContextNode | undefined
    await transactional({ label: 'outer' }, async () => {
      await t.app.sql('insert o')
      frame = currentContext()
    })
    await runInContext(frame, body)
  },
} as const satisfies Record<Surrounding, (body: () => Promise<void>) => Promise<void>>

describe.each(PROPAGATIONS)('%s', propagation => {
  it.each(Object.entries(MATRIX[propagation]))(
    'in surrounding "%s" sends exactly its part',
    async (state, expected) => {
      let entered = false
      const seen = await within(state as Surrounding, () =>
        outcomeOf(
          transactional({ propagation }, async () => {
            entered = true
            await t.app.sql('insert x')
          }),
        ),
      )
      expect(seen).toEqual(expected)
      expect(entered).toBe(expected.outcome === 'ok')
      expect(t.app.db.rows().includes('x')).toBe(expected.outcome === 'ok')
      if (state !== 'none' && state !== 'empty') expect(t.app.db.rows()).toContain('o')
    },
  )

  it.each(Object.entries(MATRIX[propagation]))(
    'in surrounding "%s" rolls back only what is its own',
    async (state, expected) => {
      const failure = new Error('body failed')
      const seen = await outcomeOf(
        within(state as Surrounding, () =>
          outcomeOf(
            transactional({ propagation }, async () => {
              await t.app.sql('insert x')
              throw failure
            }),
          ),
        ),
      )
      const dooms = expected === joined
      expect(seen).toBe(dooms ? 'AMBIT_TX_UNEXPECTED_ROLLBACK' : 'ok')
      const survives = expected.log.length === 1 && expected !== joined
      expect(t.app.db.rows().includes('x')).toBe(survives)
      if (state === 'active' && !dooms) expect(t.app.db.rows()).toContain('o')
    },
  )
})

describe('what running code can know', () => {
  it('SP-03 tells one transaction for the originator and all who join it', async () => {
    const seen: unknown[] = []
    const note = (): void => {
      const { id, isNew, isNested, label } = currentTransaction() ?? {}
      seen.push({ id, isNew, isNested, label })
    }
    await transactional({ label: 'outer' }, async () => {
      note()
      await transactional({ label: 'inner' }, note)
      await transactional({ propagation: 'NESTED', label: 'block' }, note)
      note()
    })
    const id = expect.stringMatching(/^default#\d+$/) as unknown
    expect(seen).toEqual([
      { id, isNew: true, isNested: false, label: 'outer' },
      { id, isNew: false, isNested: false, label: 'inner' },
      { id, isNew: false, isNested: true, label: 'block' },
      { id, isNew: true, isNested: false, label: 'outer' },
    ])
    expect(new Set(seen.map(one => (one as { id: string }).id)).size).toBe(1)
  })

  it('PS-18, R9: knows no transaction outside every boundary', () => {
    expect(currentTransaction()).toBeUndefined()
  })

  it.each(['SUPPORTS', 'NOT_SUPPORTED', 'NEVER'] as const)(
    'SP-14 tells no active transaction in %s',
    async propagation => {
      const error = new Error('E')
      const call = transactional({ propagation }, async () => {
        expect(currentTransaction()).toBeUndefined()
        await t.app.sql('insert a')
        throw error
      })
      await expect(call).rejects.toBe(error)
      expect(t.app.db.log).toEqual(['c1 insert a'])
      expect(t.app.db.rows()).toEqual(['a'])
    },
  )

  it('PS-05 hides the transaction inside NOT_SUPPORTED and has it back after', async () => {
    await transactional({}, async () => {
      const outer = currentTransaction()?.id
      await transactional({ propagation: 'NOT_SUPPORTED' }, () => expect(currentTransaction()).toBeUndefined())
      expect(currentTransaction()?.id).toBe(outer)
    })
  })

  it('PS-09 PS-10 has another transaction inside REQUIRES_NEW and the outer one back after', async () => {
    await transactional({}, async () => {
      const outer = currentTransaction()?.id
      await transactional({ propagation: 'REQUIRES_NEW' }, () => {
        expect(currentTransaction()?.id).not.toBe(outer)
        expect(currentTransaction()?.isNew).toBe(true)
      })
      expect(currentTransaction()?.id).toBe(outer)
    })
    await transactional({ propagation: 'REQUIRES_NEW' }, () => undefined)
    expect(currentTransaction()).toBeUndefined()
  })
})

describe('refusals at the start of a scope', () => {
  it('PS-01 SP-16 MANDATORY without a transaction says what to do, and takes no connection', async () => {
    const error = await rejection(transactional({ propagation: 'MANDATORY', label: 'Ledger.book' }, () => undefined))
    expect(error).toMatchObject({ name: 'IllegalTransactionStateError', code: 'AMBIT_TX_MANDATORY' })
    expect(error.message).toBe(
      [
        "Ledger.book (MANDATORY) needs an active transaction on 'default', and there is none. [AMBIT_TX_MANDATORY]",
        '  where: Ledger.book',
        "  next:  Call it from a @Transactional method, or give it propagation 'REQUIRED'.",
      ].join('\n'),
    )
    expect(t.app.db.log).toEqual([])
  })

  it('PS-04 SP-15 NEVER inside a transaction refuses before the body, and the outer can still commit', async () => {
    const body = jest.fn()
    await transactional({ label: 'outer' }, async () => {
      await t.app.sql('insert o')
      const error = await rejection(transactional({ propagation: 'NEVER', label: 'Report.print' }, body))
      expect(error.message).toContain("Report.print (NEVER) was called inside the transaction of outer on 'default'.")
    })
    expect(body).not.toHaveBeenCalled()
    expect(t.app.db.rows()).toEqual(['o'])
  })

  it('NC-13 rolls the outer back when it lets the refusal of NEVER propagate', async () => {
    const call = transactional({}, async () => {
      await t.app.sql('insert o')
      await transactional({ propagation: 'NEVER' }, () => undefined)
    })
    expect(await outcomeOf(call)).toBe('AMBIT_TX_NEVER')
    expect(t.app.db.log).toEqual(['c1 BEGIN', 'c1 insert o', 'c1 ROLLBACK'])
  })

  it('a refused begin leaves the outer transaction usable', async () => {
    await transactional({}, async () => {
      await t.app.sql('insert o')
      t.app.db.failNext('open', 'error', new Error('one writer only'))
      const call = transactional({ propagation: 'REQUIRES_NEW' }, () => undefined)
      await expect(call).rejects.toThrow('one writer only')
      await t.app.sql('insert p')
    })
    expect(t.app.db.rows()).toEqual(['o', 'p'])
  })
})
