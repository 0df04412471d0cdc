import { type Conditions, type ConditionRule, rulesOf } from '../conditions/condition'
import { type Qualifier, qualifierList } from './qualifier'
import { NO_MARKS, type SelectionMarks } from './selection-marks'
import { isName } from './selector'

/** What a declaration may say about its standing among others, and whether it counts at all. */
export interface StandingOptions {
  /** Whether this one is meant where several components fit; `@Primary()` says the same. */
  readonly primary?: boolean
  /** What `named()` and `@InjectMap()` know it by; without this, the name of its class, method or token. */
  readonly name?: string
  /** What sets it apart from others for the same token; `@Qualifier()` says the same. */
  readonly qualifiers?: readonly Qualifier[]
  /** Its place in lists: lower ones first, those without an order behind; `@Order()` says the same. */
  readonly order?: number
  /** Conditions, such as `Profile('prod')`: without all of them it is not registered. As decorators they say the same. */
  readonly when?: Conditions
}

/** The standing of a declaration, from its options and its decorators. */
export interface Standing {
  readonly primary: boolean
  /** The declared name. */
  readonly label: string | undefined
  readonly qualifiers: readonly Qualifier[]
  readonly order: number | undefined
  readonly conditions: readonly ConditionRule[]
}

/** The keys of {@link StandingOptions}, for checks of options. */
export const STANDING_OPTIONS = [
  'primary',
  'name',
  'qualifiers',
  'order',
  'when',
] as const satisfies readonly (keyof StandingOptions)[]

/** What to write, for those who wrote something that {@link refuseStanding} refuses. */
export const STANDING_FORM =
  "Write { name: 'smtp', qualifiers: ['fast'], order: 10, primary: true, when: Profile('prod') }, or some of these."

/** Options and decorators together; `options` must not be refused by {@link refuseStanding}. */
export function standingOf(options: StandingOptions, marks: SelectionMarks = NO_MARKS): Standing {
  return {
    primary: options.primary === true || marks.primary,
    label: options.name,
    qualifiers: distinct(joined(options.qualifiers, marks.qualifiers)),
    order: marks.order ?? options.order,
    conditions: joined(options.when && rulesOf(options.when), marks.conditions),
  }
}

function joined<T>(first: readonly T[] | undefined, second: readonly T[]): readonly T[] {
  return first === undefined && second.length === 0 ? NOTHING : Object.freeze([...(first ?? []), ...second])
}

function distinct<T>(list: readonly T[]): readonly T[] {
  return list.length < 2 ? list : Object.freeze([...new Set(list)])
}

const NOTHING: readonly never[] = Object.freeze([])

/** Why options cannot stand, in words that follow what they belong to; `undefined` where they can. */
export function refuseStanding({ primary, name, qualifiers, order, when }: UncheckedStanding): string | undefined {
  if (primary !== undefined && typeof primary !== 'boolean') return 'has a primary that is neither true nor false'
  if (name !== undefined && !isName(name)) return 'has a name that is no text'
  if (!isQualifierList(qualifiers)) return 'has qualifiers that are no list of texts and symbols'
  if (order !== undefined && !Number.isFinite(order)) return 'has an order that is no finite number'
  if (rulesOf(when) === undefined) return "has a 'when' that is no condition, such as Profile('prod')"
  return undefined
}

function isQualifierList(given: unknown): boolean {
  return given === undefined || (Array.isArray(given) && qualifierList(given) !== undefined)
}

type UncheckedStanding = Readonly<Partial<Record<keyof StandingOptions, unknown>>>
