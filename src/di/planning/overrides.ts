import { explainAbsence, reasons } from './absence'
import { draftProvider, replacement, valueBlueprint } from './blueprints'
import type { ComponentIndex } from './component-index'
import type { LeftOut } from '../conditions/admission'
import type { ContainerProblem } from '../errors'
import { refusedOverride } from './problems'
import { isSpec, provide, type ProviderSpec, refuseSpec } from '../provider'
import { STANDING_OPTIONS } from '../injection/standing'
import type { Drafted } from './blueprints'
import type { Blueprint } from '../registration'
import { readWanted, shownWanted, type Wanted } from '../injection/selector'
import { answers } from '../token'

/**
 * What to use in place of what is registered for a token: an instance, or a description as `provide()` takes it. One that
 * makes something makes it in the scope of what it replaces, lazily where that is lazy, unless it says otherwise.
 *
 * A token is a class, an `InjectionToken`, or one of several by `named()` or `qualified()`. An instance that has itself a
 * property such as `useValue` is written `{ useValue: instance }`.
 */
export type Override = readonly [token: Wanted, replacement: unknown]

/** The registrations with every override in the place of what its token resolves to. */
export function applyOverrides(index: ComponentIndex, overrides: readonly Override[]): Drafted {
  const { blueprints } = index
  if (overrides.length === 0) return { blueprints, problems: [] }
  const replaced = new Map<Blueprint, Blueprint>()
  const problems = overrides.flatMap(([token, instead]) => {
    const found = findReplaced(token, index, replaced)
    if ('problem' in found) return found.problem
    const drafted = draftReplacement(found.blueprint, instead)
    for (const blueprint of drafted.blueprints) replaced.set(found.blueprint, blueprint)
    return drafted.problems
  })
  return { blueprints: blueprints.map(blueprint => replaced.get(blueprint) ?? blueprint), problems }
}

/**
 * What overrides put in the place of a component that its conditions left out: a test replaces it wherever it runs, in
 * whatever profile. Only where nothing else fits the token, and only one that was left out does.
 */
export function insistedOn(
  overrides: readonly Override[],
  present: readonly Blueprint[],
  leftOut: readonly LeftOut[],
): readonly Blueprint[] {
  if (leftOut.length === 0) return []
  return overrides.flatMap(([wanted]) => {
    const read = readWanted(wanted)
    if (read === undefined || present.some(blueprint => fits(blueprint, read))) return []
    const fitting = leftOut.filter(({ blueprint }) => fits(blueprint, read))
    return fitting.length === 1 ? fitting.map(({ blueprint }) => blueprint) : []
  })
}

function fits({ token, componentName, qualifiers }: Blueprint, wanted: Read): boolean {
  const { name, qualifiers: asked } = wanted.choice
  if (!answers(token, wanted.token) || (name !== undefined && name !== componentName)) return false
  return asked.every(qualifier => qualifiers.includes(qualifier))
}

type Found = { readonly blueprint: Blueprint } | { readonly problem: ContainerProblem }

function findReplaced(token: unknown, index: ComponentIndex, replaced: ReadonlyMap<Blueprint, unknown>): Found {
  const wanted = readWanted(token)
  if (wanted === undefined)
    return refuse('an override', 'An override has no token (undefined usually means a circular import).', PAIR)
  const name = shownWanted(wanted.token, wanted.choice)
  const selection = index.select(wanted.token, undefined, wanted.choice)
  if (selection.kind === 'missing') return replacesNothing(name, wanted, index)
  if (selection.kind === 'ambiguous') {
    const origins = selection.candidates.map(candidate => candidate.origin).join(', ')
    return refuse(
      name,
      `The override of ${name} could replace any of ${origins}.`,
      'Override one of them by its own token.',
    )
  }
  const blueprint = index.target(selection.blueprint)
  if (!replaced.has(blueprint)) return { blueprint }
  return refuse(name, `${blueprint.origin} is overridden twice.`, 'Keep one of the two overrides.')
}

function replacesNothing(name: string, { token, choice }: Read, index: ComponentIndex): Found {
  const leftOut = index.leftOut.filter(({ blueprint }) => fits(blueprint, { token, choice }))
  if (leftOut.length > 0) {
    const what = `The override of ${name} could replace any of several that are left out: ${reasons(leftOut)}.`
    return refuse(name, what, 'Override one of them by its own token.')
  }
  const next = `To add something new, use providers: [provide(${name}, …)]. ${explainAbsence(token, choice, index).next}`
  return refuse(name, `The override of ${name} replaces nothing.`, next)
}

function draftReplacement(original: Blueprint, instead: unknown): Drafted {
  const refusal = instead === undefined ? 'is undefined' : isSpec(instead) ? refuseInstead(instead) : undefined
  if (refusal !== undefined) {
    const problem = refusedOverride(original.name, `The override of ${original.name} ${refusal}.`, PAIR)
    return { blueprints: [], problems: [problem] }
  }
  const { blueprints, problems } = isSpec(instead)
    ? draftProvider(provide(original.token, withLife(original, instead)))
    : { blueprints: [valueBlueprint(original.token, () => instead, '')], problems: [] }
  return { blueprints: blueprints.map(blueprint => replacement(original, blueprint)), problems }
}

/** Who needs a component of a request gets one for each, whatever it is made by; an object that is there has no life to keep. */
function withLife({ scope, lazy }: Blueprint, spec: ProviderSpec): ProviderSpec {
  return 'useFactory' in spec || 'useClass' in spec ? { scope, lazy, ...spec } : spec
}

/** It stands in the place of what it replaces: another name or condition of its own would not be heard. */
function refuseInstead(spec: ProviderSpec): string | undefined {
  const stray = STANDING_OPTIONS.filter(option => spec[option] !== undefined)
  if (stray.length === 0) return refuseSpec(spec)
  return `has ${stray.join(', ')}, which it takes from what it replaces`
}

function refuse(component: string, what: string, next: string): Found {
  return { problem: refusedOverride(component, what, next) }
}

type Read = NonNullable<ReturnType<typeof readWanted>>

const PAIR = 'Write [Token, instance] or [Token, { useClass: Fake }].'
