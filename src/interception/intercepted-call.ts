import { type Class, reflectedMetadata } from '../core/metadata'
import type { Method } from '../core/wrap-method'
import type { InterceptedMember } from './interception'
import type { Interceptors } from './interceptors'
import type { MethodCall } from './method-call'
import { noArguments } from './refusals'

/** What all interceptors of one call have in common. */
export interface CallState {
  readonly site: InterceptedMember
  readonly original: Method
  readonly instance: object
  readonly interceptors: Interceptors
  /** Made for the first who asks. */
  locals: Map<unknown, unknown> | undefined
  /** What the method itself has returned so far; of several calls a promise counts. */
  returned: 'promise' | 'value' | undefined
}

/** One call, with the arguments that one interceptor sees. */
export class InterceptedCall implements MethodCall {
  readonly #state: CallState

  constructor(
    state: CallState,
    readonly args: readonly unknown[],
  ) {
    this.#state = state
    Object.freeze(args)
  }

  get instance(): object {
    return this.#state.instance
  }

  get target(): Class {
    return this.#state.site.target
  }

  get method(): string | symbol {
    return this.#state.site.member
  }

  get label(): string {
    return this.#state.site.label
  }

  get locals(): Map<unknown, unknown> {
    this.#state.locals ??= new Map()
    return this.#state.locals
  }

  metadata(key: unknown): unknown {
    const { site, original } = this.#state
    const outermost: unknown = Object.getOwnPropertyDescriptor(site.owner, site.member)?.value
    return reflectedMetadata(key, site.owner, site.member, typeof outermost === 'function' ? outermost : original)
  }

  /** @internal */
  get state(): CallState {
    return this.#state
  }

  /** The same call with other arguments. @internal */
  with(args: readonly unknown[]): InterceptedCall {
    const given: unknown = args // whatever an untyped caller passes
    if (!Array.isArray(given)) throw noArguments(this.label)
    return new InterceptedCall(this.#state, [...args])
  }
}
