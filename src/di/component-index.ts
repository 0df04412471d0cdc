import type { Blueprint } from './registration'
import { isConstructor, lineage, type Token } from './token'

/** Which registration answers for a token. */
export type Selection =
  | { readonly kind: 'found'; readonly blueprint: Blueprint }
  | { readonly kind: 'missing' }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly Blueprint[] }

/**
 * Answers which registrations fit a token. A class is fit by itself and by every registered subclass.
 *
 * One of several is chosen by: primary ones before others, then one registered under the very token. Aliases of one
 * component are one candidate. A component never stands in for its own dependency while another one fits, so that a
 * decorating component can ask for what it decorates.
 */
export class ComponentIndex {
  readonly #byToken = new Map<Token, Blueprint[]>()
  readonly #selections = new Map<Token, Selection>()

  /** The registrations, in their order. */
  constructor(readonly blueprints: readonly Blueprint[]) {
    for (const blueprint of blueprints) {
      for (const token of answersTo(blueprint.token)) append(this.#byToken, token, blueprint)
    }
    for (const token of this.#byToken.keys()) this.select(token)
  }

  /** The registrations by the very token that each has. */
  get groups(): readonly (readonly Blueprint[])[] {
    const groups = new Map<Token, Blueprint[]>()
    for (const blueprint of this.blueprints) append(groups, blueprint.token, blueprint)
    return [...groups.values()]
  }

  /** All that fit, in the order of registration. */
  candidates(token: Token): readonly Blueprint[] {
    return this.#byToken.get(token) ?? []
  }

  select(token: Token, requester?: Blueprint): Selection {
    const others = requester === undefined ? [] : this.#othersThan(requester, token)
    if (others.length > 0) return this.#choose(token, others)
    return this.#selections.get(token) ?? this.#selectAmongAll(token)
  }

  /** What an alias stands for in the end; any other registration stands for itself. */
  target(blueprint: Blueprint): Blueprint {
    const seen = new Set<Blueprint>()
    let current = blueprint
    while (current.aliasOf !== undefined && !seen.has(current)) {
      seen.add(current)
      const next = this.select(current.aliasOf)
      if (next.kind !== 'found') break
      current = next.blueprint
    }
    return current
  }

  #othersThan(requester: Blueprint, token: Token): readonly Blueprint[] {
    const candidates = this.candidates(token)
    return candidates.includes(requester) ? candidates.filter(candidate => candidate !== requester) : []
  }

  /** Chosen once per token. An alias that leads back to the token under choice counts as missing, which ends the search. */
  #selectAmongAll(token: Token): Selection {
    if (!this.#byToken.has(token)) return MISSING
    this.#selections.set(token, MISSING)
    const chosen = this.#choose(token, this.candidates(token))
    this.#selections.set(token, chosen)
    return chosen
  }

  #choose(token: Token, candidates: readonly Blueprint[]): Selection {
    const primaries = candidates.filter(candidate => candidate.primary)
    const preferred = primaries.length > 0 ? primaries : candidates
    const exact = preferred.filter(candidate => candidate.token === token)
    const [first, ...others] = exact.length > 0 ? exact : preferred
    if (first === undefined) return MISSING
    if (others.every(other => this.target(other) === this.target(first))) return { kind: 'found', blueprint: first }
    return { kind: 'ambiguous', candidates: [first, ...others] }
  }
}

function append(groups: Map<Token, Blueprint[]>, token: Token, blueprint: Blueprint): void {
  const known = groups.get(token)
  if (known === undefined) groups.set(token, [blueprint])
  else known.push(blueprint)
}

function answersTo(token: Token): readonly Token[] {
  return isConstructor(token) ? lineage(token).filter(level => level !== Object) : [token]
}

const MISSING: Selection = { kind: 'missing' }
