import type { Class } from '../core/metadata'
import { type Lazy, LazyInjection } from './lazy'
import type { Dependency } from './registration'
import { type InjectionToken, isConstructor, isToken, type Token, type TokenSource } from './token'

/** One entry of `static inject` or of a factory's `inject`. */
export type Injection<T = unknown> = TokenSource<T> | LazyInjection<T> | OptionalInjection<T>

/** A dependency written out, which may be left `undefined`. */
export interface OptionalInjection<T = unknown> {
  readonly token: TokenSource<T> | LazyInjection<T>
  readonly optional?: boolean
}

/** What a factory receives for one entry of `inject`. */
export type Injected<I> =
  I extends Class<infer T>
    ? T
    : I extends InjectionToken<infer T>
      ? T
      : I extends LazyInjection<infer T>
        ? Lazy<T>
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
  return readDependency(source, { optional: optional === true, site })
}

/** The dependency on what a source stands for, by itself or inside `lazy()`. */
export function readDependency(source: unknown, where: Pick<Dependency, 'optional' | 'site'>): Dependency | undefined {
  const isLazy = source instanceof LazyInjection
  const token = readToken(isLazy ? source.source : source)
  return token === undefined ? undefined : Object.freeze({ token, lazy: isLazy, ...where })
}

function isWritten(entry: unknown): entry is OptionalInjection {
  return typeof entry === 'object' && entry !== null && !isToken(entry) && 'token' in entry
}
