import { InvalidProviderError } from './errors'
import type { Injection, InjectedList } from './injection/injection'
import { isScopeName, type Scope } from './scope'
import { Selector, type Wanted } from './injection/selector'
import { refuseStanding, STANDING_FORM, STANDING_OPTIONS, type StandingOptions } from './injection/standing'
import { isConstructor, isToken, type Token, tokenName } from './token'

/** What a provider may say when the container makes the object. */
interface CreatedOptions<T> extends StandingOptions {
  /** How long an instance lives, as for `@Component()`. */
  readonly scope?: Scope
  /** Whether a singleton is made when it is first needed, not at the start. Default false. */
  readonly lazy?: boolean
  /** Disposes of the instance, in place of its `Symbol.asyncDispose` or `Symbol.dispose`. */
  readonly close?: (instance: T) => unknown
}

/** An object that the caller made and keeps: the container neither initialises nor disposes of it. */
export interface ValueProvider<T> extends StandingOptions {
  readonly useValue: T
}

/** A function, sync or async, that makes the object of the dependencies in `inject`. */
export interface FactoryProvider<T, L extends readonly Injection[] = readonly Injection[]> extends CreatedOptions<T> {
  readonly inject?: L
  readonly useFactory: (...dependencies: InjectedList<L>) => T | Promise<T>
}

/** A class to instantiate; it needs no `@Component()`, but its constructor is read in the same way. */
export interface ClassProvider<T> extends CreatedOptions<T> {
  readonly useClass: new (...args: never[]) => T
}

/** A second name for what is registered under another token. */
export interface AliasProvider<T> extends StandingOptions {
  readonly useExisting: Wanted<T>
}

/** How something that is no decorated class comes to be. */
export type ProviderSpec<T = unknown, L extends readonly Injection[] = readonly Injection[]> =
  ValueProvider<T> | FactoryProvider<T, L> | ClassProvider<T> | AliasProvider<T>

/** The four kinds of provider, by the property that each is told by. */
export const PROVIDER_KINDS = ['useValue', 'useFactory', 'useClass', 'useExisting'] as const
export type ProviderKind = (typeof PROVIDER_KINDS)[number]

/** A provider with the token that it is registered under, made by {@link provide}. */
export class Provider<T = unknown> {
  readonly #kind: ProviderKind

  /** @internal Use {@link provide}. */
  constructor(
    readonly token: Token<T>,
    readonly spec: UncheckedSpec,
    kind: ProviderKind,
  ) {
    this.#kind = kind
    Object.freeze(this)
  }

  get kind(): ProviderKind {
    return this.#kind
  }
}

/** A spec after its kind has been told apart; every property is checked where the kind needs it. */
export type UncheckedSpec = Readonly<Record<string, unknown>>

/**
 * Registers something that is no decorated class: a value, what a factory makes, a class under another token, an alias.
 *
 * @example
 * import { Profile, provide } from 'ambit'
 *
 * const providers = [
 *   provide(CLOCK, { useValue: systemClock }),
 *   provide(Mailer, { useClass: SmtpMailer }),
 *   provide(Sender, { useExisting: Mailer }),
 *   provide(Mailer, { useClass: SesMailer, name: 'ses', qualifiers: ['bulk'], when: Profile('prod') }),
 *   provide(POOL, { inject: [Settings], useFactory: settings => openPool(settings), close: pool => pool.end() }),
 * ]
 *
 * @throws InvalidProviderError `AMBIT_DI_PROVIDER` when the token is no token or the provider is not exactly one of the four
 */
export function provide<T, const L extends readonly Injection[] = readonly []>(
  token: Token<T>,
  spec: ProviderSpec<NoInfer<T>, L>,
): Provider<T> {
  if (!isToken(token)) throw notAToken()
  const refusal = refuseSpec(spec)
  if (refusal !== undefined) throw invalidProvider(token, refusal, formFor(spec, refusal))
  return new Provider(token, Object.freeze({ ...spec }), kindsOf(spec)[0] ?? 'useValue')
}

/** Whether a value looks like a provider's description (and not like an instance that stands for itself). */
export function isSpec(value: unknown): value is ProviderSpec {
  return kindsOf(value).length > 0
}

/** Why a provider's description cannot work, in words; `undefined` where it can. */
export function refuseSpec(spec: unknown): string | undefined {
  const [kind, ...others] = kindsOf(spec)
  if (kind === undefined) return `has none of ${PROVIDER_KINDS.join(', ')}`
  if (others.length > 0) return `has ${[kind, ...others].join(' and ')}, but exactly one of them counts`
  const checked = spec as UncheckedSpec // kindsOf found a key, so it is an object
  const unknown = Object.keys(checked).filter(key => key !== kind && !KNOWN_OPTIONS[kind].includes(key))
  if (unknown.length > 0) return `has no option ${unknown.join(', ')} beside ${kind}`
  return refuseOptions(checked) ?? REFUSE_SUBJECT[kind](checked[kind])
}

function refuseOptions(options: UncheckedSpec): string | undefined {
  const { scope, inject } = options
  if (scope !== undefined && !isScopeName(scope)) return 'asks for a scope that is no name'
  if (inject !== undefined && !Array.isArray(inject)) return 'has an inject that is no array'
  return refuseStanding(options)
}

function formFor(spec: unknown, refusal: string): string {
  return isSpec(spec) && refuseStanding(spec) === refusal ? STANDING_FORM : KINDS_FORM
}

function kindsOf(spec: unknown): ProviderKind[] {
  if (typeof spec !== 'object' || spec === null) return []
  return PROVIDER_KINDS.filter(kind => Object.hasOwn(spec, kind))
}

function notAToken(): InvalidProviderError {
  return new InvalidProviderError('AMBIT_DI_PROVIDER', {
    what: 'provide() was called with something that is no token (undefined usually means a circular import).',
    next: 'Pass a class or an InjectionToken as the first argument.',
  })
}

function invalidProvider(token: Token, refusal: string, next: string): InvalidProviderError {
  return new InvalidProviderError('AMBIT_DI_PROVIDER', {
    what: `The provider of ${tokenName(token)} ${refusal}.`,
    where: `provide(${tokenName(token)}, …)`,
    next,
  })
}

const KINDS_FORM = 'Write one of { useValue }, { useFactory, inject }, { useClass } or { useExisting }.'

const KNOWN_OPTIONS = {
  useValue: STANDING_OPTIONS,
  useFactory: ['inject', 'scope', 'lazy', 'close', ...STANDING_OPTIONS],
  useClass: ['scope', 'lazy', 'close', ...STANDING_OPTIONS],
  useExisting: STANDING_OPTIONS,
} as const satisfies Record<ProviderKind, readonly string[]> as Record<ProviderKind, readonly string[]>

const REFUSE_SUBJECT = {
  useValue: value => (value === undefined ? 'has the value undefined' : undefined),
  useFactory: value => (typeof value === 'function' ? undefined : 'has a useFactory that is no function'),
  useClass: value => (isConstructor(value) ? undefined : 'has a useClass that is no class'),
  useExisting: value =>
    isToken(value) || value instanceof Selector ? undefined : 'has a useExisting that is no token',
} as const satisfies Record<ProviderKind, (value: unknown) => string | undefined>
