import type { ReturnKind } from '../core/method-kind'
import type { Around, MethodLayers } from '../core/method-layers'
import { isPromiseLike } from '../core/promise-like'
import type { Method } from '../core/wrap-method'
import type { InterceptedCall } from './intercepted-call'
import type { Interception, InterceptorClass } from './interception'
import type { Next } from './method-call'
import type { MethodInterceptor } from './method-interceptor'
import { isInsideTransaction, orderOf } from './order'
import { asynchronousAround, noClassAnswered, noIterator, notAnInterceptor } from './refusals'

/** The interceptors of a method, in their order, with its boundary in its place. */
export class Chain {
  readonly #types: readonly InterceptorClass[]
  /** How many interceptors are around the boundary. */
  readonly #outside: number
  readonly #boundary: Around | undefined
  readonly #method: Method
  readonly #returns: ReturnKind

  private constructor(parts: {
    readonly types: readonly InterceptorClass[]
    readonly boundary: Around | undefined
    readonly method: Method
    readonly returns: ReturnKind
  }) {
    this.#types = parts.types
    this.#outside = parts.types.filter(type => !isInsideTransaction(type)).length
    this.#boundary = parts.boundary
    this.#method = parts.method
    this.#returns = parts.returns
  }

  /**
   * @throws InvalidInterceptionError `AMBIT_INTERCEPTION_DECLARATION` where a source answers no class
   */
  static of(interception: Interception, layers: MethodLayers, returns: ReturnKind): Chain {
    const { boundary, original, method } = layers
    const types = interception.typesFor(returns).map(type => type ?? refuse(noClassAnswered(interception.site.label)))
    const further = hiddenTypes(layers.hidden)
    return new Chain({
      types: sorted(types).filter(type => !further.includes(type)),
      boundary: boundary?.around(original),
      method: boundary?.innermost?.(method) ?? method,
      returns,
    })
  }

  /** Makes one call, from the outermost interceptor on. */
  run(call: InterceptedCall): unknown {
    return this.#from(0, call, true)
  }

  /** The rest of the chain. `entering`: whether the boundary, if that is next, is still to be entered. */
  #from(index: number, call: InterceptedCall, entering: boolean): unknown {
    if (this.#returns !== 'promise') return this.#step(index, call, entering)
    try {
      const result = this.#step(index, call, entering)
      // A method that returned none is not made to look as if it had: its boundary has something to say about that.
      return isPromiseLike(result) || call.state.returned === 'value' ? result : Promise.resolve(result)
    } catch (error) {
      const failure = error as Error
      return Promise.reject(failure)
    }
  }

  #step(index: number, call: InterceptedCall, entering: boolean): unknown {
    if (entering && index === this.#outside && this.#boundary) return this.#bounded(this.#boundary, index, call)
    const type = this.#types[index]
    if (type === undefined) return this.#called(call)
    const { interceptors, site } = call.state
    const found = interceptors.find(type, site.label, this.#returns === 'promise')
    return isPromiseLike(found)
      ? found.then(interceptor => this.#intercepted(interceptor, index, call))
      : this.#intercepted(found, index, call)
  }

  #bounded(boundary: Around, index: number, call: InterceptedCall): unknown {
    const inside = (): unknown => this.#from(index, call, false)
    const { instance } = call
    return boundary({ instance, args: [...call.args], inside, alone: index === this.#types.length })
  }

  #called(call: InterceptedCall): unknown {
    const { state, instance, args } = call
    const result = this.#method.apply(instance, [...args])
    if (isPromiseLike(result)) state.returned = 'promise'
    else state.returned ??= 'value'
    return result
  }

  #intercepted(interceptor: MethodInterceptor, index: number, call: InterceptedCall): unknown {
    if (typeof interceptor.intercept !== 'function') throw notAnInterceptor(call.label, nameOf(interceptor))
    const next: Next = args => this.#from(index + 1, args === undefined ? call : call.with(args), true)
    const result = interceptor.intercept(call, next)
    return this.#checked(result, interceptor, call)
  }

  /** The callers of a method that returns no promise must not be given one. */
  #checked(result: unknown, interceptor: MethodInterceptor, { state }: InterceptedCall): unknown {
    if (this.#returns === 'promise') return result
    if (this.#returns === 'iterator' && isIterator(result)) return result
    const { label } = state.site
    const refusal = (): Error => asynchronousAround(label, nameOf(interceptor), this.#returns)
    if (!isPromiseLike(result)) {
      if (this.#returns === 'iterator') throw noIterator(label, nameOf(interceptor))
      return result
    }
    if (this.#returns === 'unknown' && state.returned !== 'value') {
      return state.returned === 'promise' ? result : result.then(value => keep(value, state.returned, refusal))
    }
    result.then(undefined, () => undefined) // nobody will get it, and the error says more than its failure
    throw refusal()
  }
}

/** By then it is known what the method returned. */
function keep(value: unknown, returned: 'promise' | 'value' | undefined, refusal: () => Error): unknown {
  if (returned === 'value') throw refusal()
  return value
}

/** Interceptors that a decorator of another library keeps apart from these: each counts once. */
function hiddenTypes(hidden: MethodLayers | undefined): readonly unknown[] {
  return hidden === undefined ? [] : [...(hidden.interception?.types ?? []), ...hiddenTypes(hidden.hidden)]
}

/** Stable, so that among equals the order in which they are written counts. */
function sorted(types: readonly InterceptorClass[]): readonly InterceptorClass[] {
  return [...types].sort((left, right) => orderOf(left) - orderOf(right))
}

function isIterator(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'next' in value && typeof value.next === 'function'
}

function refuse(error: Error): never {
  throw error
}

function nameOf({ constructor: { name } }: object): string {
  return name
}
