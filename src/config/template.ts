/** A text with `${…}` in it, taken apart. */
export type Template = readonly TemplatePart[]

export type TemplatePart = string | Placeholder

/** One `${ENV:NAME:-fallback}` or `${ref:a.b:-fallback}`. */
export interface Placeholder {
  readonly kind: PlaceholderKind
  readonly name: string
  /** What stands behind `:-`. */
  readonly fallback: Template | undefined
}

export type PlaceholderKind = 'env' | 'ref'

/** Why a text is no template, in words. */
export interface TemplateFault {
  readonly fault: string
}

/**
 * Takes a text apart. `$${` is a `${` that means nothing; every other `${` has to be a placeholder, so that a form of another
 * tool is refused and not passed on as a password, say.
 */
export function parseTemplate(text: string): Template | TemplateFault {
  return text.includes('${') ? new TemplateParser(text).parse() : [text]
}

class TemplateParser {
  readonly #text: string
  #at = 0
  #fault: string | undefined

  constructor(text: string) {
    this.#text = text
  }

  parse(): Template | TemplateFault {
    const template = this.#template(false)
    return this.#fault === undefined ? template : { fault: this.#fault }
  }

  /** Up to the end, or up to the brace that closes the placeholder around it. */
  #template(inside: boolean): Template {
    const parts: TemplatePart[] = []
    let literal = ''
    while (this.#at < this.#text.length && !(inside && this.#text[this.#at] === '}')) {
      if (this.#takes('$${')) literal += '${'
      else if (this.#takes('${')) {
        parts.push(literal, this.#placeholder())
        literal = ''
      } else literal += this.#text[this.#at++] ?? ''
    }
    return [...parts, literal].filter(part => part !== '')
  }

  #placeholder(): TemplatePart {
    const [head, word = '', name = ''] = HEAD.exec(this.#text.slice(this.#at)) ?? []
    const kind = KINDS.find(each => each === word.toLowerCase())
    if (head === undefined || kind === undefined) return this.#fail("holds '${' that begins no placeholder")
    this.#at += head.length
    const fallback = this.#takes(':-') ? this.#template(true) : undefined
    if (!this.#takes('}')) return this.#fail("holds a '${' whose '}' is missing")
    return { kind, name, fallback }
  }

  /** The first fault counts: behind it, nothing is read. */
  #fail(fault: string): string {
    this.#fault ??= fault
    this.#at = this.#text.length
    return ''
  }

  #takes(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false
    this.#at += token.length
    return true
  }
}

const KINDS = ['env', 'ref'] as const satisfies readonly PlaceholderKind[]
const HEAD = /^(\w+):([^${}:\s]+)/
