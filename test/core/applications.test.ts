import {
  ambientApplication,
  ApplicationContext,
  ApplicationSlot,
  CORE_ERRORS,
  NoApplicationError,
  ownInstance,
  registerApplication,
  resolveApplication,
  runInApplication,
} from '../../src/core/applications'

const started: ApplicationContext[] = []
function start(name: string): ApplicationContext {
  const context = new ApplicationContext(name)
  registerApplication(context)
  started.push(context)
  return context
}
afterEach(() => {
  for (const context of started.splice(0)) context.close()
})

describe('slots of an application', () => {
  it('keep one value each, by the slot itself', () => {
    const [one, two] = [new ApplicationSlot<number>('n'), new ApplicationSlot<number>('n')]
    const context = new ApplicationContext('app')
    context.set(one, 1)
    expect([context.get(one), context.get(two)]).toEqual([1, undefined])
    context.set(one, 2)
    expect(context.get(one)).toBe(2)
  })
})

describe('the application of a call', () => {
  it('is none before one runs and after it was closed', () => {
    expect(() => resolveApplication()).toThrow(NoApplicationError)
    expect(() => resolveApplication()).toThrow(
      [
        'No application is running, so there is no data source for this call. [AMBIT_APP_NONE]',
        '  next:  Await bootstrap({ … }) before the call, and close the application after it.',
      ].join('\n'),
    )
    start('one').close()
    expect(() => resolveApplication()).toThrow(expect.objectContaining({ code: 'AMBIT_APP_NONE' }))
  })

  it('is the only one that runs', () => {
    const one = start('one')
    expect(resolveApplication({})).toBe(one)
  })

  it('is unclear when several run: the message names them', () => {
    start('one')
    start('two')
    expect(() => resolveApplication()).toThrow(
      [
        "2 applications are running ('one', 'two') and the object was built by none of them. [AMBIT_APP_AMBIGUOUS]",
        '  next:  Run the call inside app.run(() => …), or let the container build the object.',
      ].join('\n'),
    )
  })

  it('is the ambient one before the only running one, and the owner before both', () => {
    const [one, two] = [start('one'), start('two')]
    const instance = {}
    ownInstance(instance, one)
    runInApplication(two, () => {
      expect(ambientApplication()).toBe(two)
      expect(resolveApplication({})).toBe(two)
      expect(resolveApplication(instance)).toBe(one)
    })
    expect(ambientApplication()).toBeUndefined()
  })

  it('is never a closed one, nor silently another one instead', () => {
    const one = start('one')
    start('two')
    const instance = {}
    ownInstance(instance, one)
    one.close()
    expect(one.open).toBe(false)
    const message = "The application 'one' that this call belongs to has been closed. [AMBIT_APP_CLOSED]"
    expect(() => resolveApplication(instance)).toThrow(message)
    expect(() => runInApplication(one, () => resolveApplication())).toThrow(message)
  })

  it.each([undefined, null, 1, 'a string', () => undefined])('takes %p for an object that nobody owns', value => {
    const one = start('one')
    expect(resolveApplication(value)).toBe(one)
  })
})

it('every code of the catalogue names its class and says when it appears', () => {
  for (const [code, { thrownAs, meaning }] of Object.entries(CORE_ERRORS)) {
    expect(code).toMatch(/^AMBIT_APP_[A-Z_]+$/)
    expect(['NoApplicationError', 'SecondCopyError']).toContain(thrownAs)
    expect(meaning).toMatch(/\.$/)
  }
})
