/** Why the type that a compiler emitted cannot be injected. */
export type Refusal = 'undefined' | 'erased' | 'primitive' | 'collection' | 'generic'

/** Why an emitted type cannot be injected, `undefined` where it can. */
export function refusalOf(type: unknown): Refusal | undefined {
  if (typeof type !== 'function') return type === undefined ? 'undefined' : 'erased'
  return REFUSED.get(type)
}

/** Compilers emit these for everything that has no class of its own at run time. */
const REFUSED: ReadonlyMap<unknown, Refusal> = new Map<unknown, Refusal>([
  [Object, 'erased'],
  [Function, 'erased'],
  [String, 'primitive'],
  [Number, 'primitive'],
  [Boolean, 'primitive'],
  [Symbol, 'primitive'],
  [BigInt, 'primitive'],
  [Array, 'collection'],
  [Promise, 'generic'],
])
