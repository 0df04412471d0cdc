import { contractCase } from '../resource-under-test'

/** What the engine is told of errors. */
export const CLASSIFICATION = [
  contractCase('isTransient() knows what a repetition may cure, also inside another error', ({ port, errors }) => {
    expect(port.isTransient(errors.transient)).toBe(true)
    expect(port.isTransient(new Error('wrapped', { cause: errors.transient }))).toBe(true)
    return Promise.resolve()
  }),

  contractCase('isTransient() is sure of nothing else', ({ port, errors }) => {
    for (const error of [errors.other, errors.timeout, new Error('code 40001'), undefined, 'x', { code: 40001 }])
      expect(port.isTransient(error)).toBe(false)
    return Promise.resolve()
  }),

  contractCase('isTimeout() knows a statement that was given up', ({ port, errors }) => {
    expect(port.isTimeout(errors.timeout)).toBe(true)
    return Promise.resolve()
  }),

  contractCase('isTimeout() takes nothing else for one', ({ port, errors }) => {
    for (const error of [errors.other, errors.transient, undefined, 'x']) expect(port.isTimeout(error)).toBe(false)
    return Promise.resolve()
  }),

  contractCase('a deadline reaches the database, which gives a statement up', async stage => {
    const { port, open, committed } = stage
    const transaction = open({ remainingMs: () => 50 })
    const hanging = await stage.hang?.(transaction)
    const error: unknown = await hanging?.statement.catch((failure: unknown) => failure)
    expect(port.isTimeout(error)).toBe(true)
    await transaction.rollback()
    expect(await committed()).toEqual([])
  }),
]
