import type { ContextRule } from './condition'

/** A rule that holds if an environment variable is there and not empty, or has exactly this value. */
export function environmentRule(name: string, value: string | undefined): ContextRule {
  const subject = `the environment variable ${name}`
  return {
    kind: 'context',
    text: value === undefined ? `${subject} is set` : `${subject} is '${value}'`,
    profiles: [],
    decide: ({ environment }) => {
      const found = Object.hasOwn(environment, name) ? environment[name] : undefined
      if (found === undefined) return { held: false, why: `${subject} is not set` }
      if (found === '') return { held: value === '', why: `${subject} is empty` }
      if (value === undefined) return { held: true, why: `${subject} is set` }
      // What it is instead may be a secret.
      return found === value
        ? { held: true, why: `${subject} is '${value}'` }
        : { held: false, why: `${subject} has another value` }
    },
  }
}
