/** A method as a class has it: its own, or inherited. */
export interface MethodDefinition {
  /** The prototype that defines it: decorators of other libraries left their metadata there. */
  readonly owner: object
  readonly descriptor: PropertyDescriptor
}

/**
 * The nearest definition of each public method, from the class up to (not including) Object. Members starting with `_`,
 * accessors and symbols are none.
 */
export function publicMethods(prototype: object): ReadonlyMap<string, MethodDefinition> {
  const found = new Map<string, MethodDefinition>()
  for (let level: object | null = prototype; level !== null && level !== Object.prototype;) {
    for (const [member, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (member === 'constructor' || member.startsWith('_') || found.has(member)) continue
      found.set(member, { owner: level, descriptor })
    }
    level = Object.getPrototypeOf(level) as object | null
  }
  for (const [member, { descriptor }] of found) if (typeof descriptor.value !== 'function') found.delete(member)
  return found
}
