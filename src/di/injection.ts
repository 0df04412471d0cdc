import type { Class } from '../core/metadata'
import type { Dependency } from './registration'
import { type InjectionToken, isConstructor, isToken, type Token } from './token'

/** A token, or a function that returns it, for a token whose file is not loaded yet. */
export type TokenSource<T = unknown> = Token<T> | (() => Token<T>)

/** One entry of `static inject` or of a factory's `inject`. */
export type Injection<T = unknown> = TokenSource<T> | OptionalInjection<T>

/** A dependency written out, which may be left `undefined`. */
export interface OptionalInjection<T = unknown> {
  readonly token: TokenSource<T>
  readonly optional?: boolean
}

/** What a factory receives for one entry of `inject`. */
export type Injected<I> =
  I extends Class<infer T>
    ? T
    : I extends InjectionToken<infer T>
      ? T
      : I extends () => infer Later
        ? Injected<Later>
        : I extends { readonly token: infer Written; readonly optional: true }
          ? Injected<Written> | undefined
          : I extends { readonly token: infer Written }
            ? Injected<Written>
            : never

/** What a factory receives for its `inject` list. */
export type InjectedList<L extends readonly Injection[]> = { [I in keyof L]: Injected<L[I]> }

/** The token that a source stands for, `undefined` where it stands for none (a circular import). */
export function readToken(source: unknown): Token | undefined {
  if (isToken(source)) return source
  if (typeof source !== 'function') return undefined
  const later: unknown = (source as () => unknown)()
  return isToken(later) ? later : undefined
}

/** Whether a value has the shape of an injection, before it is known whether its token exists. */
export function isTokenSource(value: unknown): value is TokenSource {
  return isToken(value) || (typeof value === 'function' && !isConstructor(value) && value.length === 0)
}

/** The dependency that an entry of an `inject` list means. */
export function readInjection(entry: unknown, site: string): Dependency | undefined {
  const { token: source, optional } = isWritten(entry) ? entry : { token: entry, optional: false }
  const token = readToken(source)
  return token === undefined ? undefined : { token, optional: optional === true, site }
}

function isWritten(entry: unknown): entry is OptionalInjection {
  return typeof entry === 'object' && entry !== null && !isToken(entry) && 'token' in entry
}
