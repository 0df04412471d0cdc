import { assertNever } from '../../src/core/assert-never'
import { consoleLogger } from '../../src/core/logger'

describe('the console logger', () => {
  const spy = {
    info: jest.spyOn(console, 'info'),
    warn: jest.spyOn(console, 'warn'),
    error: jest.spyOn(console, 'error'),
  }
  beforeEach(() => {
    for (const method of Object.values(spy)) method.mockReset().mockImplementation(() => undefined)
  })
  afterAll(() => {
    for (const method of Object.values(spy)) method.mockRestore()
  })

  it('keeps information to itself', () => {
    consoleLogger.info('quiet')
    expect(spy.info).not.toHaveBeenCalled()
  })

  it('writes warnings, and errors with their cause where there is one', () => {
    const cause = new Error('E')
    consoleLogger.warn('careful')
    consoleLogger.error('broken')
    consoleLogger.error('broken', cause)
    expect(spy.warn.mock.calls).toEqual([['careful']])
    expect(spy.error.mock.calls).toEqual([['broken'], ['broken', cause]])
  })

  it('cannot be changed', () => {
    expect(Object.isFrozen(consoleLogger)).toBe(true)
  })
})

it('assertNever tells the value that should not have been there', () => {
  expect(() => assertNever('surprise' as never)).toThrow(new TypeError('unreachable: surprise'))
})
