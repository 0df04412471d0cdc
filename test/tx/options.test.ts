import { currentTransaction, transactional, type TransactionalOptions } from '../../src/tx'
import { IncompatibleTransactionError, InvalidTransactionOptionsError } from '../../src/tx/errors'
import { ISOLATION_LEVELS, satisfiesIsolation } from '../../src/tx/isolation'
import { defineTransaction } from '../../src/tx/options'
import { TRANSACTION_MANAGERS } from '../../src/tx/transaction-managers'
import { eachTest, outcomeOf, rejection } from './harness'

describe('the validation of options', () => {
  const wrong: [options: Record<string, unknown>, problem: string, next: string][] = [
    [
      { propagation: 'REQUIRE' },
      "option 'propagation' is 'REQUIRE'",
      "Give one of 'REQUIRED', 'REQUIRES_NEW', 'NESTED'",
    ],
    [{ propagation: 'required' }, "option 'propagation' is 'required'", 'Give one of'],
    [{ isolation: 'SNAPSHOT' }, "option 'isolation' is 'SNAPSHOT'", "Give one of 'READ UNCOMMITTED'"],
    [{ readOnly: 'yes' }, "option 'readOnly' is 'yes'", 'Give true or false.'],
    [{ timeoutMs: 0 }, "option 'timeoutMs' is 0", 'Give a positive whole number of milliseconds'],
    [{ timeoutMs: 1.5 }, "option 'timeoutMs' is 1.5", 'Give a positive whole number of milliseconds'],
    [{ timeoutMs: 2 ** 31 }, "option 'timeoutMs' is 2147483648", 'at most 2147483647'],
    [{ timeoutMs: Number.NaN }, "option 'timeoutMs' is NaN", 'Give a positive whole number'],
    [{ signal: {} }, "option 'signal' is a object", 'Give an AbortSignal.'],
    [{ rollbackFor: Error }, "option 'rollbackFor' is a function", 'Give an array of error classes.'],
    [{ noRollbackFor: ['Error'] }, "option 'noRollbackFor' is a object", 'Give an array of error classes.'],
    [{ retry: -1 }, "option 'retry' is -1", 'Give a whole number from 0 to 100.'],
    [{ retry: true }, "option 'retry' is true", 'Give a whole number from 0 to 100.'],
    [{ retry: 101 }, "option 'retry' is 101", 'Give a whole number from 0 to 100.'],
    [{ dataSource: '' }, "option 'dataSource' is ''", 'Give a non-empty string.'],
    [{ label: 7 }, "option 'label' is 7", 'Give a non-empty string.'],
    [{ begin: 'now' }, "option 'begin' is 'now'", "Give one of 'lazy', 'eager'."],
    [
      { isolationLevel: 'SERIALIZABLE' },
      "unknown option 'isolationLevel'",
      'Use one of propagation, isolation, readOnly',
    ],
    [{ constructor: 1 }, "unknown option 'constructor'", 'Use one of propagation'],
    [
      { propagation: 'NEVER', isolation: 'SERIALIZABLE', retry: 0 },
      "NEVER never has a transaction, so 'isolation', 'retry' cannot be honoured",
      "Remove 'isolation', 'retry'.",
    ],
    [
      { propagation: 'NOT_SUPPORTED', timeoutMs: 5 },
      "NOT_SUPPORTED never has a transaction, so 'timeoutMs' cannot be honoured",
      "Remove 'timeoutMs'.",
    ],
    [{ toString: 'x' }, "unknown option 'toString'", 'Use one of propagation'],
  ]

  it.each(wrong)('PS-12 refuses %p', (options, problem, next) => {
    const define = (): unknown => defineTransaction(options, 'Orders.place')
    expect(define).toThrow(InvalidTransactionOptionsError)
    expect(define).toThrow(`Invalid transaction options: ${problem}. [AMBIT_TX_INVALID_OPTIONS]`)
    expect(define).toThrow(next)
  })

  it('PS-19 fills in the defaults, and freezes what it gives', () => {
    const definition = defineTransaction({}, 'Orders.place')
    expect(definition).toEqual({
      propagation: 'REQUIRED',
      isolation: undefined,
      readOnly: undefined,
      timeoutMs: undefined,
      signal: undefined,
      single: undefined,
      rules: { rollbackFor: [], noRollbackFor: [] },
      retry: 0,
      dataSource: 'default',
      label: 'Orders.place',
      eager: false,
      implicit: false,
    })
    expect([definition, definition.rules, definition.rules.rollbackFor].every(Object.isFrozen)).toBe(true)
  })

  it('takes undefined for "not given"', () => {
    const given = { propagation: undefined, timeoutMs: undefined, label: undefined } as unknown as TransactionalOptions
    expect(defineTransaction(given, 'Orders.place')).toEqual(defineTransaction({}, 'Orders.place'))
  })

  it('is not changed by what the caller does to its arrays later', () => {
    const noRollbackFor = [TypeError]
    const definition = defineTransaction({ noRollbackFor }, 'x')
    noRollbackFor.pop()
    expect(definition.rules.noRollbackFor).toEqual([TypeError])
  })

  it('rejects a function form with wrong options without running its body', async () => {
    const body = jest.fn()
    const call = transactional({ retry: 1.5 }, body)
    expect(await outcomeOf(call)).toBe('AMBIT_TX_INVALID_OPTIONS')
    expect(body).not.toHaveBeenCalled()
  })
})

