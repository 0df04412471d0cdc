import { explainAbsence } from './absence'
import { draftProvider, replacement, valueBlueprint } from './blueprints'
import { ComponentIndex } from './component-index'
import type { ContainerProblem } from './errors'
import { refusedOverride } from './problems'
import { isSpec, provide, refuseSpec } from './provider'
import type { Drafted } from './blueprints'
import type { Blueprint } from './registration'
import { isToken, type Token, tokenName } from './token'

/**
 * What to use in place of what is registered for a token: an instance, or a description as `provide()` takes it.
 *
 * An instance that has itself a property such as `useValue` is written `{ useValue: instance }`.
 */
export type Override = readonly [token: Token, replacement: unknown]

/** The registrations with every override in the place of what its token resolves to. */
export function applyOverrides(blueprints: readonly Blueprint[], overrides: readonly Override[]): Drafted {
  if (overrides.length === 0) return { blueprints, problems: [] }
  const index = new ComponentIndex(blueprints)
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

type Found = { readonly blueprint: Blueprint } | { readonly problem: ContainerProblem }

function findReplaced(token: unknown, index: ComponentIndex, replaced: ReadonlyMap<Blueprint, unknown>): Found {
  if (!isToken(token))
    return refuse('an override', 'An override has no token (undefined usually means a circular import).', PAIR)
  const name = tokenName(token)
  const selection = index.select(token)
  if (selection.kind === 'missing') {
    const next = `To add something new, use providers: [provide(${name}, …)]. ${explainAbsence(token, index).next}`
    return refuse(name, `The override of ${name} replaces nothing.`, next)
  }
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

function draftReplacement(original: Blueprint, instead: unknown): Drafted {
  const refusal = instead === undefined ? 'is undefined' : isSpec(instead) ? refuseSpec(instead) : undefined
  if (refusal !== undefined) {
    const problem = refusedOverride(original.name, `The override of ${original.name} ${refusal}.`, PAIR)
    return { blueprints: [], problems: [problem] }
  }
  const { blueprints, problems } = isSpec(instead)
    ? draftProvider(provide(original.token, instead))
    : { blueprints: [valueBlueprint(original.token, instead, '')], problems: [] }
  return { blueprints: blueprints.map(blueprint => replacement(original, blueprint)), problems }
}

function refuse(component: string, what: string, next: string): Found {
  return { problem: refusedOverride(component, what, next) }
}

const PAIR = 'Write [Token, instance] or [Token, { useClass: Fake }].'
