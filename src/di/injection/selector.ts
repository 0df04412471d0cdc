import { InvalidComponentError } from '../errors'
import { type Qualifier, qualifierList, type Qualifiers, shownQualifiers } from './qualifier'
import { isToken, mayBeTokenSource, readToken, type Token, type TokenSource, tokenName } from '../token'

/** Which of the components that fit a token is meant. */
export interface Choice {
  readonly name?: string
  /** Each of them must fit. */
  readonly qualifiers: readonly Qualifier[]
}

/** A token with a {@link Choice} among the components that fit it; made by {@link named} and {@link qualified}. */
export class Selector<T = unknown> {
  readonly #source: TokenSource<T>
  readonly #choice: Choice

  /** @internal Use {@link named} or {@link qualified}. */
  constructor(source: TokenSource<T>, choice: Choice) {
    this.#source = source
    this.#choice = Object.freeze(choice)
    Object.freeze(this)
  }

  get source(): TokenSource<T> {
    return this.#source
  }

  get choice(): Choice {
    return this.#choice
  }
}

/** What a container can be asked for. */
export type Wanted<T = unknown> = Token<T> | Selector<T>

/**
 * Means the component of this name among those that fit a token.
 *
 * A component's name is what `@Component({ name })`, `@Bean(T, { name })` or `provide(T, { name })` says; without that, the
 * name of its class, or of the `@Bean()` method. Parameter names never count.
 *
 * @example
 * import { bootstrap, Component, named } from 'ambit'
 *
 * @Component({ name: 'smtp' })
 * class SmtpMailer extends Mailer { … }
 *
 * await using app = await bootstrap({ components: [SmtpMailer, SesMailer] })
 * app.get(named(Mailer, 'smtp'))
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when the name is no name, or the token no token
 */
export function named<T>(token: TokenSource<T>, name: string): Selector<T> {
  if (!isName(name)) throw refused('named()', 'a name that is no text', "Write named(Mailer, 'smtp').")
  return new Selector(checked('named()', token), { name, qualifiers: [] })
}

/**
 * Means the component with this qualifier, or with each of these, among those that fit a token.
 *
 * Nothing else is ever taken in its place: without such a component the application does not start.
 *
 * @example
 * import { qualified, Service } from 'ambit'
 *
 * @Service()
 * class Prices {
 *   static inject = [qualified(Cache, 'fast')]
 *   constructor(private readonly cache: Cache) {}
 * }
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when there is no qualifier, or the token is no token
 */
export function qualified<T>(token: TokenSource<T>, qualifier: Qualifiers): Selector<T> {
  const qualifiers = qualifierList(qualifier)
  if (qualifiers === undefined || qualifiers.length === 0) {
    throw refused('qualified()', 'no qualifier', "Write qualified(Cache, 'fast').")
  }
  return new Selector(checked('qualified()', token), { qualifiers })
}

/** Whether a value can name a component. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

/** The token and the choice that a container is asked with; `undefined` where it is asked with neither. */
export function readWanted(wanted: unknown): { readonly token: Token; readonly choice: Choice } | undefined {
  if (isToken(wanted)) return { token: wanted, choice: ANY }
  const token = wanted instanceof Selector ? readToken(wanted.source) : undefined
  return token && { token, choice: (wanted as Selector).choice } // only a selector has a token here
}

/** `Mailer named 'smtp'`, `Cache with the qualifier 'fast'`: what is wanted, for messages. */
export function shownWanted(token: Token, { name, qualifiers }: Choice): string {
  const called = name === undefined ? '' : ` named '${name}'`
  return `${tokenName(token)}${called}${qualifiers.length === 0 ? '' : ` with ${shownQualifiers(qualifiers)}`}`
}

/** Both choices at once; a name of the second one counts. */
export function bothChoices(first: Choice, second: Choice): Choice {
  const name = second.name ?? first.name
  const qualifiers = [...new Set([...first.qualifiers, ...second.qualifiers])]
  return name === undefined ? { qualifiers } : { name, qualifiers }
}

export function isAny({ name, qualifiers }: Choice): boolean {
  return name === undefined && qualifiers.length === 0
}

/** No choice: whatever fits the token. */
export const ANY: Choice = Object.freeze({ qualifiers: [] })

function checked<T>(where: string, token: TokenSource<T>): TokenSource<T> {
  if (mayBeTokenSource(token)) return token
  throw refused(where, 'something that is no token', 'Pass a class, an InjectionToken, or a function that returns one.')
}

function refused(where: string, given: string, next: string): InvalidComponentError {
  return new InvalidComponentError('AMBIT_DI_DECORATOR', { what: `${where} was given ${given}.`, where, next })
}