describe('what a participant asks for', () => {
  const t = eachTest({ isolationLevels: ['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'] })

  it('SP-24 G-17 stronger isolation is refused before its body, and the outer can go on', async () => {
    const body = jest.fn()
    await transactional({ label: 'outer' }, async () => {
      await t.app.sql('insert o')
      const error = await rejection(transactional({ isolation: 'SERIALIZABLE', label: 'Audit.write' }, body))
      expect(error).toBeInstanceOf(IncompatibleTransactionError)
      expect(error.message).toBe(
        [
          'Audit.write asks for SERIALIZABLE, but the transaction of outer runs at READ COMMITTED. [AMBIT_TX_INCOMPATIBLE]',
          '  where: Audit.write',
          "  next:  Ask for it where the transaction begins, or give Audit.write propagation 'REQUIRES_NEW'.",
        ].join('\n'),
      )
      expect(currentTransaction()?.rollbackOnly).toBe(false)
    })
    expect(body).not.toHaveBeenCalled()
    expect(t.app.db.rows()).toEqual(['o'])
  })

  it.each([
    [{ isolation: 'SERIALIZABLE' }, 'isolation'],
    [{ readOnly: true }, 'readOnly'],
    [{ timeoutMs: 50, signal: new AbortController().signal }, 'timeoutMs, signal'],
  ] as const)('SUPPORTS with %p is refused where there is no transaction to give it', async (options, asked) => {
    const body = jest.fn()
    const supporting = { ...options, propagation: 'SUPPORTS', label: 'Stock.peek' } as const
    const error = await rejection(transactional(supporting, body))
    expect(error).toBeInstanceOf(IncompatibleTransactionError)
    expect(error.message).toContain(`Stock.peek (SUPPORTS) asks for ${asked}, and no transaction is active`)
    expect(body).not.toHaveBeenCalled()
    await transactional({ isolation: 'SERIALIZABLE', readOnly: true }, () => transactional(supporting, body))
    expect(body).toHaveBeenCalledTimes(1)
  })

  it.each(ISOLATION_LEVELS.flatMap(running => ISOLATION_LEVELS.map(wanted => [running, wanted] as const)))(
    'inside %s, %s is satisfied when it is weaker or equal',
    (running, wanted) => {
      const expected = ISOLATION_LEVELS.indexOf(wanted) <= ISOLATION_LEVELS.indexOf(running)
      expect(satisfiesIsolation(running, wanted)).toBe(expected)
    },
  )

  it('weaker or equal isolation runs in the transaction as it is', async () => {
    await transactional({ isolation: 'REPEATABLE READ' }, async () => {
      for (const isolation of ['READ UNCOMMITTED', 'READ COMMITTED', 'REPEATABLE READ'] as const) {
        await transactional({ isolation }, () => expect(currentTransaction()?.isolation).toBe('REPEATABLE READ'))
      }
    })
  })

  it.each(['REQUIRED', 'SUPPORTS', 'MANDATORY', 'NESTED'] as const)(
    'SP-25 %s with readOnly: false written out is refused inside read-only',
    async propagation => {
      const body = jest.fn()
      await transactional({ readOnly: true, label: 'outer' }, async () => {
        const error = await rejection(transactional({ propagation, readOnly: false, label: 'Users.save' }, body))
        expect(error).toMatchObject({ code: 'AMBIT_TX_INCOMPATIBLE' })
        expect(error.message).toContain(
          'Users.save writes (readOnly: false), but the transaction of outer is read-only.',
        )
      })
      expect(body).not.toHaveBeenCalled()
    },
  )

  it('SP-25 nothing said about readOnly joins read-only, and the database refuses the write', async () => {
    const call = transactional({ readOnly: true }, () => transactional({}, () => t.app.sql('insert a')))
    expect(await outcomeOf(call)).toBe('25006')
    expect(t.app.db.rows()).toEqual([])
  })

  it('SP-25 readOnly: true inside read-write just reads, and does not stop the others from writing', async () => {
    await transactional({}, async () => {
      await transactional({ readOnly: true }, async () => {
        expect(currentTransaction()?.readOnly).toBe(false)
        await t.app.sql('select')
      })
      await t.app.sql('insert a')
    })
    expect(t.app.db.rows()).toEqual(['a'])
  })

  it('readOnly: false inside REQUIRES_NEW of a read-only transaction is its own business', async () => {
    await transactional({ readOnly: true }, () =>
      transactional({ propagation: 'REQUIRES_NEW', readOnly: false }, () => t.app.sql('insert a')),
    )
    expect(t.app.db.rows()).toEqual(['a'])
  })

  it('a level that the database does not have is refused before the body', async () => {
    const body = jest.fn()
    const error = await rejection(transactional({ isolation: 'READ UNCOMMITTED', label: 'Report.build' }, body))
    expect(error).toBeInstanceOf(IncompatibleTransactionError)
    expect(error).toMatchObject({ code: 'AMBIT_TX_UNSUPPORTED_ISOLATION' })
    expect(error.message).toContain("The data source 'default' does not offer the isolation level READ UNCOMMITTED.")
    expect(error.message).toContain('Use one of READ COMMITTED, REPEATABLE READ, SERIALIZABLE.')
    expect(body).not.toHaveBeenCalled()
    expect(t.app.db.requests).toEqual([])
  })

  it('a data source is missing altogether where the application has none', async () => {
    t.app.context.set(TRANSACTION_MANAGERS, new Map())
    const error = await rejection(transactional({}, () => undefined))
    expect(error.message).toContain('Give bootstrap() a database or dataSources.')
  })

  it('an unknown data source is named together with those there are', async () => {
    const error = await rejection(transactional({ dataSource: 'reporting', label: 'Report.build' }, () => undefined))
    expect(error).toMatchObject({ name: 'UnknownDataSourceError', code: 'AMBIT_TX_UNKNOWN_DATA_SOURCE' })
    expect(error.message).toBe(
      [
        "There is no data source 'reporting'. [AMBIT_TX_UNKNOWN_DATA_SOURCE]",
        '  where: Report.build',
        "  next:  Use one of 'default'.",
      ].join('\n'),
    )
  })
})
