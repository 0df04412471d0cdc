import type { ContainerProblem } from '../errors'
import type { Blueprint } from '../registration'
import { answersTo, readToken, type Token, tokenName } from '../token'
import type { ConditionContext, ContextRule, MissingRule, Verdict } from './condition'
import type { ConditionOutcome } from './outcome'
import { failedCondition, undefinedMissing, unreachableProfile } from './problems'
import { conditionContext, ConditionDecisions, type ConditionOptions, profileProblems } from './surroundings'

/** A registration that its conditions left out, with the reason in words that can follow "since". */
export interface LeftOut {
  readonly blueprint: Blueprint
  readonly why: string
}

/** What conditions made of everything that is declared. */
export interface Admission {
  /** What is registered, in the order of declaration. */
  readonly blueprints: readonly Blueprint[]
  readonly leftOut: readonly LeftOut[]
  readonly outcomes: readonly ConditionOutcome[]
  readonly problems: readonly ContainerProblem[]
}

/**
 * Decides which declarations are registered.
 *
 * First every condition that looks at the surroundings; then `insisted` has its say, for overrides; then the fallbacks one
 * by one, higher priorities first, each by what is registered so far. The conditions of one component are asked in their
 * order up to the first that does not hold, so that one can guard the next.
 */
export function admit(
  declared: readonly Blueprint[],
  options: ConditionOptions,
  insisted: (present: readonly Blueprint[], leftOut: readonly LeftOut[]) => readonly Blueprint[],
): Admission {
  const problems = profileProblems(options)
  if (declared.every(({ conditions }) => conditions.length === 0)) {
    return { blueprints: declared, leftOut: [], outcomes: [], problems }
  }
  const run = new AdmissionRun(declared, options)
  run.askSurroundings()
  run.reinstate(insisted(run.present, run.leftOut))
  run.admitFallbacks()
  return {
    blueprints: run.present,
    leftOut: run.leftOut,
    outcomes: run.outcomes,
    problems: [...problems, ...run.problems],
  }
}

class AdmissionRun {
  readonly problems: ContainerProblem[] = []
  readonly #declared: readonly Blueprint[]
  readonly #allowed: readonly string[] | undefined
  readonly #context: ConditionContext
  readonly #decisions: ConditionDecisions
  readonly #configurations: ReadonlyMap<Token, Blueprint>
  readonly #reasons = new Map<Blueprint, string>()
  readonly #outcomes = new Map<Blueprint, ConditionOutcome[]>()
  /** Those that wait for the fallbacks' turn, with their priorities. */
  readonly #pending = new Map<Blueprint, number>()

  constructor(declared: readonly Blueprint[], options: ConditionOptions) {
    this.#declared = declared
    this.#allowed = profileProblems(options).length === 0 ? options.allowedProfiles : undefined
    this.#context = conditionContext(options)
    this.#decisions = options.decisions ?? new ConditionDecisions()
    this.#configurations = new Map(declared.flatMap(each => (each.kind === 'class' ? [[each.token, each]] : [])))
  }

  get present(): readonly Blueprint[] {
    return this.#declared.filter(blueprint => !this.#reasons.has(blueprint) && !this.#pending.has(blueprint))
  }

