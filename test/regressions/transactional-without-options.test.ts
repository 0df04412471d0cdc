import { transactional } from 'ambit'
import { InvalidTransactionOptionsError } from 'ambit/errors'

// The function alone is what one writes first; it ended in "Cannot read properties of undefined (reading 'name')".

const call = transactional as (...given: readonly unknown[]) => Promise<unknown>

describe('transactional() that is called in another way', () => {
  const ran: string[] = []
  const work = (): void => void ran.push('work')
  afterEach(() => expect(ran).toEqual([]))

  it.each([
    ['the function alone', [work], /without a function to run behind its options.*transactional\(\{\}, async/s],
    ['the function first', [work, {}], /without a function to run behind its options/],
    ['options alone', [{}], /without a function to run behind its options/],
    ['nothing', [], /without a function to run behind its options/],
    ['null and a function', [null, work], /options are no object.*\{\} for the defaults/s],
    ['a text and a function', ['REQUIRED', work], /options are no object/],
    ['two functions', [work, work], /options are no object/],
  ] as const)('with %s says what to write, and runs nothing', async (_, given, message) => {
    const error: unknown = await call(...given).catch((failure: unknown) => failure)
    expect(error).toBeInstanceOf(InvalidTransactionOptionsError)
    expect(error).toMatchObject({ code: 'AMBIT_TX_INVALID_OPTIONS', message: expect.stringMatching(message) as string })
  })
})
