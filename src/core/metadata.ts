import 'reflect-metadata'

/** A class as a value, whatever its constructor takes. */
export type Class<T = unknown> = abstract new (...args: never[]) => T

/** A kind of metadata that decorators record on classes. */
export class MetadataKey<T> {
  declare readonly '~value'?: T
  constructor(readonly name: string) {}
}

const records = new WeakMap<object, Map<MetadataKey<unknown>, unknown>>()

/** Records `value` on the class itself; its subclasses and its base keep theirs. */
export function setMetadata<T>(target: object, key: MetadataKey<T>, value: T): void {
  let record = records.get(target)
  if (!record) records.set(target, (record = new Map<MetadataKey<unknown>, unknown>()))
  record.set(key, value)
}

/** What was recorded on exactly this class. */
export function ownMetadata<T>(target: object, key: MetadataKey<T>): T | undefined {
  return records.get(target)?.get(key) as T | undefined
}

/** What was recorded on this class or, failing that, on its nearest base. */
export function inheritedMetadata<T>(target: object, key: MetadataKey<T>): T | undefined {
  // Above the uppermost class there are only the prototypes of all functions and objects.
  for (
    let level: object | null = target;
    level !== null && level !== Function.prototype;
    level = Object.getPrototypeOf(level) as object | null
  ) {
    const record = records.get(level)
    if (record?.has(key)) return record.get(key) as T
  }
  return undefined
}

/**
 * The parameter classes that the compiler emitted for a constructor or method, or `undefined` where it emitted none
 * (esbuild, tsx, or a class without a decorator). Read from the class itself, never from its base.
 */
export function emittedParameterTypes(target: object, member?: string | symbol): readonly unknown[] | undefined {
  const types: unknown =
    member === undefined
      ? Reflect.getOwnMetadata('design:paramtypes', target)
      : Reflect.getOwnMetadata('design:paramtypes', target, member)
  return Array.isArray(types) ? types : undefined
}

/** The return class that the compiler emitted for a method (`Promise` for an async one). */
export function emittedReturnType(prototype: object, member: string | symbol): unknown {
  return Reflect.getOwnMetadata('design:returntype', prototype, member)
}

/** The class that the compiler emitted for a property, or `undefined` where it emitted none. */
export function emittedPropertyType(prototype: object, property: string | symbol): unknown {
  return Reflect.getOwnMetadata('design:type', prototype, property)
}

/** Copies what other decorators recorded through `reflect-metadata` from one function to another. */
export function copyReflectMetadata(from: object, to: object): void {
  for (const key of Reflect.getOwnMetadataKeys(from) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, from), to)
  }
}

/**
 * What decorators of any library recorded through `reflect-metadata` about a method: on its member, on its function, or on
 * its class, in this order.
 */
export function reflectedMetadata(key: unknown, owner: object, member: string | symbol, method: object): unknown {
  const target = typeof owner === 'function' ? owner : owner.constructor
  const found: unknown = Reflect.getMetadata(key, owner, member) ?? Reflect.getMetadata(key, method)
  return found ?? (Reflect.getMetadata(key, target) as unknown)
}
