import { MetadataKey, ownMetadata, setMetadata } from './metadata'
import { type Method, wrapMethod } from './wrap-method'

/**
 * What stands around a method: at most one boundary, and interceptors. Whatever the order in which decorators put them there,
 * one function is made of all of them, in which each has its place; a boundary alone is exactly the function it makes itself.
 */
export interface MethodLayers {
  /** The user's own function, and the prototype or class that defines it: compilers left its return type there. */
  readonly original: Method
  readonly owner: object | undefined
  /** What is called innermost: the user's function, or what the framework has made of it. */
  readonly method: Method
  readonly boundary: BoundaryLayer | undefined
  readonly interception: InterceptionLayer | undefined
  /** Layers of ours further in, which a decorator of another library keeps out of this function. */
  readonly hidden: MethodLayers | undefined
}

/** A boundary, as interceptors need it. */
export interface BoundaryLayer {
  /** The method in its boundary, with nothing else around it. */
  wrap(method: Method): Method
  /** What makes calls of the boundary where something else is in it, or around it. */
  around(original: Method): Around
  /** What has to be closest to the method, whatever else is around it. */
  innermost?(method: Method): Method
  /** What calls have with the default data source's transaction: `undefined` where nothing general can be said. */
  readonly transaction?: BoundaryTransaction | undefined
}

/** Whether a boundary may begin a transaction, asks for one that is there, or never has one. */
export type BoundaryTransaction = 'begins' | 'joins' | 'none'

/** Makes one call of what is inside a boundary; `alone`: that is the method itself. */
export type Around = (call: InsideCall) => unknown

/** A call on its way through a boundary. */
export interface InsideCall {
  readonly instance: unknown
  readonly args: unknown[]
  readonly inside: Method
  /** Whether what is inside is the method itself and nothing else. */
  readonly alone: boolean
}

/** Interceptors, as boundaries need them. */
export interface InterceptionLayer {
  /** What they are, as it is written, each once. */
  readonly types: readonly unknown[]
  wrap(layers: MethodLayers): Method
}

/** Where a method stands: on a prototype, or on a class. */
export interface MethodSite {
  readonly owner: object
  readonly member: PropertyKey
}

const layers = new WeakMap<object, MethodLayers>()
const newest = new WeakMap<object, Map<PropertyKey, Method>>()
const selfBounded = new WeakSet()

const INTERCEPTED = new MetadataKey<ReadonlyMap<PropertyKey, InterceptionLayer>>('intercepted members')
const NONE: ReadonlyMap<PropertyKey, InterceptionLayer> = new Map()

/** What stands around a function that {@link layered} has made. */
export function layersOf(method: unknown): MethodLayers | undefined {
  return typeof method === 'function' ? layers.get(method) : undefined
}

/** What we made last of a member that is defined on exactly this prototype or class. */
export function layersAt({ owner, member }: MethodSite): MethodLayers | undefined {
  return layersOf(newest.get(owner)?.get(member))
}

/** The method with one of its layers replaced. The caller sees the same name, length, properties and metadata. */
export function layered(method: Method, change: Partial<MethodLayers>, site?: MethodSite): Method {
  const known = layers.get(method) ?? freshLayers(method, site)
  const next = Object.freeze({ ...known, ...change })
  const made = wrapMethod(method, composed(next))
  layers.set(made, next)
  if (site) membersOf(site.owner).set(site.member, made)
  return made
}

/** Records the interceptors of a member, for start-up, and for what will take the place of its body. */
export function declareInterception({ owner, member }: MethodSite, interception: InterceptionLayer): void {
  setMetadata(owner, INTERCEPTED, new Map([...declaredInterceptions(owner), [member, interception]]))
}

/** What was declared on the members of exactly this prototype or class. */
export function declaredInterceptions(owner: object): ReadonlyMap<PropertyKey, InterceptionLayer> {
  return ownMetadata(owner, INTERCEPTED) ?? NONE
}

/** A function that takes the place of a member's body, with the interceptors that were declared on the member. */
export function standIn(method: Method, site: MethodSite): Method {
  newest.get(site.owner)?.delete(site.member) // what we made of the body before is gone with it
  const interception = declaredInterceptions(site.owner).get(site.member)
  return interception ? layered(method, { interception }, site) : method
}

/** Notes that a function enters a boundary of its own with each call, so that nothing can be put inside that one. */
export function markSelfBounded<M extends Method>(method: M): M {
  selfBounded.add(method)
  return method
}

export function isSelfBounded(method: unknown): boolean {
  return typeof method === 'function' && selfBounded.has(layersOf(method)?.original ?? method)
}

function freshLayers(method: Method, site: MethodSite | undefined): MethodLayers {
  const owner = site && definingLevel(site)
  // A class that defines the member anew has nothing to do with what its base has.
  const hidden = owner && layersAt({ owner, member: site.member })
  return { original: method, owner, method, boundary: undefined, interception: undefined, hidden }
}

function composed(next: MethodLayers): Method {
  return next.interception?.wrap(next) ?? next.boundary?.wrap(next.method) ?? next.method
}

function definingLevel({ owner, member }: MethodSite): object {
  for (let level: object | null = owner; level !== null; level = Object.getPrototypeOf(level) as object | null) {
    if (Object.hasOwn(level, member)) return level
  }
  return owner
}

function membersOf(owner: object): Map<PropertyKey, Method> {
  const known = newest.get(owner)
  if (known !== undefined) return known
  const made = new Map<PropertyKey, Method>()
  newest.set(owner, made)
  return made
}
