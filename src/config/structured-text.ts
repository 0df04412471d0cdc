import type { ConfigNode, LeafNode, ListNode } from './node'
import type { Origin } from './origin'
import { type Path, pathText } from './path'
import { problem, type Report } from './problem'
import { readTree } from './read-tree'
import { repeatedKeys } from './repeated-keys'

/** The list that a text holds: JSON, or values with commas between them. An empty text is an empty list. */
export function listOfText(leaf: LeafNode, path: Path, report: Report): ConfigNode | undefined {
  const text = textOf(leaf)
  if (text === undefined) return undefined
  if (text.startsWith('[')) return jsonOfText(leaf, path, report)
  const items = text === '' ? [] : text.split(',').map(item => ({ ...leaf, value: item.trim() }))
  return { kind: 'list', items, origin: leaf.origin } satisfies ListNode
}

/** The map that a text holds as JSON. */
export function mapOfText(leaf: LeafNode, path: Path, report: Report): ConfigNode | undefined {
  return textOf(leaf)?.startsWith('{') === true ? jsonOfText(leaf, path, report) : undefined
}

function jsonOfText({ value, origin }: LeafNode, path: Path, report: Report): ConfigNode | undefined {
  try {
    const node = readTree(JSON.parse(String(value)), { originAt: () => origin, text: true, report }, path)
    for (const { key } of repeatedKeys(String(value))) report(repeated(key, origin, path))
    return node
  } catch {
    return undefined // the parser's message would show the text
  }
}

function repeated(key: string, origin: Origin, path: Path): ReturnType<typeof problem> {
  const what = `The JSON of ${pathText(path)} has the key '${key}' twice in one map.`
  return problem('AMBIT_CONFIG_SOURCE', { path, origin, what, next: 'Keep one of them.' })
}

/** Only where everything is a text may a text stand for more. */
function textOf({ value, text }: LeafNode): string | undefined {
  return text && typeof value === 'string' ? value.trim() : undefined
}
