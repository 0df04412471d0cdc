import type { Class } from '../../core/metadata'
import { CollectionInjection } from './collection'
import { type Lazy, LazyInjection, type LazySource, type Supplier, SupplierInjection } from './lazy'
import { qualifierList, type Qualifiers } from './qualifier'
import type { Dependency } from '../registration'
import { ANY, bothChoices, type Choice, isAny, isName, Selector } from './selector'
import { type InjectionToken, isToken, readToken } from '../token'

/** What `@Inject()` takes, and one entry of `static inject` in its short form. */
export type InjectionSource<T = unknown> = LazySource<T> | HandleInjection<T>

/** A dependency that is injected as a handle. */
export type HandleInjection<T = unknown> = LazyInjection<T> | SupplierInjection<T>

/** One entry of `static inject` or of a factory's `inject`. */
export type Injection<T = unknown> = InjectionSource<T> | OptionalInjection<T>

/** A dependency written out: it may be left `undefined`, or choose among several. */
export interface OptionalInjection<T = unknown> {
  readonly token: InjectionSource<T>
  readonly optional?: boolean
  /** As of `qualified()`. */
  readonly qualifier?: Qualifiers
  /** As of `named()`. */
  readonly name?: string
}

/** What a factory receives for one entry of `inject`. */
export type Injected<I> =
  I extends Class<infer T>
    ? T
    : I extends InjectionToken<infer T>
      ? T
      : I extends Selector<infer T>
        ? T
        : I extends CollectionInjection<infer C>
          ? C
          : I extends SupplierInjection<infer T>
            ? Supplier<T>
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

/** Why an entry of an `inject` list is none. */
export type EntryRefusal = 'no token' | 'options'

/** The dependency that an entry of an `inject` list means, or why it means none. */
export function readInjection(entry: unknown, site: string): Dependency | EntryRefusal {
  if (!isWritten(entry)) return readDependency(entry, { optional: false, site }) ?? 'no token'
  const { token, optional = false } = entry
  const choice = writtenChoice(entry)
  if (choice === undefined || typeof optional !== 'boolean') return 'options'
  return readDependency(token, { optional, site, choice }) ?? 'no token'
}

function writtenChoice(entry: OptionalInjection): Choice | undefined {
  const { name, qualifier } = entry
  const qualifiers = qualifierList(qualifier)
  const stray = Object.keys(entry).some(key => !WRITTEN.includes(key))
  if (stray || qualifiers === undefined) return undefined
  if (name === undefined) return { qualifiers }
  return isName(name) ? { name, qualifiers } : undefined
}

/** Where a dependency is written, and what is said beside its token. */
export interface InjectionPoint {
  readonly optional: boolean
  readonly site: string
  readonly choice?: Choice
}

/** The dependency on what a source stands for, by itself or inside `lazy()`, `supplier()`, `all()` or `named()`. */
export function readDependency(source: unknown, point: InjectionPoint): Dependency | undefined {
  const { optional, site, choice = ANY } = point
  // What most of them are.
  if (isToken(source) && isAny(choice)) return Object.freeze({ token: source, lazy: false, optional, site })
  return readWrapped(source, { optional, site, choice })
}

function readWrapped(source: unknown, { optional, site, choice }: Required<InjectionPoint>): Dependency | undefined {
  const isHandle = isHandleInjection(source)
  const inner: unknown = isHandle ? source.source : source
  const chosen = inner instanceof Selector || inner instanceof CollectionInjection ? inner : undefined
  const token = readToken(chosen === undefined ? inner : chosen.source)
  if (token === undefined) return undefined
  const both = chosen === undefined ? choice : bothChoices(chosen.choice, choice)
  return Object.freeze({
    token,
    lazy: isHandle,
    ...handled(source),
    optional,
    site,
    ...(!isAny(both) && { choice: both }),
    ...(inner instanceof CollectionInjection && { collection: inner.request }),
  })
}

/** Whether a value has the shape of an injection, before it is known whether its token exists. */
export function isInjectionSource(value: unknown): value is InjectionSource {
  return value instanceof Selector || value instanceof CollectionInjection || isHandleInjection(value)
}

function handled(source: unknown): Pick<Dependency, 'supplied'> {
  return source instanceof SupplierInjection ? { supplied: true } : {}
}

function isHandleInjection(value: unknown): value is HandleInjection {
  return value instanceof LazyInjection || value instanceof SupplierInjection
}

function isWritten(entry: unknown): entry is OptionalInjection {
  return typeof entry === 'object' && entry !== null && !isToken(entry) && !isInjectionSource(entry) && 'token' in entry
}

const WRITTEN: readonly string[] = ['token', 'optional', 'qualifier', 'name'] satisfies (keyof OptionalInjection)[]
