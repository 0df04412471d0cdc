import { type ConfigNode, nodeAt } from './node'
import type { Path } from './path'
import type { ListShape, MapShape, ObjectShape, OpenShape, Shape, UnionShape } from './shape'
import type { SettingsShape } from './shape-reader'

/**
 * The settings that the name of a variable can mean.
 *
 * `MAIL_SMTP_HOST` is `mail.smtpHost`, `mail.smtp.host` or `mailSmtp.host`, whichever exist. `__` (or a dot) ends a part; where
 * it stands, every part has to be one step, if that leads anywhere.
 */
export function settingsNamed(name: string, settings: readonly SettingsShape[], site: NameSite): readonly Path[] {
  const words = wordsOf(name)
  if (words.length === 0) return []
  const isDivided = words.some(({ first }, index) => first && index > 0)
  const strict = isDivided ? new NameReader(words, site, true).settings(settings) : []
  return strict.length > 0 ? strict : new NameReader(words, site, false).settings(settings)
}

/** The leaf of a tree that a name can mean: for what no settings class describes. */
export function leavesNamed(name: string, root: ConfigNode, caseSensitive: boolean): readonly Path[] {
  const words = wordsOf(name)
  return new NameReader(words, { root, caseSensitive, isMap: false, isShared: false }, false).leaves(root)
}

export interface NameSite {
  /** What earlier sources have: a key of a map that is there already is meant again. */
  readonly root: ConfigNode
  readonly caseSensitive: boolean
  /** Whether the text is a map in JSON: only then may a name stand for the whole of a settings class. */
  readonly isMap: boolean
  /** Whether the names are those of all programs, so that settings which take every name get none. */
  readonly isShared: boolean
}

/** The name under which a setting is sure to be found, behind the prefix of its source. */
export function variableName(path: Path): string {
  return path.map(step => snakeCase(String(step))).join('__')
}

interface Word {
  readonly text: string
  /** Whether it begins the name, or stands behind `__`. */
  readonly first: boolean
}

function wordsOf(name: string): readonly Word[] {
  return name.split(/__|\./).flatMap(part =>
    part
      .split(/[_-]/)
      .filter(text => text !== '')
      .map((text, index) => ({ text, first: index === 0 })),
  )
}

class NameReader {
  readonly #words: readonly Word[]
  readonly #site: NameSite
  readonly #strict: boolean

  constructor(words: readonly Word[], site: NameSite, strict: boolean) {
    this.#words = words
    this.#site = site
    this.#strict = strict
  }

