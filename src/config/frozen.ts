import { isSimpleObject } from './simple-object'

/** A frozen copy of lists and plain objects, to the bottom; everything else is itself. */
export function frozenCopy(value: unknown): unknown {
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy))
  if (!isSimpleObject(value)) return value
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, each]) => [key, frozenCopy(each)])))
}
