/** Components by the classes that they were asked for by. */
export type Parts = ReadonlyMap<unknown, unknown>

const partsByInstance = new WeakMap<object, Parts>()

/** Remembers what an object was given beside the arguments of its constructor. */
export function keepParts(instance: object, parts: Parts): void {
  partsByInstance.set(instance, parts)
}

/** What the container has given an object beside the arguments of its constructor. */
export function partsOf(instance: object): Parts {
  return partsByInstance.get(instance) ?? NONE
}

const NONE: Parts = new Map()