  get leftOut(): readonly LeftOut[] {
    return this.#declared.flatMap(blueprint => {
      const why = this.#reasons.get(blueprint)
      return why === undefined ? [] : { blueprint, why }
    })
  }

  get outcomes(): readonly ConditionOutcome[] {
    return Object.freeze(this.#declared.flatMap(blueprint => this.#outcomes.get(blueprint) ?? []))
  }

  /** A configuration is declared before its beans. */
  askSurroundings(): void {
    for (const blueprint of this.#declared) {
      this.#compareProfiles(blueprint)
      const rules = blueprint.conditions.filter(rule => rule.kind === 'context')
      if (this.#standsWithConfiguration(blueprint) && rules.every(rule => this.#ask(blueprint, rule))) {
        const priority = this.#priorityOf(blueprint)
        if (priority !== undefined) this.#pending.set(blueprint, priority)
      }
    }
  }

  reinstate(blueprints: readonly Blueprint[]): void {
    for (const blueprint of blueprints) this.#reasons.delete(blueprint)
  }

  admitFallbacks(): void {
    if (this.#pending.size === 0) return
    const provided = new Map<Token, Blueprint>()
    for (const blueprint of this.present) note(blueprint, provided)
    for (const [blueprint] of [...this.#pending].sort(([, one], [, other]) => other - one)) {
      this.#pending.delete(blueprint)
      const rules = blueprint.conditions.filter(rule => rule.kind === 'missing')
      if (!this.#standsWithConfiguration(blueprint)) continue
      if (rules.every(rule => this.#isMissing(blueprint, rule, provided))) note(blueprint, provided)
    }
  }

  #ask(blueprint: Blueprint, rule: ContextRule): boolean {
    const decision = this.#decisions.decide(rule, this.#context)
    if ('verdict' in decision) return this.#conclude(blueprint, rule.text, decision.verdict)
    // As if it held: what needs the component would only add problems that are none.
    this.problems.push(failedCondition(blueprint.name, rule.text, decision.error))
    return true
  }

  #isMissing(blueprint: Blueprint, { source }: MissingRule, provided: ReadonlyMap<Token, Blueprint>): boolean {
    const token = readToken(source)
    if (token === undefined) {
      this.problems.push(undefinedMissing(blueprint.name))
      return true
    }
    const name = tokenName(token)
    const other = provided.get(token)
    const text = `nothing else provides ${name}`
    const why = other === undefined ? text : `${name} is provided by ${other.origin}`
    return this.#conclude(blueprint, text, { held: other === undefined, why })
  }

  #standsWithConfiguration(blueprint: Blueprint): boolean {
    const configuration = this.#configurationOf(blueprint)
    if (configuration === undefined || !this.#reasons.has(configuration)) return true
    const { name } = configuration
    return this.#conclude(blueprint, `its configuration ${name} is registered`, {
      held: false,
      why: `its configuration ${name} was left out`,
    })
  }

  #conclude(blueprint: Blueprint, condition: string, { held, why }: Verdict): boolean {
    const { name, origin } = blueprint
    const outcome = Object.freeze({ component: name, origin, condition, held, why })
    this.#outcomes.set(blueprint, [...(this.#outcomes.get(blueprint) ?? []), outcome])
    if (!held) this.#reasons.set(blueprint, why)
    return held
  }

  /** A component with several such conditions waits for the last one's turn, and a bean for its configuration's. */
  #priorityOf(blueprint: Blueprint): number | undefined {
    const own = blueprint.conditions.flatMap(rule => (rule.kind === 'missing' ? rule.priority : []))
    const configuration = this.#configurationOf(blueprint)
    const around = configuration && this.#pending.get(configuration)
    const priorities = around === undefined ? own : [...own, around]
    return priorities.length === 0 ? undefined : Math.min(...priorities)
  }

  #configurationOf({ configuration }: Blueprint): Blueprint | undefined {
    return configuration && this.#configurations.get(configuration)
  }

  #compareProfiles({ name, conditions }: Blueprint): void {
    const allowed = this.#allowed
    if (allowed === undefined) return
    const named = conditions.flatMap(rule => (rule.kind === 'context' ? rule.profiles : []))
    const unknown = [...new Set(named)].filter(profile => !allowed.includes(profile))
    this.problems.push(...unknown.map(profile => unreachableProfile(name, profile, allowed)))
  }
}

function note(blueprint: Blueprint, provided: Map<Token, Blueprint>): void {
  for (const token of answersTo(blueprint.token)) if (!provided.has(token)) provided.set(token, blueprint)
}
