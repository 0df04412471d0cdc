import type { Class } from '../core/metadata'
import { type BoundField, Binder } from './binder'
import { Claims } from './claims'
import { assign, conceal, undressed } from './dressing'
import type { ConfigurationProblem } from './errors'
import { treeOfVariables } from './flat-tree'
import { interpolate } from './interpolation'
import { type ConfigNode, mapNode, mergeNodes, nodeAt } from './node'
import { originOf } from './origin'
import { type Path, pathText } from './path'
import { plainValue } from './plain-value'
import type { Report } from './problem'
import { instantiate, type SettingsShape, ShapeReader } from './shape-reader'
import type { ConfigurationSource, Reading } from './source'
import { validate, validateFields } from './validate'
import { variableName } from './variable-names'

/** What the sources held when they were read, once, with what was wrong with them. */
export interface Readings {
  readonly sources: readonly ConfigurationSource[]
  readonly readings: readonly Reading[]
  readonly problems: readonly ConfigurationProblem[]
}

/** What the sources say together, before settings are bound. */
export interface Merged {
  readonly readings: Readings
  readonly settings: readonly SettingsShape[]
  /** The merged tree as it was written. */
  readonly written: ConfigNode
  /** The same, with every placeholder replaced. */
  readonly root: ConfigNode
  readonly problems: readonly ConfigurationProblem[]
}

/** A configuration as it was at one moment. Immutable. */
export interface Loaded extends Merged {
  readonly bound: ReadonlyMap<Class, object>
  readonly fields: readonly (BoundField & { readonly owner: Class })[]
}

/** Settings classes that are not bound: something stands in for them. Their keys are known nevertheless. */
export type Replaced = ReadonlySet<unknown>

export async function readSources(sources: readonly ConfigurationSource[]): Promise<Readings> {
  const problems: ConfigurationProblem[] = []
  const readings: Reading[] = []
  // One after the other, so that problems come in the order of the sources.
  for (const source of sources) readings.push(await source.read(problem => problems.push(problem)))
  return { sources, readings, problems }
}

/** Merges what was read, gives variables their places among the settings, and replaces placeholders. */
export function mergeReadings(readings: Readings, classes: readonly Class[]): Merged {
  const problems = [...readings.problems]
  const report: Report = problem => problems.push(problem)
  const reader = new ShapeReader(report)
  const settings = [...new Set(classes)].map(target => reader.settings(target))
  const written = merged(readings.readings, settings, report)
  const root = interpolate(written, report, isIncomplete(readings))
  return { readings, settings, written, root, problems }
}

/** Binds and validates every settings class; all problems are gathered, those before included. */
export async function bindMerged(merged: Merged, replaced: Replaced = new Set()): Promise<Loaded> {
  const { readings, settings, root } = merged
  const problems = [...merged.problems]
  const report: Report = problem => problems.push(problem)
  const site = { readings, root, incomplete: isIncomplete(readings), claims: new Claims(settings), report }
  const bound = new Map<Class, object>()
  const fields: (BoundField & { readonly owner: Class })[] = []
  for (const each of settings.filter(({ target }) => !replaced.has(target))) {
    const result = await bindSettings(each, site, problems)
    fields.push(...result.fields.map(field => ({ ...field, owner: each.target })))
    if (result.instance !== undefined) bound.set(each.target, result.instance)
  }
  return Object.freeze({ ...merged, bound, fields, problems: distinct(problems) })
}

/** Whether a source could not be read, so that what is missing may stand there. */
function isIncomplete({ problems }: Readings): boolean {
  return problems.length > 0
}

function merged(readings: readonly Reading[], settings: readonly SettingsShape[], report: Report): ConfigNode {
  return readings.reduce<ConfigNode>(
    (root, reading) =>
      mergeNodes(root, reading.kind === 'tree' ? reading.root : treeOfVariables(reading, { settings, root, report })),
    mapNode(new Map(), originOf('no source')),
  )
}

interface LoadSite {
  readonly readings: Readings
  readonly root: ConfigNode
  readonly incomplete: boolean
  readonly claims: Claims
  readonly report: Report
}

interface Bound {
  readonly instance: object | undefined
  readonly fields: readonly BoundField[]
}

