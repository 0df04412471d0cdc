import { allOf, anyOf } from '../ast/combine'
import { invalidNode } from '../ast/invalid-node'
import type { Predicate } from '../ast/predicate'
import type { PropertyPath } from '../paging/property-path.types'
import { equality, pattern } from './make-condition'
import type { Specification } from './specification'

/** How the text of a probe is compared. */
export interface ExampleText {
  /** Default `'exact'`. */
  readonly match?: 'exact' | 'contains' | 'startsWith' | 'endsWith'
  /** Compares in lower case. Default false. */
  readonly ignoreCase?: boolean
}

/** How a probe is read. */
export interface ExampleOptions<T> extends ExampleText {
  /** Whether a row must be like the probe in all its properties, or in any of them. Default `'all'`. */
  readonly mode?: 'all' | 'any'
  /** What null in the probe means: nothing, or a row without a value there. Default `'ignore'`. */
  readonly nulls?: 'ignore' | 'match'
  /** Properties of the probe that do not count. */
  readonly ignore?: readonly PropertyPath<T>[]
  /** The text of some properties, where it is compared in another way. */
  readonly paths?: Partial<Record<PropertyPath<T>, ExampleText>>
}

/** Some properties of an entity, also inside its embedded objects and related entities. */
export type Probe<T extends object> = {
  readonly [Name in keyof T]?: T[Name] | PartOf<NonNullable<T[Name]>> | null
}

type PartOf<V> = V extends object ? Probe<V> : V

/**
 * The rows that are like a probe: equal in every property that it has. `undefined` and null are ignored, objects stand for
 * embedded ones and for related entities; an empty probe restricts nothing.
 *
 * Use it for forms, where each field that is filled in restricts the search. Lists, and values that are objects of their own,
 * have no likeness: say those with `where()`.
 *
 * @example
 * import { example } from 'ambit'
 * await users.findMany(example(User, { name: 'oli', team: { name: 'tea' } }, { match: 'startsWith', ignoreCase: true }))
 * // … LEFT JOIN "team" … WHERE starts_with(LOWER("name"), LOWER($1)) AND starts_with(LOWER("team"."name"), LOWER($2))
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for a probe that contains itself, a list, an invalid date
 */
export function example<T extends object>(
  entity: abstract new (...args: never[]) => T,
  probe: Probe<NoInfer<T>>,
  options: ExampleOptions<NoInfer<T>> = {},
): Specification<T> {
  // Paths are strings, whatever the entity.
  const conditions = new ProbeReader(entity.name, options).read(probe, '')
  return Object.freeze({ predicate: options.mode === 'any' ? anyOf(conditions) : allOf(conditions) })
}

interface AnyOptions extends Omit<ExampleOptions<unknown>, 'paths'> {
  readonly paths?: Readonly<Record<string, ExampleText | undefined>>
}

class ProbeReader {
  readonly #entity: string
  readonly #options: AnyOptions
  /** The objects around the one that is read. */
  readonly #around = new Set<object>()

  constructor(entity: string, options: AnyOptions) {
    this.#entity = entity
    this.#options = options
  }

  read(probe: object, prefix: string): readonly Predicate[] {
    if (this.#around.has(probe)) throw this.#unlike(prefix.slice(0, -1), 'contains itself')
    this.#around.add(probe)
    const found = Object.entries(probe).flatMap(([name, value]: [string, unknown]) =>
      this.#condition(prefix + name, value),
    )
    this.#around.delete(probe)
    return found
  }

  #condition(path: string, value: unknown): readonly Predicate[] {
    if (this.#isIgnored(path, value)) return []
    if (typeof value === 'string') return [this.#text(path, value)]
    if (Array.isArray(value) || value instanceof Promise) throw this.#unlike(path, 'is no single value')
    return isObject(value) ? this.read(value, `${path}.`) : [equality('eq', path, value)]
  }

  #isIgnored(path: string, value: unknown): boolean {
    const { ignore = [], nulls = 'ignore' } = this.#options
    return value === undefined || ignore.includes(path) || (value === null && nulls === 'ignore')
  }

  #text(path: string, value: string): Predicate {
    const { match = 'exact', ignoreCase = false } = { ...this.#options, ...this.#options.paths?.[path] }
    return match === 'exact' ? equality('eq', path, value, { ignoreCase }) : pattern(match, path, value, { ignoreCase })
  }

  #unlike(path: string, what: string): Error {
    return invalidNode(
      `The probe of ${this.#entity} ${what} at '${path}'.`,
      `Leave '${path}' out of the probe, or ignore it: { ignore: ['${path}'] }.`,
    )
  }
}

/** Dates and bytes are values. */
function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Date) && !(value instanceof Uint8Array)
}
