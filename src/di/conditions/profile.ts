import type { ContextRule } from './condition'

/** A rule that holds if any of some profiles is active; `'!test'` is met while `'test'` is not active. */
export function profileRule(names: readonly string[]): ContextRule {
  return {
    kind: 'context',
    text: names.map(wish).join(' or '),
    profiles: names.map(plain),
    decide: ({ profiles }) => {
      const met = names.find(name => profiles.has(plain(name)) !== isNegated(name))
      return met === undefined ? { held: false, why: names.map(denial).join(' and ') } : { held: true, why: wish(met) }
    },
  }
}

/** Whether a text can name a profile, with or without the sign of negation. */
export function isProfileName(value: unknown): value is string {
  return typeof value === 'string' && /^!?[^!\s]+$/.test(value)
}

/** Whether a text can name an active profile. */
export function isActiveProfile(value: unknown): value is string {
  return isProfileName(value) && !isNegated(value)
}

function isNegated(name: string): boolean {
  return name.startsWith('!')
}

function plain(name: string): string {
  return isNegated(name) ? name.slice(1) : name
}

function wish(name: string): string {
  return `the profile '${plain(name)}' is ${isNegated(name) ? 'not active' : 'active'}`
}

function denial(name: string): string {
  return `the profile '${plain(name)}' is ${isNegated(name) ? 'active' : 'not active'}`
}
