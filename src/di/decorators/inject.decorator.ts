import { memberName } from '../../core/member-name'
import { all, type CollectionOptions, mapOf, type MapOptions } from '../injection/collection'
import { InvalidComponentError } from '../errors'
import type { InjectionSource } from '../injection/injection'
import { markParameter, type ParameterMark, parameterMarks } from '../injection/parameter-marks'
import { qualifierList, type Qualifiers } from '../injection/qualifier'
import { isName } from '../injection/selector'
import type { TokenSource } from '../token'
import { injectionPoint, refuseUnknownOptions, refuseWithoutParentheses } from './decorator-use'

/** A decorator of a constructor parameter, or of a parameter of a `@Bean()` method. */
export type InjectionDecorator = (target: object, member: string | symbol | undefined, index: number) => void

/** Options of `@Inject()`: which one is meant where several fit. */
export interface InjectOptions {
  /** The one with this qualifier, or with each of these; nothing else is ever taken in its place. */
  readonly qualifier?: Qualifiers
  /** The one of this name, as of `named()`. */
  readonly name?: string
}

/**
 * Says what to inject where the type of a parameter does not: an interface, a primitive, a class under another token, or one
 * of several that fit.
 *
 * Give a function, `@Inject(() => Orders)`, for a class whose file and this one import each other, and `lazy(Orders)` for a
 * handle that looks the component up with each call; `supplier(Basket)` makes a new prototype with each call.
 *
 * @example
 * import { Inject, Service } from 'ambit'
 *
 * @Service()
 * class Invoices {
 *   constructor(
 *     @Inject(CLOCK) private readonly clock: Clock,
 *     @Inject(Cache, { qualifier: 'fast' }) private readonly cache: Cache,
 *   ) {}
 * }
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when it stands elsewhere or twice, or an option is unknown
 */
export function Inject(token: InjectionSource, options: InjectOptions = {}): InjectionDecorator {
  refuseUnknownOptions('@Inject', options, INJECT_OPTIONS)
  const { name, qualifier } = options
  const qualifiers = qualifierList(qualifier)
  if (qualifiers === undefined || (name !== undefined && !isName(name))) throw refusedChoice()
  return injecting('@Inject', { inject: { source: token }, qualifiers, ...(name !== undefined && { name }) })
}

/**
 * Injects all components for a token, its subclasses included, as a frozen array: as {@link all} does in `static inject`.
 *
 * @example
 * import { InjectAll, Service } from 'ambit'
 *
 * @Service()
 * class Checkout {
 *   constructor(@InjectAll(PriceRule) private readonly rules: readonly PriceRule[]) {}
 * }
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when it stands elsewhere or twice, or an option is unknown
 */
export function InjectAll(token: TokenSource, options?: CollectionOptions): InjectionDecorator {
  return injecting('@InjectAll', { inject: { source: all(token, options) } })
}

/**
 * Injects all components for a token as a map by their names, or with `{ by: 'class' }` by their classes.
 *
 * @example
 * import { InjectMap, Service } from 'ambit'
 *
 * @Service()
 * class Payments {
 *   constructor(@InjectMap(PaymentMethod) private readonly methods: ReadonlyMap<string, PaymentMethod>) {}
 * }
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when it stands elsewhere or twice, or an option is unknown
 */
export function InjectMap(token: TokenSource, options?: MapOptions): InjectionDecorator {
  return injecting('@InjectMap', { inject: { source: mapOf(token, options) } })
}

/**
 * Leaves a parameter `undefined` (so that its default value counts) where nothing is registered for it.
 *
 * Write `cache?: Cache`, since compilers emit no class for `cache: Cache | undefined`. It swallows nothing else: an ambiguous or failing dependency still stops the start.
 *
 * @example
 * import { Inject, Optional, Service } from 'ambit'
 *
 * @Service()
 * class Invoices {
 *   constructor(@Optional() @Inject(CLOCK) private readonly clock: Clock = systemClock) {}
 * }
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when it stands elsewhere
 */
export function Optional(...none: readonly []): InjectionDecorator {
  refuseWithoutParentheses('@Optional', none)
  return (target, member, index) => {
    const place = injectionPoint('@Optional', { target, member, index })
    markParameter(place.owner, place.member, index, { optional: true })
  }
}

function injecting(decorator: string, mark: ParameterMark): InjectionDecorator {
  return (target, member, index) => {
    const place = injectionPoint(decorator, { target, member, index })
    if (parameterMarks(place.owner, place.member).get(index)?.inject !== undefined) {
      throw saidTwice(decorator, memberName(target, member), index)
    }
    markParameter(place.owner, place.member, index, mark)
  }
}

function saidTwice(decorator: string, where: string, index: number): InvalidComponentError {
  return new InvalidComponentError('AMBIT_DI_DECORATOR', {
    what: `${decorator} stands on parameter ${index + 1} beside another decorator that says what to inject.`,
    where,
    next: 'Keep one of @Inject(), @InjectAll(), @InjectMap() and their kin.',
  })
}

function refusedChoice(): InvalidComponentError {
  return new InvalidComponentError('AMBIT_DI_DECORATOR', {
    what: '@Inject was given a qualifier that is neither a text nor a symbol, or a name that is no text.',
    next: "Write @Inject(Cache, { qualifier: 'fast' }) or @Inject(Mailer, { name: 'smtp' }).",
  })
}

const INJECT_OPTIONS = ['qualifier', 'name'] as const satisfies readonly (keyof InjectOptions)[]
