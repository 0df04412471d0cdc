import { isBelow, type Path } from './path'
import type { SettingsShape } from './shape-reader'

/** Which keys some settings class answers for, so that all others below a prefix are mistakes. */
export class Claims {
  readonly #settings: readonly SettingsShape[]

  constructor(settings: readonly SettingsShape[]) {
    this.#settings = settings
  }

  /** Whether a class stands at or below a key, or has it as a setting of its own. */
  allows(path: Path, key: string): boolean {
    return this.#settings.some(({ prefixes, shape }) =>
      prefixes.some(prefix => {
        if (!isBelow(prefix, path)) return false
        if (prefix.length > path.length) return prefix[path.length] === key
        return shape.kind === 'open' || shape.fields.some(field => field.key === key)
      }),
    )
  }

  /** The keys right below a path that classes have, or stand at. */
  keysAt(path: Path): readonly string[] {
    return this.#settings.flatMap(({ prefixes, shape }) =>
      prefixes.flatMap(prefix => {
        if (!isBelow(prefix, path)) return []
        if (prefix.length > path.length) return prefix[path.length] ?? []
        return shape.kind === 'open' ? [] : shape.fields.map(field => field.key)
      }),
    )
  }
}
