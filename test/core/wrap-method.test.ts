import { isPromiseLike } from '../../src/core/promise-like'
import { type Method, unwrapMethod, wrapMethod } from '../../src/core/wrap-method'

function original(this: unknown, first: unknown, second: unknown): unknown {
  return [this, first, second]
}
const around = (method: Method): Method =>
  wrapMethod(method, function (this: unknown, ...args: unknown[]) {
    return method.apply(this, args)
  })

describe('wrapMethod', () => {
  it('keeps name and length', () => {
    const wrapper = around(original)
    expect([wrapper.name, wrapper.length]).toEqual(['original', 2])
    expect(wrapper.call('self', 1, 2)).toEqual(['self', 1, 2])
  })

  it('keeps own properties with their attributes, and reflected metadata', () => {
    const method: Method = function () {
      return undefined
    }
    const symbol = Symbol('s')
    Object.defineProperty(method, 'hidden', { value: 1, enumerable: false })
    Object.assign(method, { [symbol]: 2 })
    Reflect.defineMetadata('m', 3, method)
    const wrapper = around(method)
    expect(Object.getOwnPropertyDescriptor(wrapper, 'hidden')).toMatchObject({ value: 1, enumerable: false })
    expect(Object.getOwnPropertyDescriptor(wrapper, symbol)?.value).toBe(2)
    expect(Reflect.getMetadata('m', wrapper)).toBe(3)
  })

  it('keeps the wrapper’s own prototype property, which cannot be redefined', () => {
    expect(() => around(class {} as unknown as Method)).not.toThrow()
  })
})

describe('unwrapMethod', () => {
  it('finds the function below all wrappers, in whatever order they were put on', () => {
    const method = original
    expect(unwrapMethod(around(around(around(method))))).toBe(method)
    expect(unwrapMethod(method)).toBe(method)
  })

  it('does not look through a wrapper of somebody else', () => {
    const foreign: Method = () => original
    expect(unwrapMethod(foreign)).toBe(foreign)
  })
})

describe('isPromiseLike', () => {
  it.each([Promise.resolve(), { then: () => undefined }, Object.create({ then: () => undefined })])(
    'takes %p',
    value => {
      expect(isPromiseLike(value)).toBe(true)
    },
  )

  it.each([undefined, null, 1, 'then', {}, { then: 1 }, () => undefined])('does not take %p', value => {
    expect(isPromiseLike(value)).toBe(false)
  })
})
