import type { PropertyCatalogue, PropertyInfo } from './property-catalogue'

/** A property that a part of a method name stands for. */
export interface ResolvedProperty {
  /** With dots: `'team.name'`. */
  readonly path: string
  readonly info: PropertyInfo
}

/**
 * Finds the property that a part of a name means: the whole text as one property; else split at the right-most capital,
 * moving left until both sides are found. An underscore forces the split. A direct hit beats a nested one.
 *
 * Spring stops at the first left side that exists; this one goes on where the right side is not found below it.
 */
export class PropertyResolver {
  readonly #catalogue: PropertyCatalogue
  readonly #known = new Map<string, ResolvedProperty | undefined>()

  constructor(catalogue: PropertyCatalogue) {
    this.#catalogue = catalogue
  }

  get catalogue(): PropertyCatalogue {
    return this.#catalogue
  }

  resolve(text: string): ResolvedProperty | undefined {
    return this.#resolveBelow('', text)
  }

  /** Remembers what it found: without that, names with many capitals or underscores would take exponential time. */
  #resolveBelow(base: string, text: string): ResolvedProperty | undefined {
    const key = `${base}\n${text}`
    if (!this.#known.has(key)) this.#known.set(key, this.#direct(base, text) ?? this.#nested(base, text))
    return this.#known.get(key)
  }

  #direct(base: string, text: string): ResolvedProperty | undefined {
    for (const name of spellings(text)) {
      const path = base === '' ? name : `${base}.${name}`
      const info = this.#catalogue.resolve(path)
      if (info) return { path, info }
    }
    return undefined
  }

  #nested(base: string, text: string): ResolvedProperty | undefined {
    if (base !== '' && base.split('.').length >= MAX_DEPTH) return undefined
    return text.includes('_') ? this.#splitAtUnderscore(base, text) : this.#splitAtCapital(base, text)
  }

  #splitAtUnderscore(base: string, text: string): ResolvedProperty | undefined {
    for (let at = text.lastIndexOf('_'); at > 0; at = text.lastIndexOf('_', at - 1)) {
      const head = this.#resolveBelow(base, text.slice(0, at))
      const found = head && at + 1 < text.length ? this.#resolveBelow(head.path, text.slice(at + 1)) : undefined
      if (found) return found
    }
    return undefined
  }

  #splitAtCapital(base: string, text: string): ResolvedProperty | undefined {
    for (let at = text.length - 1; at > 0; at--) {
      if (!CAPITAL.test(text.charAt(at))) continue
      const head = this.#direct(base, text.slice(0, at))
      const found = head && this.#resolveBelow(head.path, text.slice(at))
      if (found) return found
    }
    return undefined
  }
}

/** `Username` is `username`; `URL` may be `uRL`, as rules go, or `URL`. */
function spellings(text: string): readonly string[] {
  const lower = `${text.charAt(0).toLowerCase()}${text.slice(1)}`
  return text === '' || text.includes('.') ? [] : lower === text ? [text] : [lower, text]
}

/** Relations may lead in circles; no query walks this far. */
const MAX_DEPTH = 8
const CAPITAL = /^\p{Lu}$/u
