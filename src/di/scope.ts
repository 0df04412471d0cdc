import type { Deadline } from '../core/deadline'

/** The scopes that every container knows. */
export const BUILT_IN_SCOPES = ['singleton', 'prototype', 'request', 'transaction'] as const
export type BuiltInScope = (typeof BUILT_IN_SCOPES)[number]

/**
 * How long an instance lives: as long as the container (`'singleton'`), one block of `runInScope` (`'request'` and the scopes
 * that the container was given), or one transaction; `'prototype'`: each asker gets one of its own.
 */
export type Scope = BuiltInScope | (string & {})

/** Whether a value can be a scope's name; the start checks that somebody begins and ends it. */
export function isScopeName(value: unknown): value is Scope {
  return typeof value === 'string' && value.trim() !== ''
}

/** One life of a scope: one transaction, say. */
export interface ScopeLife {
  /** Stands for this very life; held weakly. */
  readonly key: object
  /** Whether it is over, or ending: what it has may still be looked at, and nothing more is built in it. */
  readonly ended?: boolean
  /** Called at most once for each key: `end` disposes of the life's instances, and is told how the life ended. */
  onEnd(end: EndOfLife): void
  /** Makes one of its components: what that registers meanwhile has to last as long as the life. */
  create?<R>(make: () => R): R
}

/** Disposes of the instances of a life; with a deadline it leaves behind what takes longer. */
export type EndOfLife = (outcome: unknown, deadline?: Deadline) => Promise<void>

/** Tells which life the running code is in; implemented by whoever begins and ends such lives. */
export interface ScopeSource {
  /** `undefined` where no such life is under way. */
  current(): ScopeLife | undefined
  /** What to do where there is none, for messages: `'Call it inside a @Transactional method.'` */
  readonly remedy: string
}

/** The sources of scopes whose lives somebody else begins and ends. */
export type ScopeSources = Readonly<Record<string, ScopeSource>>

/**
 * Which scopes there are, and which of them outlives which: the singletons, then the container's own scopes in their order,
 * then `'request'`, and `'transaction'` last. `'prototype'` has no place: an instance lives with whoever asked for it.
 */
export class ScopeOrder {
  readonly #ranks: ReadonlyMap<string, number>

  /** `custom`: the container's own scopes, the longest life first. */
  constructor(readonly custom: readonly string[] = []) {
    const longestFirst = ['singleton', ...new Set(custom), 'request', 'transaction']
    this.#ranks = new Map(longestFirst.map((scope, rank) => [scope, rank]))
  }

  /** Whether an instance of one scope may be gone while one of the other is still in use. */
  endsBefore(one: Scope, other: Scope): boolean {
    return one !== other && this.#rank(one) > this.#rank(other)
  }

  /** The scopes whose lives are blocks of `runInScope`. */
  get blocks(): readonly string[] {
    return [...this.#ranks.keys()].filter(scope => scope !== 'singleton' && scope !== 'transaction')
  }

  /** A scope that nobody knows is a problem of its own. */
  #rank(scope: Scope): number {
    return this.#ranks.get(scope) ?? 0
  }
}

/** Whether an instance lives for something that begins and ends while the container runs. */
export function isPassing(scope: Scope): boolean {
  return scope !== 'singleton' && scope !== 'prototype'
}

export function isBuiltIn(scope: string): scope is BuiltInScope {
  return (BUILT_IN_SCOPES as readonly string[]).includes(scope)
}

/** What to write in place of a scope that is no name. */
export const SCOPE_REMEDY = `Use ${BUILT_IN_SCOPES.map(scope => `'${scope}'`).join(', ')}, or a scope of your own.`
