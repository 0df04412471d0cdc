/** Whether a value is written with braces (or has no prototype at all), and is no instance of a class. */
export function isSimpleObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // The prototype of another realm (a test runner's, a worker's) is told by having none above it.
  return prototype === null || prototype === Object.prototype || isRootPrototype(prototype)
}

function isRootPrototype(prototype: unknown): boolean {
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf')
}
