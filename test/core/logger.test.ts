import { assertNever } from '../../src/core/assert-never'
import { consoleLogger, guarded } from '../../src/core/logger'

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

  it('is told what another logger could not write, and why', () => {
    const failure = new Error('transport down')
    const fails = (): never => {
      throw failure
    }
    const logger = guarded({ info: fails, warn: fails, error: fails })
    logger.info('quiet')
    logger.warn('careful')
    logger.error('broken', 'cause')
    const why = ['The logger failed; the console is told instead.', failure]
    expect(spy.error.mock.calls).toEqual([why, why, why, ['broken', 'cause']])
    expect(spy.warn.mock.calls).toEqual([['careful']])
  })

  it('is not told what another logger has written', () => {
    const error = jest.fn()
    guarded({ ...consoleLogger, error }).error('broken')
    expect(error.mock.calls).toEqual([['broken']])
    expect(spy.error).not.toHaveBeenCalled()
  })

  it('cannot be changed', () => {
    expect(Object.isFrozen(consoleLogger)).toBe(true)
  })
})

it('assertNever tells the value that should not have been there', () => {
  expect(() => assertNever('surprise' as never)).toThrow(new TypeError('unreachable: surprise'))
})
