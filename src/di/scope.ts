/** How long an instance lives: as long as the container, or as long as one transaction. The longest life first. */
export const SCOPES = ['singleton', 'transaction'] as const
export type Scope = (typeof SCOPES)[number]

/** The scopes whose lives begin and end while the container runs. */
export type PassingScope = Exclude<Scope, 'singleton'>

export function isScope(value: unknown): value is Scope {
  return (SCOPES as readonly unknown[]).includes(value)
}

/** `'singleton' or 'transaction'`, for messages. */
export const SCOPE_NAMES = SCOPES.map(scope => `'${scope}'`).join(' or ')

/** Whether an instance of one scope may be gone while one of the other is still in use. */
export function endsBefore(one: Scope, other: Scope): boolean {
  return SCOPES.indexOf(one) > SCOPES.indexOf(other)
}

/** One life of a passing scope: one transaction, say. */
export interface ScopeLife {
  /** Stands for this very life; held weakly. */
  readonly key: object
  /** Called at most once for each key: `end` disposes of the life's instances, and is told how the life ended. */
  onEnd(end: (outcome: unknown) => Promise<void>): void
}

/** Tells which life the running code is in; implemented by whoever begins and ends such lives. */
export interface ScopeSource {
  /** `undefined` where no such life is under way. */
  current(): ScopeLife | undefined
  /** What to do where there is none, for messages: `'Call it inside a @Transactional method.'` */
  readonly remedy: string
}

/** The sources of the passing scopes that a container can serve. */
export type ScopeSources = Readonly<Partial<Record<PassingScope, ScopeSource>>>
