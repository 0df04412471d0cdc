import { copyReflectMetadata } from './metadata'

/** Any function that may stand as a method. */
export type Method = (this: unknown, ...args: unknown[]) => unknown

const ORIGINAL = Symbol('ambit.original')

/** Makes `wrapper` stand in for `original`: same name, length, own properties and metadata. */
export function wrapMethod<M extends (...args: never[]) => unknown>(original: M, wrapper: M): M {
  for (const key of Reflect.ownKeys(original)) {
    const descriptor = Object.getOwnPropertyDescriptor(original, key)
    const taken = Object.getOwnPropertyDescriptor(wrapper, key)
    if (descriptor && (taken === undefined || taken.configurable === true))
      Object.defineProperty(wrapper, key, descriptor)
  }
  copyReflectMetadata(original, wrapper)
  Object.defineProperty(wrapper, ORIGINAL, { value: original, configurable: true })
  return wrapper
}

/** The function below all of our wrappers. */
export function unwrapMethod(method: object): object {
  let inner = method
  for (let next = read(inner); next !== undefined; next = read(inner)) inner = next
  return inner
}

function read(method: object): object | undefined {
  return (method as { [ORIGINAL]?: object })[ORIGINAL]
}
