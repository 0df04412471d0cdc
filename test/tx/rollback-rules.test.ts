import fc from 'fast-check'
import { transactional } from '../../src/tx'
import { shouldRollback } from '../../src/tx/rollback-rules'
import type { Class } from '../../src/core/metadata'
import { eachTest, outcomeOf, rejection } from './harness'

class Problem extends Error {}
class Validation extends Problem {}
class Missing extends Validation {}
class Unrelated extends Error {}

describe('the rules', () => {
  const rows: [title: string, rollbackFor: Class[], noRollbackFor: Class[], error: unknown, rollsBack: boolean][] = [
    ['PS-17 everything rolls back without rules', [], [], new TypeError(), true],
    ['PS-17 what is no error object rolls back too', [], [], 'interrupt', true],
    ['PS-17 an excluded class does not', [], [Problem], new Problem(), false],
    ['PS-17 nor does its subclass', [], [Problem], new Missing(), false],
    ['an unrelated error is not excluded', [], [Problem], new Unrelated(), true],
    ['the nearer rollbackFor wins', [Validation], [Problem], new Missing(), true],
    ['the nearer noRollbackFor wins', [Problem], [Validation], new Missing(), false],
    ['the exact class beats its base', [Problem], [Missing], new Missing(), false],
    ['at the same distance rollbackFor wins', [Problem], [Problem], new Problem(), true],
    ['a rollbackFor alone excludes nothing', [Problem], [], new Unrelated(), true],
    ['a rollbackFor that does not match leaves noRollbackFor alone', [Unrelated], [Problem], new Missing(), false],
    ['a thrown null matches no class', [], [Error], null, true],
    ['classes are compared by prototype, not by name', [], [class Missing extends Error {}], new Missing(), true],
  ]

  it.each(rows)('%s', (_, rollbackFor, noRollbackFor, error, rollsBack) => {
    expect(shouldRollback({ rollbackFor, noRollbackFor }, error)).toBe(rollsBack)
  })

  it('agree with a walk up the class chain, for any rules', () => {
    const chain: Class[] = [Missing, Validation, Problem, Error, Object]
    const someOf = fc.subarray([...chain, Unrelated])
    fc.assert(
      fc.property(someOf, someOf, (rollbackFor, noRollbackFor) => {
        const pro = chain.findIndex(level => rollbackFor.includes(level))
        const against = chain.findIndex(level => noRollbackFor.includes(level))
        const expected = against === -1 || (pro !== -1 && pro <= against)
        expect(shouldRollback({ rollbackFor, noRollbackFor }, new Missing())).toBe(expected)
      }),
    )
  })
})

describe('a no-rollback error', () => {
  const t = eachTest()
  const known = new Validation('known')

  it('PS-16 commits, then reaches the caller', async () => {
    const call = transactional({ noRollbackFor: [Problem] }, async () => {
      await t.app.sql('insert a')
      throw known
    })
    await expect(call).rejects.toBe(known)
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'COMMIT'])
    expect(t.app.db.rows()).toEqual(['a'])
  })

  it('of a participant does not doom; the originator goes by its own rules', async () => {
    const participant = (): Promise<never> =>
      transactional({ noRollbackFor: [Problem] }, async () => {
        await t.app.sql('insert a')
        throw known
      })
    await transactional({}, () => participant().catch(() => undefined))
    expect(t.app.db.rows()).toEqual(['a'])
    await expect(transactional({}, () => t.app.sql('insert b').then(participant))).rejects.toBeDefined()
    expect(t.app.db.rows()).toEqual(['a'])
  })

  it('of a NESTED block releases its savepoint, then propagates', async () => {
    await transactional({}, async () => {
      const block = transactional({ propagation: 'NESTED', noRollbackFor: [Problem] }, async () => {
        await t.app.sql('insert n')
        throw known
      })
      await expect(block).rejects.toBe(known)
    })
    expect(t.app.db.commands()).toEqual(['BEGIN', 'SAVEPOINT ambit_1', 'insert n', 'RELEASE ambit_1', 'COMMIT'])
  })

  it('is replaced by UnexpectedRollbackError where the transaction was doomed', async () => {
    const call = transactional({ noRollbackFor: [Problem] }, async () => {
      await transactional({ label: 'inner' }, () => Promise.reject(new Unrelated('x'))).catch(() => undefined)
      throw known
    })
    expect(await rejection(call)).toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK', doomedBy: 'inner' })
  })

  it('is replaced by the error of a COMMIT that fails', async () => {
    t.app.db.failNext('COMMIT')
    const call = transactional({ noRollbackFor: [Problem] }, async () => {
      await t.app.sql('insert a')
      throw known
    })
    expect(await outcomeOf(call)).toBe('XX000')
  })
})
