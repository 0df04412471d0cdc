import { childOf, type ConfigNode, type LeafNode, mapNode, textLeaf, type Variables } from './node'
import { type Origin, originOf } from './origin'
import { isBelow, parsePath, type Path, pathText } from './path'
import { problem, type Report } from './problem'
import { parseTemplate, type Placeholder, type Template } from './template'

/** Replaces every placeholder of a merged tree. What cannot be replaced is reported, and fails. */
export function interpolate(root: ConfigNode, report: Report, incomplete: boolean): ConfigNode {
  return new Interpolation(root, report, incomplete).resolve([], root)
}

class Interpolation {
  readonly #root: ConfigNode
  readonly #report: Report
  /** Whether a source could not be read, so that what is missing may stand there. */
  readonly #incomplete: boolean
  readonly #resolved = new Map<ConfigNode, ConfigNode>()
  /** The values being resolved, outermost first. */
  readonly #under: Path[] = []

  constructor(root: ConfigNode, report: Report, incomplete: boolean) {
    this.#root = root
    this.#report = report
    this.#incomplete = incomplete
  }

  resolve(path: Path, node: ConfigNode): ConfigNode {
    const known = this.#resolved.get(node)
    if (known !== undefined) return known
    const resolved = this.#fresh(path, node)
    this.#resolved.set(node, resolved)
    return resolved
  }

  #fresh(path: Path, node: ConfigNode): ConfigNode {
    switch (node.kind) {
      case 'map': {
        const entries = [...node.entries].map(([key, each]) => [key, this.resolve([...path, key], each)] as const)
        return mapNode(new Map(entries), node.origin)
      }
      case 'list':
        return { ...node, items: node.items.map((each, index) => this.resolve([...path, index], each)) }
      case 'leaf':
        return this.#leaf(path, node)
      case 'failed':
        return node
    }
  }

  #leaf(path: Path, node: LeafNode): ConfigNode {
    const { value, variables } = node
    if (typeof value !== 'string' || variables === undefined || !value.includes('${')) return node
    const template = parseTemplate(value)
    if ('fault' in template) return this.#fail({ path, node, variables }, template.fault, FORMS)
    this.#under.push(path)
    const replaced = this.#expand(template, { path, node, variables })
    this.#under.pop()
    return replaced
  }

  /** A text that is nothing but one placeholder becomes what that stands for, be it a map; else all are texts. */
  #expand(template: Template, site: Site): ConfigNode {
    const [first, ...others] = template
    if (first !== undefined && typeof first !== 'string' && others.length === 0) return this.#replace(first, site)
    let text = ''
    for (const part of template) {
      const node = typeof part === 'string' ? textLeaf(part, site.node.origin) : this.#replace(part, site)
      if (node.kind === 'failed') return node
      if (node.kind !== 'leaf') return this.#fail(site, 'puts a list or a map into a text', WHOLE)
      text += node.value === null ? '' : String(node.value)
    }
    return textLeaf(text, site.node.origin)
  }

  #replace(placeholder: Placeholder, site: Site): ConfigNode {
    return placeholder.kind === 'env' ? this.#variable(placeholder, site) : this.#reference(placeholder, site)
  }

  /** As in a shell, a fallback counts also where the variable is empty. */
  #variable({ name, fallback }: Placeholder, site: Site): ConfigNode {
    // A plain object answers to 'toString' too, which nobody has set.
    const value = Object.hasOwn(site.variables, name) ? site.variables[name] : undefined
    if (value === undefined || (value === '' && fallback !== undefined)) {
      if (fallback !== undefined) return this.#expandFallback(fallback, site)
      return this.#fail(
        site,
        `names the variable ${name}, which is not set`,
        `Set ${name}, ${orFallback('ENV', name)}.`,
      )
    }
    return textLeaf(value, originOf(site.node.origin.source, `environment variable ${name} (${site.node.origin.text})`))
  }

  #reference({ name, fallback }: Placeholder, site: Site): ConfigNode {
    const path = parsePath(name)
    const found = this.#find(path)
    if ('circle' in found) return this.#circle([...found.circle, path], site)
    const { node } = found
    const isMissing = node === undefined || (node.kind === 'leaf' && node.value === null)
    if (isMissing && fallback !== undefined) return this.#expandFallback(fallback, site)
    return node ?? this.#missing(name, site)
  }

  /** The resolved node at a path, which may lead through references; or the way on which it leads back. */
  #find(path: Path): { readonly node: ConfigNode | undefined } | { readonly circle: readonly Path[] } {
    let node: ConfigNode | undefined = this.#root
    for (let end = 0; end <= path.length && node !== undefined; end++) {
      const here = path.slice(0, end)
      if (end > 0) node = childOf(node, path[end - 1] ?? '')
      const isWanted = end === path.length
      if (node === undefined || (node.kind !== 'leaf' && !isWanted)) continue
      // What is being resolved, or holds what is, cannot be had before it.
      const start = this.#under.findIndex(each => isBelow(each, here))
      if (start >= 0) return { circle: this.#under.slice(start) }
      node = this.resolve(here, node)
    }
    return { node }
  }

  #missing(name: string, site: Site): ConfigNode {
    if (this.#incomplete) return { kind: 'failed', origin: site.node.origin }
    return this.#fail(site, `refers to ${name}, which no source has`, `Set ${name}, ${orFallback('ref', name)}.`)
  }

  /** An empty fallback is an empty text. */
  #expandFallback(fallback: Template, site: Site): ConfigNode {
    return fallback.length === 0 ? textLeaf('', site.node.origin) : this.#expand(fallback, site)
  }

  #circle(way: readonly Path[], site: Site): ConfigNode {
    const text = way.map(pathText).join(' -> ')
    return this.#fail(site, `leads back to itself: ${text}`, 'Write one of them out.')
  }

  #fail({ path, node }: Site, fault: string, next: string): ConfigNode {
    const what = `${pathText(path)} ${fault}.`
    this.#report(problem('AMBIT_CONFIG_INTERPOLATION', { path, origin: node.origin, what, next }))
    return { kind: 'failed', origin: node.origin }
  }
}

interface Site {
  readonly path: Path
  readonly node: { readonly origin: Origin }
  readonly variables: Variables
}

function orFallback(kind: string, name: string): string {
  return `or write a fallback: \${${kind}:${name}:-…}`
}

const FORMS = 'Write ${ENV:NAME}, ${ref:a.b}, either with a fallback behind :-, or $${ for a ${ that means nothing.'
const WHOLE = 'Let the reference stand alone, without text around it.'
