import { isSimpleObject } from './simple-object'
import { type ConfigNode, type MapNode, mapNode, type Scalar, type Variables } from './node'
import type { Origin } from './origin'
import { type Path, pathText } from './path'
import { kindOfValue } from './plain-value'
import { problem, type Report } from './problem'

/** What the reading of a tree depends on. */
export interface TreeSite {
  /** The origin of the value at a path. */
  readonly originAt: (path: Path) => Origin
  /** Where texts are templates: reads the variables they name. */
  readonly variables?: Variables | undefined
  /** Whether texts come from where everything is a text. */
  readonly text?: boolean
  readonly report: Report
}

/** Reads a value of JavaScript into nodes; what is no configuration (functions, instances, a circle) is reported. */
export function readTree(value: unknown, site: TreeSite, path: Path = []): ConfigNode {
  return read(value, { site, path, above: [] })
}

/** As {@link readTree}, for a whole source, which has to be a map. */
export function readRoot(value: unknown, site: TreeSite): MapNode {
  const origin = site.originAt([])
  if (value === null || value === undefined) return mapNode(new Map(), origin) // an empty file
  const node = readTree(value, site)
  if (node.kind === 'map') return node
  if (node.kind !== 'failed') site.report(noMap(value, origin))
  return mapNode(new Map(), origin)
}

interface Reading {
  readonly site: TreeSite
  readonly path: Path
  /** The objects on the way to this one, and where each is. */
  readonly above: readonly { readonly value: object; readonly path: Path }[]
}

function read(value: unknown, reading: Reading): ConfigNode {
  const { site, path, above } = reading
  const origin = site.originAt(path)
  if (isScalar(value))
    return { kind: 'leaf', value: kept(value), origin, text: site.text === true, variables: site.variables }
  const isList = Array.isArray(value)
  if (!isList && !isSimpleObject(value)) return failed(reading, origin, noValue(value))
  const start = above.find(each => each.value === value)
  if (start !== undefined) return failed(reading, origin, circle(start.path))
  const inside = [...above, { value, path }]
  const child = (each: unknown, step: string | number): ConfigNode =>
    read(each, { site, path: [...path, step], above: inside })
  return isList
    ? { kind: 'list', items: Array.from(value as readonly unknown[], child), origin }
    : mapNode(new Map(definedEntries(value).map(([key, each]) => [key, child(each, key)])), origin)
}

/** `undefined` says nothing: a source in code may pass on what is not there. */
function definedEntries(value: object): readonly [string, unknown][] {
  return Object.entries(value).filter(([, each]) => each !== undefined)
}

function isScalar(value: unknown): value is Scalar {
  if (value === null || value instanceof Date) return true
  return ['string', 'number', 'boolean', 'bigint'].includes(typeof value)
}

/** A date of the program may change later. */
function kept(value: Scalar): Scalar {
  return value instanceof Date ? new Date(value) : value
}

interface Fault {
  readonly is: string
  readonly next: string
}

function noValue(value: unknown): Fault {
  const instance = typeof value === 'object' && value !== null ? 'an instance of a class' : kindOfValue(value)
  return { is: `is ${instance}, which is no configuration`, next: 'Write a text, number, boolean, null, list or map.' }
}

function circle(start: Path): Fault {
  const text = start.length === 0 ? 'the whole source' : pathText(start)
  return { is: `leads back to ${text}: a circle has no end`, next: 'Write the value out, without the circle.' }
}

function failed({ site, path }: Reading, origin: Origin, { is, next }: Fault): ConfigNode {
  site.report(problem('AMBIT_CONFIG_SOURCE', { path, origin, what: `${pathText(path) || 'The source'} ${is}.`, next }))
  return { kind: 'failed', origin }
}

function noMap(value: unknown, origin: Origin): ReturnType<typeof problem> {
  return problem('AMBIT_CONFIG_SOURCE', {
    path: [],
    origin,
    what: `${origin.source} holds ${kindOfValue(value)} where a map of settings is expected.`,
    next: 'Begin with keys and their values.',
  })
}
