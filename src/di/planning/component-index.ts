import type { LeftOut } from '../conditions/admission'
import type { Blueprint, Dependency } from '../registration'
import { ANY, type Choice, isAny } from '../injection/selector'
import { answers, baseOf, isConstructor, type Token } from '../token'

/** Which registration answers for a token. */
export type Selection =
  | { readonly kind: 'found'; readonly blueprint: Blueprint }
  | { readonly kind: 'missing' }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly Blueprint[] }

/** One element of a list or map: the registration that fits, and the component that it stands for. */
export interface Element {
  readonly candidate: Blueprint
  readonly target: Blueprint
}

/**
 * Answers which registrations fit a token. A class is fit by itself and by every registered subclass.
 *
 * One of several is chosen by: the asked-for qualifiers and name, which nothing replaces; primary ones before others, then
 * one registered under the very token. Aliases of one component are one candidate. A component never stands in for its own
 * dependency while another one fits, so that a decorating component can ask for what it decorates.
 */
export class ComponentIndex {
  readonly #byToken = new Map<Token, Blueprint[]>()
  readonly #selections = new Map<Token, Selection>()
  readonly #elements = new Map<Token, readonly Element[]>()
  /** Aliases whose target is being looked for: one that leads back to itself stands for itself. */
  readonly #following = new Set<Blueprint>()
  #isShared = false

