/** Calls a method by its name, so that an overriding method counts; does nothing where there is none any more. */
export function callMethod(instance: object, method: string | symbol, ...args: readonly unknown[]): unknown {
  return (instance as Record<string | symbol, (...args: readonly unknown[]) => unknown>)[method]?.(...args)
}
