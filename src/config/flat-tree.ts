import type { ConfigNode, MapNode } from './node'
import { mapNode, textLeaf } from './node'
import { type Origin, originOf } from './origin'
import { type Path, pathText } from './path'
import { problem, type Report } from './problem'
import type { SettingsShape } from './shape-reader'
import type { FlatEntry, Reading } from './source'
import { spelledOut } from './spelled-out'
import { leavesNamed, settingsNamed, variableName } from './variable-names'

type FlatReading = Extract<Reading, { readonly kind: 'flat' }>

/** What gives the variables of a source their places. */
export interface FlatSite {
  readonly settings: readonly SettingsShape[]
  /** What earlier sources have. */
  readonly root: ConfigNode
  readonly report: Report
}

interface Placed {
  readonly path: Path
  readonly entry: FlatEntry
}

/** The tree that variables make; one that no setting answers to is left alone. */
export function treeOfVariables(reading: FlatReading, site: FlatSite): MapNode {
  const placed = reading.entries.flatMap(entry => place(entry, reading, site))
  const kept = withoutRepeats(placed, site.report)
  const origin = kept[0]?.entry.origin ?? originOf('variables')
  const built = build(kept, 0, site.report)
  const root = built && spelledOut(built, site.settings, site.report)
  return root?.kind === 'map' ? root : mapNode(new Map(), origin)
}

function place(
  entry: FlatEntry,
  { prefix, caseSensitive }: FlatReading,
  { settings, root, report }: FlatSite,
): Placed[] {
  const isMap = entry.text.trimStart().startsWith('{')
  const found = settingsNamed(entry.name, settings, { root, caseSensitive, isMap, isShared: prefix === '' })
  // Without a prefix, the names of all programs are here: only what a class asks for by name is taken.
  const paths = found.length === 0 && prefix !== '' ? leavesNamed(entry.name, root, caseSensitive) : found
  if (paths.length > 1) report(ambiguous(entry, paths, prefix))
  const [path] = paths
  return path === undefined || paths.length > 1 ? [] : [{ path, entry }]
}

/** The same text under two names is no contradiction: `http_proxy` and `HTTP_PROXY` often stand side by side. */
function withoutRepeats(placed: readonly Placed[], report: Report): readonly Placed[] {
  const byPath = new Map<string, Placed>()
  for (const each of placed) {
    const key = JSON.stringify(each.path)
    const first = byPath.get(key)
    if (first === undefined) byPath.set(key, each)
    else if (first.entry.text !== each.entry.text) report(contradiction(first, each))
  }
  return [...byPath.values()]
}

function build(placed: readonly Placed[], depth: number, report: Report): ConfigNode | undefined {
  const [first] = placed
  if (first === undefined) return undefined
  const whole = placed.find(({ path }) => path.length === depth)
  const parts = placed.filter(({ path }) => path.length > depth)
  if (whole !== undefined && parts[0] !== undefined) report(wholeAndParts(whole, parts[0]))
  if (whole !== undefined) return textLeaf(whole.entry.text, whole.entry.origin)
  const groups = groupBy(parts, depth)
  const children = [...groups].map(([step, group]) => [step, build(group, depth + 1, report)] as const)
  const present = children.flatMap(([step, node]) => (node === undefined ? [] : [[step, node] as const]))
  return typeof first.path[depth] === 'number'
    ? list(present, first, depth, report)
    : mapNode(new Map(present.map(([step, node]) => [String(step), node])), first.entry.origin)
}

function list(
  present: readonly (readonly [string | number, ConfigNode])[],
  first: Placed,
  depth: number,
  report: Report,
): ConfigNode {
  const items = [...present].sort(([left], [right]) => Number(left) - Number(right))
  const gap = items.findIndex(([step], index) => step !== index)
  if (gap >= 0) report(incomplete(first, depth, gap))
  return { kind: 'list', items: items.map(([, node]) => node), origin: first.entry.origin }
}

function groupBy(placed: readonly Placed[], depth: number): ReadonlyMap<string | number, readonly Placed[]> {
  const groups = new Map<string | number, Placed[]>()
  for (const each of placed) {
    const step = each.path[depth] ?? ''
    groups.set(step, [...(groups.get(step) ?? []), each])
  }
  return groups
}

/** An origin at the beginning of a sentence. */
function sentence({ text }: Origin): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function ambiguous({ origin }: FlatEntry, paths: readonly Path[], prefix: string): ReturnType<typeof problem> {
  const what = `${sentence(origin)} can mean ${paths.map(pathText).join(' or ')}.`
  const names = paths.map(path => `${prefix}${variableName(path)}`).join(' or ')
  return problem('AMBIT_CONFIG_VARIABLE', { path: [], origin, what, next: `Write ${names}.` })
}

function contradiction(first: Placed, second: Placed): ReturnType<typeof problem> {
  const what = `${sentence(first.entry.origin)} and ${second.entry.origin.text} both set ${pathText(first.path)}, to different texts.`
  return problem('AMBIT_CONFIG_VARIABLE', {
    path: first.path,
    origin: second.entry.origin,
    what,
    next: 'Keep one of them.',
  })
}

function wholeAndParts(whole: Placed, part: Placed): ReturnType<typeof problem> {
  const what = `${sentence(whole.entry.origin)} sets the whole of ${pathText(whole.path)}, and ${part.entry.origin.text} a part of it.`
  return problem('AMBIT_CONFIG_VARIABLE', {
    path: whole.path,
    origin: whole.entry.origin,
    what,
    next: 'Keep one of them.',
  })
}

function incomplete({ path, entry }: Placed, depth: number, index: number): ReturnType<typeof problem> {
  const list = path.slice(0, depth)
  const what = `The variables of ${pathText(list)} leave out the index ${index}.`
  const next = 'Number them from 0 on: a list is replaced whole, and not by element.'
  return problem('AMBIT_CONFIG_VARIABLE', { path: list, origin: entry.origin, what, next })
}
