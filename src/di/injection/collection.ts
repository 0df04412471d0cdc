import type { Class } from '../../core/metadata'
import { InvalidComponentError } from '../errors'
import { qualifierList, type Qualifiers } from './qualifier'
import type { Choice } from './selector'
import { mayBeTokenSource, type TokenSource } from '../token'

/** What all components for a token are handed over as. */
export type CollectionShape = 'list' | 'by-name' | 'by-class'

/** A dependency on all components that fit a token. */
export interface CollectionRequest {
  readonly shape: CollectionShape
  /** With fewer than these the container does not start. */
  readonly atLeast: number
}

/** Options of `@InjectAll()` and {@link all}. */
export interface CollectionOptions {
  /** Takes only components with this qualifier, or with each of these. */
  readonly qualifier?: Qualifiers
  /** How many there must be; fewer stop the start. Default 0: an empty collection is fine. */
  readonly atLeast?: number
}

/** Options of `@InjectMap()` and {@link mapOf}. */
export interface MapOptions extends CollectionOptions {
  /** What the keys are: the components' names (the default), or their classes. */
  readonly by?: 'name' | 'class'
}

/** A dependency on all components for a token, made by {@link all} or {@link mapOf}; `C` is what is handed over. */
export class CollectionInjection<C = unknown> {
  /** Carries `C` for the compiler; never there at run time. */
  declare readonly '~collection'?: C

  /** @internal Use {@link all} or {@link mapOf}. */
  constructor(
    readonly source: TokenSource,
    readonly choice: Choice,
    readonly request: CollectionRequest,
  ) {
    Object.freeze(this)
  }
}

/**
 * Asks for all components for a token, its subclasses included, as a frozen array: in `static inject`, in the `inject` of a
 * factory, and inside `lazy()`. `@InjectAll(T)` is the same on a parameter.
 *
 * Those with an order come first, lower ones first; all others follow in the order of registration. A component is never an
 * element of its own list, so that a composite can ask for what it is made of.
 *
 * @example
 * import { all, Service } from 'ambit'
 *
 * @Service()
 * class Checkout {
 *   static inject = [all(PriceRule)]
 *   constructor(private readonly rules: readonly PriceRule[]) {}
 * }
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when an option is unknown or no option
 */
export function all<T>(token: TokenSource<T>, options?: CollectionOptions): CollectionInjection<readonly T[]> {
  return collection('all()', token, { shape: 'list', options, known: LIST_OPTIONS })
}

/**
 * Asks for all components for a token as a map by their names, or by their classes: as {@link all} does for a list.
 *
 * @example
 * import { mapOf, Service } from 'ambit'
 *
 * @Service()
 * class Payments {
 *   static inject = [mapOf(PaymentMethod)]
 *   constructor(private readonly methods: ReadonlyMap<string, PaymentMethod>) {}
 * }
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when an option is unknown or no option
 */
export function mapOf<T>(
  token: TokenSource<T>,
  options: MapOptions & { readonly by: 'class' },
): CollectionInjection<ReadonlyMap<Class<T>, T>>
export function mapOf<T>(token: TokenSource<T>, options?: MapOptions): CollectionInjection<ReadonlyMap<string, T>>
export function mapOf(token: TokenSource, options?: MapOptions): CollectionInjection {
  const by: unknown = options?.by ?? 'name'
  if (by !== 'name' && by !== 'class') throw refused('mapOf()', "keys that are neither 'name' nor 'class'")
  return collection('mapOf()', token, { shape: `by-${by}`, options, known: MAP_OPTIONS })
}

interface Asked {
  readonly shape: CollectionShape
  readonly options: CollectionOptions | undefined
  readonly known: readonly string[]
}

function collection<C>(where: string, source: TokenSource, { shape, options, known }: Asked): CollectionInjection<C> {
  if (!mayBeTokenSource(source)) throw refused(where, 'something that is no token')
  const stray = Object.keys(options ?? {}).find(key => !known.includes(key))
  if (stray !== undefined) throw refused(where, `the option '${stray}', which it does not have`)
  const { atLeast = 0, qualifier } = options ?? {}
  const qualifiers = qualifierList(qualifier)
  if (qualifiers === undefined) throw refused(where, 'a qualifier that is neither a text nor a symbol')
  if (!Number.isInteger(atLeast) || atLeast < 0) throw refused(where, 'an atLeast that is no whole number')
  return new CollectionInjection<C>(source, { qualifiers }, { shape, atLeast })
}

function refused(where: string, given: string): InvalidComponentError {
  return new InvalidComponentError('AMBIT_DI_DECORATOR', {
    what: `${where} was given ${given}.`,
    where,
    next: "Write all(Token, { qualifier: 'a', atLeast: 1 }) or mapOf(Token, { by: 'class' }).",
  })
}

const LIST_OPTIONS = ['qualifier', 'atLeast'] as const satisfies readonly (keyof CollectionOptions)[]
const MAP_OPTIONS = [...LIST_OPTIONS, 'by'] as const satisfies readonly (keyof MapOptions)[]