async function bindSettings(settings: SettingsShape, site: LoadSite, problems: readonly unknown[]): Promise<Bound> {
  const before = problems.length
  const path = prefixOf(settings, site.root)
  const isWhole = (): boolean => problems.length === before
  const remedy = (missing: Path): string => remedyFor(missing, site.readings.sources)
  const binder = new Binder({ claims: site.claims, incomplete: site.incomplete, remedy, report: site.report })
  const instance = make(settings, binder, nodeAt(site.root, path), path)
  if (isWhole()) await validateFields(binder.fields, site.root, site.report)
  const checked =
    isWhole() && instance !== undefined ? await check({ settings, instance, path, binder, site }) : undefined
  if (!isWhole() || checked === undefined) return { instance: undefined, fields: binder.fields }
  for (const made of [checked, ...binder.made]) Object.freeze(made)
  return { instance: checked, fields: binder.fields }
}

/** The longest prefix that a source has, else the longest. */
function prefixOf({ prefixes }: SettingsShape, root: ConfigNode): readonly string[] {
  return prefixes.find(prefix => nodeAt(root, prefix) !== undefined) ?? prefixes[0] ?? []
}

function make(
  { target, shape }: SettingsShape,
  binder: Binder,
  node: ConfigNode | undefined,
  path: Path,
): object | undefined {
  if (shape.kind === 'object') return binder.bind(shape, node, path)
  const instance = instantiate(target)
  return 'made' in instance ? instance.made : undefined
}

interface Checking {
  readonly settings: SettingsShape
  readonly instance: object
  readonly path: Path
  readonly binder: Binder
  readonly site: LoadSite
}

/** Lets the schema of the class have its say. */
async function check({ settings, instance, path, binder, site }: Checking): Promise<object | undefined> {
  const { schema, shape, target } = settings
  if (schema === undefined) return instance
  const node = nodeAt(site.root, path)
  const value = shape.kind === 'open' ? (node === undefined ? {} : plainValue(node)) : undressed(instance)
  const secrets = binder.fields
    .filter(({ secret }) => secret)
    .map(({ field, instance: owner }) => valueOf(owner, field.property))
  const keysOf = (steps: Path): Path => keysOfProperties(settings, steps)
  const validation = { schema, value, path, root: site.root, secret: false, secrets, keysOf }
  const result = await validate(validation, site.report)
  if (result === undefined) return undefined
  const fields = shape.kind === 'object' ? shape.fields : []
  const answer = result.value
  if (typeof answer !== 'object' || answer === null) return instance
  const isOwn = answer instanceof target
  if (isOwn) conceal(answer, fields)
  else assign(instance, answer, fields)
  return isOwn ? answer : instance
}

function valueOf(instance: object, property: string): unknown {
  return (instance as Readonly<Record<string, unknown>>)[property]
}

/** The keys behind the properties of a path, as far as fields have other names than their properties. */
function keysOfProperties({ shape: start }: SettingsShape, steps: Path): Path {
  let shape: SettingsShape['shape'] | undefined = start
  return steps.map(step => {
    const field: BoundField['field'] | undefined =
      shape?.kind === 'object' ? shape.fields.find(({ property }) => property === step) : undefined
    shape = field?.shape.kind === 'object' ? field.shape : undefined
    return field?.key ?? step
  })
}

/** Where a missing value could be written: the sources by name, or a variable. */
function remedyFor(path: Path, sources: readonly ConfigurationSource[]): string {
  const trees = sources.flatMap(({ name, variable }) => (variable === undefined ? [name] : []))
  const variables = sources.flatMap(({ variable }) => variable?.(variableName(path)) ?? [])
  const places = [...(trees.length === 0 ? [] : [`${pathText(path)} in ${trees.join(', ')}`]), ...variables]
  return places.length === 0 ? 'Give bootstrap({ config }) a source that has it.' : `Set ${places.join(', or ')}.`
}

/** Two classes at one prefix find the same unknown key. */
function distinct(problems: readonly ConfigurationProblem[]): readonly ConfigurationProblem[] {
  const keys = new Map(problems.map(each => [`${each.code} ${each.what} ${each.where ?? ''}`, each]))
  return Object.freeze([...keys.values()])
}