  /** The registrations, in their order, and what conditions kept from being one. */
  constructor(
    readonly blueprints: readonly Blueprint[],
    readonly leftOut: readonly LeftOut[] = [],
  ) {
    blueprints.forEach(blueprint => {
      this.#register(blueprint)
    })
    // In this order once for all: where aliases lead back to each other it matters who is asked for first.
    this.#byToken.forEach((candidates, token) => {
      if (candidates.length > 1) this.select(token)
    })
  }

  /** Whether there is a token that several registrations fit, so that there is something to choose. */
  get isShared(): boolean {
    return this.#isShared
  }

  /** The registrations by the very token that each has; without those that are the only one to fit theirs. */
  get groups(): ReadonlyMap<Token, readonly Blueprint[]> {
    const groups = new Map<Token, Blueprint[]>()
    for (const blueprint of this.blueprints) {
      if (this.candidates(blueprint.token).length > 1) append(groups, blueprint.token, blueprint)
    }
    return groups
  }

  /** All that fit, in the order of registration. */
  candidates(token: Token, choice: Choice = ANY): readonly Blueprint[] {
    const candidates = this.#byToken.get(token) ?? []
    return isAny(choice) ? candidates : this.#matching(candidates, choice)
  }

  /** The one that answers for a token, to whoever asks. */
  select(token: Token, requester?: Blueprint, choice: Choice = ANY): Selection {
    if (!this.#isShared && choice === ANY) return this.#selections.get(token) ?? this.#selectAmongAll(token)
    const others = requester === undefined ? undefined : this.#othersThan(requester, token, choice)
    if (others !== undefined && others.length > 0) return this.#choose(token, others, choice)
    if (!isAny(choice)) return this.#choose(token, this.candidates(token, choice), choice)
    return this.#selections.get(token) ?? this.#selectAmongAll(token)
  }

  /** All components that fit, each once: those with an order first, then in the order of registration. */
  elements(token: Token, requester?: Blueprint, choice: Choice = ANY): readonly Element[] {
    const elements = isAny(choice) ? this.#allElements(token) : this.#distinct(this.candidates(token, choice))
    return requester === undefined ? elements : elements.filter(({ target }) => target !== requester)
  }

  /** The components that a dependency is made of; none where it is missing or ambiguous. */
  targets({ token, choice, collection }: Dependency, requester?: Blueprint): readonly Blueprint[] {
    if (collection !== undefined) return this.elements(token, requester, choice).map(({ target }) => target)
    const selection = this.select(token, requester, choice)
    return selection.kind === 'found' ? [this.target(selection.blueprint)] : []
  }

  /** What an alias stands for in the end; any other registration stands for itself. */
  target(blueprint: Blueprint): Blueprint {
    if (blueprint.aliasOf === undefined) return blueprint
    const [source] = blueprint.dependencies
    if (source === undefined || this.#following.has(blueprint)) return blueprint
    this.#following.add(blueprint)
    try {
      const next = this.select(source.token, undefined, source.choice)
      return next.kind === 'found' ? this.target(next.blueprint) : blueprint
    } finally {
      this.#following.delete(blueprint)
    }
  }

  /** Under its token and, for a class, under its bases: without a list of them for each of the hundreds of a start. */
  #register(blueprint: Blueprint): void {
    const { token } = blueprint
    this.#note(token, blueprint)
    if (!isConstructor(token)) return
    for (let base = baseOf(token); base !== undefined && base !== Object; base = baseOf(base))
      this.#note(base, blueprint)
  }

  #note(token: Token, blueprint: Blueprint): void {
    const known = this.#byToken.get(token)
    if (known === undefined) this.#byToken.set(token, [blueprint])
    else {
      known.push(blueprint)
      this.#isShared = true
    }
  }

  /** `undefined` where the requester does not fit itself, or nothing else does, so that all may be considered. */
  #othersThan(requester: Blueprint, token: Token, choice: Choice): readonly Blueprint[] | undefined {
    const candidates = this.candidates(token, choice)
    if (candidates.length < 2 || !answers(requester.token, token)) return undefined
    return candidates.includes(requester) ? candidates.filter(candidate => candidate !== requester) : undefined
  }

  /** A declared name goes before one that is only a class's or a method's. */
  #matching(candidates: readonly Blueprint[], { name, qualifiers }: Choice): readonly Blueprint[] {
    const qualified = candidates.filter(candidate => this.#hasAll(candidate, qualifiers))
    if (name === undefined) return qualified
    const called = qualified.filter(candidate => this.#nameOf(candidate) === name)
    const declared = called.filter(candidate => candidate.named)
    return declared.length > 0 ? declared : called
  }

  /** An alias has the qualifiers of what it stands for, beside its own. */
  #hasAll(candidate: Blueprint, qualifiers: Choice['qualifiers']): boolean {
    return qualifiers.every(
      qualifier => candidate.qualifiers.includes(qualifier) || this.target(candidate).qualifiers.includes(qualifier),
    )
  }

  #nameOf(candidate: Blueprint): string {
    return candidate.named ? candidate.componentName : this.target(candidate).componentName
  }

  #allElements(token: Token): readonly Element[] {
    const known = this.#elements.get(token)
    if (known !== undefined) return known
    const elements = this.#distinct(this.candidates(token))
    this.#elements.set(token, elements)
    return elements
  }

  /** A component that an alias names too is there once, as itself. */
  #distinct(candidates: readonly Blueprint[]): readonly Element[] {
    const byTarget = new Map<Blueprint, Element>()
    for (const candidate of candidates) {
      const target = this.target(candidate)
      if (candidate === target || !byTarget.has(target)) byTarget.set(target, { candidate, target })
    }
    return [...byTarget.values()].sort((one, other) => compare(place(one), place(other)))
  }

  /** Chosen once per token. An alias that leads back to the token under choice counts as missing, which ends the search. */
  #selectAmongAll(token: Token): Selection {
    if (!this.#byToken.has(token)) return MISSING
    this.#selections.set(token, MISSING)
    const chosen = this.#choose(token, this.candidates(token), ANY)
    this.#selections.set(token, chosen)
    return chosen
  }

  /** Two with one name are a mistake, which no preference settles. */
  #choose(token: Token, candidates: readonly Blueprint[], { name }: Choice): Selection {
    const only = candidates[0]
    if (only === undefined) return MISSING
    if (candidates.length === 1) return { kind: 'found', blueprint: only }
    const [first = only, ...others] = name === undefined ? preferred(token, candidates) : candidates
    if (others.every(other => this.target(other) === this.target(first))) return { kind: 'found', blueprint: first }
    return { kind: 'ambiguous', candidates: [first, ...others] }
  }
}

function preferred(token: Token, candidates: readonly Blueprint[]): readonly Blueprint[] {
  const primaries = candidates.filter(candidate => candidate.primary)
  const before = primaries.length > 0 ? primaries : candidates
  const exact = before.filter(candidate => candidate.token === token)
  return exact.length > 0 ? exact : before
}

function place({ candidate, target }: Element): number {
  return candidate.order ?? target.order ?? Infinity
}

function compare(one: number, other: number): number {
  return one === other ? 0 : one < other ? -1 : 1
}

function append(groups: Map<Token, Blueprint[]>, token: Token, blueprint: Blueprint): void {
  const known = groups.get(token)
  if (known === undefined) groups.set(token, [blueprint])
  else known.push(blueprint)
}

const MISSING: Selection = { kind: 'missing' }
