import {
  type Class,
  emittedReturnType,
  inheritedMetadata,
  MetadataKey,
  ownMetadata,
  setMetadata,
} from '../core/metadata'
import { readToken } from './injection'
import { refusalOf } from './refused-types'
import type { Scope } from './scope'
import { isConstructor, lineage, type Token, type TokenSource } from './token'

/** Options of `@Bean()`. */
export interface BeanOptions<T = unknown> {
  /** How long an instance lives: `'singleton'` (the default), one per container; `'transaction'`, one per transaction. */
  readonly scope?: Scope
  /** Whether this one is meant where several components fit; `@Primary()` says the same. */
  readonly primary?: boolean
  /** Disposes of the instance, in place of its `Symbol.asyncDispose` or `Symbol.dispose`. */
  readonly close?: (instance: T) => unknown
}

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
  readonly primary: boolean
}

const BEANS = new MetadataKey<readonly BeanRecord[]>('beans')
const PRIMARY_BEANS = new MetadataKey<ReadonlySet<string | symbol>>('primary beans')

export function recordBean(owner: Class, bean: BeanRecord): void {
  setMetadata(owner, BEANS, [...(ownMetadata(owner, BEANS) ?? []), bean])
}

export function markPrimaryBean(owner: Class, method: string | symbol): void {
  setMetadata(owner, PRIMARY_BEANS, new Set([...(ownMetadata(owner, PRIMARY_BEANS) ?? []), method]))
}

/** The beans of a class, those of its bases first; one that a subclass declares again counts in the subclass's form. */
export function beansOf(target: Class): readonly Bean[] {
  if (inheritedMetadata(target, BEANS) === undefined) return NO_BEANS
  const beans = new Map<string | symbol, Bean>()
  for (const owner of [...lineage(target)].reverse()) {
    const primaries = ownMetadata(owner, PRIMARY_BEANS)
    for (const record of ownMetadata(owner, BEANS) ?? []) {
      const primary = record.options.primary === true || primaries?.has(record.method) === true
      beans.set(record.method, { ...record, owner, primary })
    }
  }
  return [...beans.values()]
}

const NO_BEANS: readonly Bean[] = []

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
