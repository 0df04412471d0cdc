import type { ContextRule, Verdict } from './condition'

/** What a property can be compared with. */
export type PropertyValue = string | number | boolean

/** Options of `@ConditionalOnProperty()`. */
export interface PropertyConditionOptions {
  /** What it must be. Without this any value will do that does not say "off": `false`, `0`, `'false'`, `'off'`, `'no'`, `''`. */
  readonly value?: PropertyValue
  /** Whether the condition holds where the configuration has no such property. Default false. */
  readonly matchIfMissing?: boolean
}

/** A rule that holds if a property of the configuration is switched on, or has this value. */
export function propertyRule(path: string, { value, matchIfMissing = false }: PropertyConditionOptions): ContextRule {
  const subject = `the property ${path}`
  const wish = value === undefined ? `${subject} is on` : `${subject} is '${value}'`
  return {
    kind: 'context',
    text: matchIfMissing ? `${wish} or missing` : wish,
    profiles: [],
    decide: context => {
      const found = context.property(path)
      if (found === undefined || found === null) return { held: matchIfMissing, why: `${subject} is missing` }
      return value === undefined ? isOn(found, subject) : isSame(found, { value, subject, wish })
    },
  }
}

function isOn(found: unknown, subject: string): Verdict {
  return switchOf(found) === false ? { held: false, why: `${subject} is off` } : { held: true, why: `${subject} is on` }
}

/** What it is instead may be a secret. */
function isSame(
  found: unknown,
  { value, subject, wish }: { readonly value: PropertyValue; readonly subject: string; readonly wish: string },
): Verdict {
  const same =
    typeof value === 'boolean' ? switchOf(found) === value : isScalar(found) && String(found) === String(value)
  return same ? { held: true, why: wish } : { held: false, why: `${subject} has another value` }
}

/** Whether a value says on or off; sources such as the environment know only text. */
function switchOf(found: unknown): boolean | undefined {
  if (!isScalar(found)) return undefined
  const text = String(found).trim().toLowerCase()
  if (OFF.includes(text)) return false
  return ON.includes(text) ? true : undefined
}

function isScalar(value: unknown): value is PropertyValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

const ON: readonly string[] = ['true', '1', 'on', 'yes']
const OFF: readonly string[] = ['false', '0', 'off', 'no', '']
