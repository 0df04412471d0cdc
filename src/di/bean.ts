import {
  type Class,
  emittedReturnType,
  inheritedMetadata,
  MetadataKey,
  ownMetadata,
  setMetadata,
} from '../core/metadata'
import type { Injection } from './injection/injection'
import { refusalOf } from './injection/refused-types'
import type { Scope } from './scope'
import { hasMarks, markedMembers, selectionMarks } from './injection/selection-marks'
import { type Standing, STANDING_OPTIONS, standingOf, type StandingOptions } from './injection/standing'
import { isConstructor, lineage, readToken, type Token, type TokenSource } from './token'

/** Options of `@Bean()`. */
export interface BeanOptions<T = unknown> extends StandingOptions {
  /** How long an instance lives, as for `@Component()`. */
  readonly scope?: Scope
  /** Whether a singleton is made when it is first needed, not at the start. Default false. */
  readonly lazy?: boolean
  /** What the parameters are, one entry for each, where the build emits no types; as `static inject` of a class. */
  readonly inject?: readonly Injection[]
  /** Disposes of the instance, in place of its `Symbol.asyncDispose` or `Symbol.dispose`. */
  readonly close?: (instance: T) => unknown
}

/** The keys of {@link BeanOptions}, for checks of options. */
export const BEAN_OPTIONS = [
  'scope',
  'lazy',
  ...STANDING_OPTIONS,
  'inject',
  'close',
] as const satisfies readonly (keyof BeanOptions)[]

/** One `@Bean()` method. */
export interface BeanRecord {
  readonly method: string | symbol
  /** In an object, since a circular import gives `@Bean(undefined)`; absent where the return class is the token. */
  readonly declared: { readonly source: TokenSource | undefined } | undefined
  readonly options: BeanOptions<never>
}

/** A bean as a class has it: its own or inherited from `owner`. */
export interface Bean extends BeanRecord {
  readonly owner: Class
  readonly standing: Standing
}

const BEANS = new MetadataKey<readonly BeanRecord[]>('beans')

export function recordBean(owner: Class, bean: BeanRecord): void {
  setMetadata(owner, BEANS, [...(ownMetadata(owner, BEANS) ?? []), bean])
}

/** The beans of a class, those of its bases first; one that a subclass declares again counts in the subclass's form. */
export function beansOf(target: Class): readonly Bean[] {
  if (inheritedMetadata(target, BEANS) === undefined) return NO_BEANS
  const beans = new Map<string | symbol, Bean>()
  for (const owner of [...lineage(target)].reverse()) {
    for (const record of ownMetadata(owner, BEANS) ?? []) {
      const standing = standingOf(record.options, selectionMarks(owner, record.method))
      beans.set(record.method, { ...record, owner, standing })
    }
  }
  return [...beans.values()]
}

/** Methods with `@Primary()`, `@Qualifier()`, `@Order()` or a condition that are no beans, and so would not be heard. */
export function markedWithoutBean(target: Class): readonly string[] {
  if (!hasMarks(target)) return NO_METHODS
  return lineage(target).flatMap(owner => {
    const marked = markedMembers(owner)
    if (marked.length === 0) return []
    const beans = new Set((ownMetadata(owner, BEANS) ?? []).map(({ method }) => method))
    return marked.filter(member => !beans.has(member)).map(member => `${owner.name}.${String(member)}`)
  })
}

const NO_BEANS: readonly Bean[] = []
const NO_METHODS: readonly string[] = []

/** What a bean is asked for by, or why that cannot be known. */
export function beanToken(bean: Bean): { readonly token: Token } | { readonly refusal: BeanRefusal } {
  if (bean.declared !== undefined) {
    const token = readToken(bean.declared.source)
    return token === undefined ? { refusal: 'undefined token' } : { token }
  }
  const returned = emittedReturnType(bean.owner.prototype as object, bean.method)
  if (returned === Promise) return { refusal: 'promise' }
  return isConstructor(returned) && refusalOf(returned) === undefined ? { token: returned } : { refusal: 'no class' }
}

/** Why a bean has no token. */
export type BeanRefusal = 'undefined token' | 'promise' | 'no class'
