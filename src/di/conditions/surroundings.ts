import type { ContainerProblem } from '../errors'
import { refusedProfiles, unknownProfile } from './problems'
import type { ConditionContext, ContextRule, Verdict } from './condition'
import { isActiveProfile } from './profile'

/** What conditions are decided by. */
export interface ConditionOptions {
  /** The active profiles. */
  readonly profiles?: readonly string[]
  /** All profiles that there are: any other one, active or named by a `@Profile()`, stops the start. */
  readonly allowedProfiles?: readonly string[]
  /** Default `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Looks up a value of the configuration by its path. */
  readonly properties?: (path: string) => unknown
  /** @internal Shares what was decided between the check before a start and the start itself. */
  readonly decisions?: ConditionDecisions
}

/** A verdict, or what kept a condition from giving one. */
export type Decision = { readonly verdict: Verdict } | { readonly error: unknown }

/** Asks each condition once in one start, however often the start is planned. */
export class ConditionDecisions {
  readonly #made = new Map<ContextRule, Decision>()

  decide(rule: ContextRule, context: ConditionContext): Decision {
    const known = this.#made.get(rule)
    if (known !== undefined) return known
    const decision = ask(rule, context)
    this.#made.set(rule, decision)
    return decision
  }
}

/** The context of one start; lists that are none are as good as empty, and are problems. */
export function conditionContext({ profiles, environment, properties }: ConditionOptions): ConditionContext {
  return Object.freeze({
    profiles: new Set(listOf(profiles)),
    environment: environment ?? process.env,
    property: (path: string) => properties?.(path),
  })
}

/** What is wrong with the profiles that a start was given. */
export function profileProblems({ profiles, allowedProfiles }: ConditionOptions): readonly ContainerProblem[] {
  const lists = { profiles, allowedProfiles }
  const refused = (['profiles', 'allowedProfiles'] as const).filter(name => !isProfileList(lists[name]))
  if (refused.length > 0) return refused.map(refusedProfiles)
  if (allowedProfiles === undefined) return []
  const unknown = listOf(profiles).filter(name => !allowedProfiles.includes(name))
  return unknown.length === 0 ? [] : [unknownProfile(unknown, listOf(profiles), allowedProfiles)]
}

function ask(rule: ContextRule, context: ConditionContext): Decision {
  try {
    return { verdict: rule.decide(context) }
  } catch (error) {
    return { error }
  }
}

function isProfileList(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.every(isActiveProfile))
}

function listOf(profiles: readonly string[] | undefined): readonly string[] {
  return isProfileList(profiles) ? (profiles ?? []) : []
}
