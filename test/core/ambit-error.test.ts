import { AmbitError, isAmbitError } from '../../src/core/ambit-error'

class Burned extends AmbitError<'AMBIT_TEST_BURNED'> {
  constructor(options?: { cause?: unknown }) {
    super('AMBIT_TEST_BURNED', { what: 'The toast burned.', where: 'Kitchen.toast', next: 'Turn it down.' }, options)
  }
}

describe('an AmbitError', () => {
  it('says what, where and what to do next, with its code', () => {
    expect(new Burned().message).toBe(
      ['The toast burned. [AMBIT_TEST_BURNED]', '  where: Kitchen.toast', '  next:  Turn it down.'].join('\n'),
    )
  })

  it('leaves the place out where none is known', () => {
    class Lost extends AmbitError {}
    const error = new Lost('AMBIT_TEST_LOST', { what: 'Lost.', next: 'Search.' })
    expect(error.message).toBe('Lost. [AMBIT_TEST_LOST]\n  next:  Search.')
  })

  it('is an Error with its class’s name, a stack and its code', () => {
    const error = new Burned()
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'Burned', code: 'AMBIT_TEST_BURNED' })
    expect(error.stack).toContain('ambit-error.test')
    expect(String(error)).toMatch(/^Burned: The toast burned\./)
  })

  it('keeps its cause, also a falsy one, and has none where none was given', () => {
    const cause = new Error('heat')
    expect(new Burned({ cause }).cause).toBe(cause)
    expect(Object.hasOwn(new Burned({ cause: undefined }), 'cause')).toBe(true)
    expect(Object.hasOwn(new Burned(), 'cause')).toBe(false)
  })

  it('shows neither name nor brand among its own enumerable facts', () => {
    expect(Object.keys(new Burned())).toEqual(['code'])
  })
})

describe('isAmbitError', () => {
  it('knows its own kind, also from another copy of the package', () => {
    expect(isAmbitError(new Burned())).toBe(true)
    const foreign = Object.defineProperty(new Error('x'), Symbol.for('ambit.error'), { value: true })
    expect(isAmbitError(foreign)).toBe(true)
  })

  it.each([new Error('x'), null, undefined, 'AMBIT_TEST_BURNED', 1, {}, { code: 'AMBIT_TEST_BURNED' }])(
    'does not take %p for one',
    value => {
      expect(isAmbitError(value)).toBe(false)
    },
  )
})
