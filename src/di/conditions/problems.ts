import { didYouMean } from '../../core/near-misses'
import type { ContainerProblem } from '../errors'
import { problem } from '../planning/problems'

/** Problems of conditions, and of what they are decided by. */

/** What a condition threw is in `cause` alone: its text may hold a secret. */
export function failedCondition(component: string, text: string, error: unknown): ContainerProblem {
  const kind = error instanceof Error ? error.name : 'a value that is no Error'
  const what = `Whether ${component} is registered cannot be told: its condition (${text}) threw ${kind}.`
  const next =
    'See the cause. Have the condition answer true or false at once, also where what it looks at is not there.'
  return Object.freeze({ ...problem('AMBIT_DI_CONDITION', component, what, next), cause: error })
}

export function undefinedMissing(component: string): ContainerProblem {
  const what = `@ConditionalOnMissing of ${component} has a token that is undefined, or no token.`
  const next = 'Two files probably import each other: break the circle, or write @ConditionalOnMissing(() => TheClass).'
  return problem('AMBIT_DI_CONDITION', component, what, next)
}

export function refusedProfiles(option: 'profiles' | 'allowedProfiles'): ContainerProblem {
  const what = `'${option}' is no list of names of profiles.`
  const next = `Write ${option}: ['prod', 'eu']; names have no spaces, and only @Profile() takes '!'.`
  return problem('AMBIT_DI_PROFILE', option, what, next)
}

export function unknownProfile(
  unknown: readonly string[],
  active: readonly string[],
  allowed: readonly string[],
): ContainerProblem {
  const what = `${shown(unknown)} ${unknown.length === 1 ? 'is no allowed profile' : 'are no allowed profiles'}.`
  const hint = unknown.map(name => didYouMean(name, allowed)).join('')
  const next = `${hint}Active are ${shown(active)}; allowed are ${shown(allowed)}. Correct the one list or extend the other.`
  return problem('AMBIT_DI_PROFILE', 'profiles', what, next)
}

export function unreachableProfile(component: string, name: string, allowed: readonly string[]): ContainerProblem {
  const what = `@Profile() of ${component} names '${name}', which is no allowed profile and so never active.`
  const next = `${didYouMean(name, allowed)}Allowed are ${shown(allowed)}. Correct the name, or add it to 'allowedProfiles'.`
  return problem('AMBIT_DI_PROFILE', component, what, next)
}

function shown(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map(name => `'${name}'`).join(', ')
}
