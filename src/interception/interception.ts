import type { ReturnKind } from '../core/method-kind'
import { declaredInterceptions, type InterceptionLayer, layersOf, type MethodLayers } from '../core/method-layers'
import type { Class } from '../core/metadata'
import type { Method } from '../core/wrap-method'
import { interceptedMethod } from './intercepted-method'
import { interceptsAsync } from './intercepts-async'
import type { MethodInterceptor } from './method-interceptor'
import { readSource } from './read-source'

/** A class of interceptors. */
export type InterceptorClass = Class<MethodInterceptor>

/** A class of interceptors, or a function that answers it, for one whose file is not loaded yet. */
export type InterceptorSource = InterceptorClass | (() => InterceptorClass)

/** The method that interceptors stand around. */
export interface InterceptedMember {
  /** The class that was decorated. */
  readonly target: Class
  /** Its prototype, or the class itself for a static method. */
  readonly owner: object
  readonly member: string | symbol
  readonly label: string
}

/** An interceptor as it is written. */
export interface WrittenInterceptor {
  readonly source: InterceptorSource
  /** Whether it is written on the class, for whatever methods it suits. */
  readonly ofClass: boolean
}

/** The interceptors of one method. */
export class Interception implements InterceptionLayer {
  constructor(
    readonly site: InterceptedMember,
    /** The outermost first. */
    readonly written: readonly WrittenInterceptor[],
  ) {}

  wrap(layers: MethodLayers): Method {
    return interceptedMethod(this, layers)
  }

  /** These, around those that are there already. */
  around(inner: Interception | undefined): Interception {
    return inner === undefined ? this : new Interception(this.site, [...this.written, ...inner.written])
  }

  get types(): readonly (InterceptorClass | undefined)[] {
    return distinct(this.written)
  }

  /**
   * What stands around a method that returns that; `undefined` where a source answers no class. An asynchronous interceptor
   * of the class leaves those methods alone whose callers may not wait.
   */
  typesFor(returns: ReturnKind): readonly (InterceptorClass | undefined)[] {
    if (returns === 'promise') return this.types
    return distinct(this.written.filter(({ source, ofClass }) => !(ofClass && interceptsAsync(readSource(source)))))
  }
}

function distinct(written: readonly WrittenInterceptor[]): readonly (InterceptorClass | undefined)[] {
  return [...new Set(written.map(({ source }) => readSource(source)))]
}

/** The interceptors that stand around a method. */
export function interceptionOf(method: unknown): Interception | undefined {
  return ours(layersOf(method)?.interception)
}

/** The interceptors that were declared on a member of exactly this prototype or class. */
export function declaredInterception(owner: object, member: PropertyKey): Interception | undefined {
  return ours(declaredInterceptions(owner).get(member))
}

function ours(interception: InterceptionLayer | undefined): Interception | undefined {
  return interception instanceof Interception ? interception : undefined
}
