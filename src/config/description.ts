import type { Loaded } from './load'
import { type ConfigNode, nodeAt } from './node'
import { FIXED } from './origin'
import { isBelow, type Path, pathText } from './path'
import { MASK, soundsSecret, withoutPasswords } from './redaction'

/** One value of a configuration, as a report shows it. */
export interface DescribedValue {
  /** `'mail.servers[0].host'`. */
  readonly key: string
  /** As it was written, placeholders included; `'***'` where it is secret or sounds so, or where no settings class describes it. */
  readonly value: string
  /** Where it comes from: `'app.yaml, line 3'`, `'environment variable APP_MAIL_HOST'`, `'default'`. */
  readonly source: string
  /** The settings class that describes it. */
  readonly settings: string | undefined
}

/** Every value that a source has, and every default, by key. */
export function describeValues(loaded: Loaded): readonly DescribedValue[] {
  const written = leaves(loaded.root)
    .filter(({ path }) => !isFixed(loaded, path))
    .map(({ path, node }) => describeLeaf(loaded, path, node))
  const keys = new Set(written.map(({ key }) => key))
  const others = loaded.fields.flatMap(each => {
    const { path, origin, secret, owner } = each
    const value = valueOf(each)
    const key = pathText(path)
    const isWritten = nodeAt(loaded.root, path) !== undefined && !isFixed(loaded, path)
    if (keys.has(key) || value === undefined || isWritten || isHolder(value)) return []
    return [
      { key, value: secret || soundsSecret(key) ? MASK : shown(value), source: origin.text, settings: owner.name },
    ]
  })
  return Object.freeze(
    [...written, ...others].sort((one, other) => (one.key < other.key ? -1 : 1)).map(Object.freeze),
  ) as readonly DescribedValue[]
}

function describeLeaf({ fields, written }: Loaded, path: Path, node: ConfigNode): DescribedValue {
  const around = fields.filter(field => isBelow(path, field.path))
  const owner = around[0]?.owner.name
  const isPublic = around.length > 0 && around.every(({ secret }) => !secret)
  // What a reference or a text in JSON stands for is not written there: it could be secret where it is.
  const source = nodeAt(written, path)
  const key = pathText(path)
  const value = isPublic && !soundsSecret(key) && source?.kind === 'leaf' ? shown(source.value) : MASK
  return { key, value, source: node.origin.text, settings: owner }
}

/** Whether what a source has there counts for nothing: the class says the value. */
function isFixed({ fields }: Loaded, path: Path): boolean {
  return fields.some(field => field.origin.source === FIXED && isBelow(path, field.path) && !isHolder(valueOf(field)))
}

function valueOf({ instance, field }: Loaded['fields'][number]): unknown {
  return (instance as Readonly<Record<string, unknown>>)[field.property]
}

interface PlacedLeaf {
  readonly path: Path
  readonly node: ConfigNode
}

function leaves(node: ConfigNode, path: Path = []): readonly PlacedLeaf[] {
  if (node.kind === 'map') return [...node.entries].flatMap(([key, each]) => leaves(each, [...path, key]))
  if (node.kind === 'list' && node.items.length > 0)
    return node.items.flatMap((each, index) => leaves(each, [...path, index]))
  return [{ path, node }]
}

/** Objects inside describe their own fields. */
function isHolder(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'object' && value !== null) return '{…}'
  return typeof value === 'string' ? withoutPasswords(value) : String(value)
}