  settings(settings: readonly SettingsShape[]): readonly Path[] {
    const found = settings.flatMap(({ prefixes, shape }) =>
      prefixes.flatMap(prefix => this.#prefixed(prefix, shape).map(path => ({ path, open: shape.kind === 'open' }))),
    )
    const closed = found.filter(({ open }) => !open)
    // What only a schema knows takes every name: a class that has the setting by name goes first.
    return distinct((closed.length > 0 ? closed : found).map(({ path }) => path))
  }

  leaves(node: ConfigNode, at = 0): readonly Path[] {
    if (at === this.#words.length) return node.kind === 'map' ? [] : [[]]
    if (node.kind !== 'map') return []
    return [...node.entries].flatMap(([key, child]) =>
      this.#ends(at, key).flatMap(end => this.leaves(child, end).map(rest => [key, ...rest])),
    )
  }

  #prefixed(prefix: readonly string[], shape: Shape): readonly Path[] {
    const ends = prefix.reduce<readonly number[]>((starts, key) => starts.flatMap(at => this.#ends(at, key)), [0])
    return ends.flatMap(at => {
      if (at === this.#words.length && !this.#site.isMap) return []
      if (shape.kind === 'open' && prefix.length === 0 && this.#site.isShared) return []
      return this.#rest(shape, at, prefix)
    })
  }

  /** The paths that the words from `at` on can mean in a shape that stands at `above`. */
  #rest(shape: Shape, at: number, above: Path): readonly Path[] {
    if (at === this.#words.length) return [above]
    switch (shape.kind) {
      case 'scalar':
      case 'enum':
        return []
      case 'object':
        return this.#fields(shape, at, above)
      case 'union':
        return this.#variant(shape, at, above)
      case 'list':
        return this.#element(shape, at, above)
      case 'map':
        return this.#entry(shape, at, above)
      case 'open':
        return this.#anything(shape, at, above)
    }
  }

  #fields(shape: ObjectShape, at: number, above: Path): readonly Path[] {
    return shape.fields.flatMap(({ key, shape: inner }) =>
      this.#ends(at, key).flatMap(end => this.#rest(inner, end, [...above, key])),
    )
  }

  /** Where the words that spell a key may end. */
  #ends(at: number, key: string): readonly number[] {
    const wanted = canonical(key)
    const ends: number[] = []
    for (
      let end = at + 1;
      end <= this.#words.length && (end === at + 1 || this.#words[end - 1]?.first === false);
      end++
    ) {
      if (this.#fold(this.#text(at, end)) === wanted && this.#isStep(at, end)) ends.push(end)
    }
    return ends
  }

  /** The key that tells the variants apart, or a setting of any of them. */
  #variant({ discriminator, variants }: UnionShape, at: number, above: Path): readonly Path[] {
    const isKey = this.#ends(at, discriminator).includes(this.#words.length)
    const fields = [...variants.values()].flatMap(variant => this.#fields(variant, at, above))
    return distinct([...(isKey ? [[...above, discriminator]] : []), ...fields])
  }

  #element({ of }: ListShape, at: number, above: Path): readonly Path[] {
    const index = this.#text(at, at + 1)
    return INDEX.test(index) && this.#isStep(at, at + 1) ? this.#rest(of, at + 1, [...above, Number(index)]) : []
  }

  /** The key of a map can be any text, so `__` has to tell where it begins. */
  #entry({ of }: MapShape, at: number, above: Path): readonly Path[] {
    if (this.#words[at]?.first !== true) return []
    const end = this.#partEnd(at)
    return this.#rest(of, end, [...above, this.#mapKey(at, end, above)])
  }

  #anything(shape: OpenShape, at: number, above: Path): readonly Path[] {
    const end = this.#partEnd(at)
    return this.#rest(shape, end, [...above, this.#openKey(at, end, above)])
  }

  /** Where the part ends that the word at `at` is in: at the next `__`. */
  #partEnd(at: number): number {
    const next = this.#words.findIndex(({ first }, index) => first && index > at)
    return next < 0 ? this.#words.length : next
  }

  #isStep(at: number, end: number): boolean {
    const ends = end === this.#words.length || this.#words[end]?.first === true
    return !this.#strict || (this.#words[at]?.first === true && ends)
  }

  #mapKey(at: number, end: number, above: Path): string {
    const written = this.#words
      .slice(at, end)
      .map(({ text }) => text)
      .join('_')
    return this.#knownKey(written, above) ?? (written === written.toUpperCase() ? written.toLowerCase() : written)
  }

  #openKey(at: number, end: number, above: Path): string {
    const words = this.#words.slice(at, end).map(({ text }) => text)
    return this.#knownKey(words.join(''), above) ?? camelCase(words)
  }

  #knownKey(written: string, above: Path): string | undefined {
    const node = nodeAt(this.#site.root, above)
    const keys = node?.kind === 'map' ? [...node.entries.keys()] : []
    return keys.find(key => key === written) ?? keys.find(key => canonical(key) === canonical(written))
  }

  #text(at: number, end: number): string {
    return this.#words
      .slice(at, end)
      .map(({ text }) => text)
      .join('')
  }

  #fold(text: string): string {
    return this.#site.caseSensitive ? text : text.toUpperCase()
  }
}

/** `smtpHost`, `smtp-host` and `smtp_host` are spelt alike. */
function canonical(key: string): string {
  return key.replace(/[^\p{L}\p{N}]/gu, '').toUpperCase()
}

function camelCase(words: readonly string[]): string {
  return words
    .map(word => (word === word.toUpperCase() ? word.toLowerCase() : word))
    .map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('')
}

function snakeCase(key: string): string {
  return key
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1_$2')
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .toUpperCase()
}

function distinct(paths: readonly Path[]): readonly Path[] {
  return [...new Map(paths.map(path => [JSON.stringify(path), path])).values()]
}

const INDEX = /^(?:0|[1-9]\d{0,4})$/
