import { didYouMean } from '../core/near-misses'
import type { Claims } from './claims'
import { coerce, isTooLong } from './coerce'
import type { ConfigErrorCode } from './errors'
import { frozenCopy } from './frozen'
import { type ConfigNode, type LeafNode, mapNode, type MapNode, mergeNodes } from './node'
import { FIXED, type Origin, originOf } from './origin'
import { type Path, pathText } from './path'
import { kindOfNode, plainValue } from './plain-value'
import { problem, type Report } from './problem'
import { readTree } from './read-tree'
import {
  choices,
  type EnumShape,
  expectation,
  type Field,
  type ListShape,
  type MapShape,
  type ObjectShape,
  type ScalarShape,
  type Shape,
  type UnionShape,
} from './shape'
import { instantiate } from './shape-reader'
import { isSimpleObject } from './simple-object'
import { listOfText, mapOfText } from './structured-text'

/** What binding depends on. */
export interface BindingSite {
  readonly claims: Claims
  /** Whether a source could not be read, so that what is missing may stand there. */
  readonly incomplete: boolean
  /** How to give a missing value, in words. */
  readonly remedy: (path: Path) => string
  readonly report: Report
}

/** A value as it was bound, for reports and for schemas. */
export interface BoundField {
  readonly path: Path
  readonly origin: Origin
  readonly field: Field
  readonly instance: object
  /** Whether it, or what is around it, is secret. */
  readonly secret: boolean
}

interface Where {
  readonly path: Path
  readonly secret: boolean
  /** Classes being bound without any value, and defaults being made anew, so that what holds itself comes to an end. */
  readonly absent: ReadonlySet<object>
}

/** Stands for a value that could not be had; the problem has been told. */
const FAILED = Symbol('failed')

/** Makes one settings object of a node. Its fields, and those of objects inside, are in `fields` afterwards. */
export class Binder {
  readonly fields: BoundField[] = []
  /** The objects made, to be frozen when schemas have had their say. */
  readonly made: object[] = []
  readonly #site: BindingSite

  constructor(site: BindingSite) {
    this.#site = site
  }

  /** @returns the object, `undefined` where there is none; it is whole only if nothing was reported. */
  bind(shape: ObjectShape, node: ConfigNode | undefined, path: Path): object | undefined {
    const bound = this.#optionalObject(shape, node, { path, secret: false, absent: new Set() })
    return bound === FAILED ? undefined : (bound as object)
  }

  #optionalObject(shape: ObjectShape, node: ConfigNode | undefined, where: Where, base?: object): unknown {
    if (node !== undefined) return this.#object(shape, node, where, base)
    const absent = new Set([...where.absent, shape.target, ...(base === undefined ? [] : [base])])
    const nothing = mapNode(new Map(), originOf('nothing'))
    return this.#fill(shape, nothing, { ...where, absent }, base)
  }

  #object(shape: ObjectShape, node: ConfigNode, where: Where, base?: object): unknown {
    const map = this.#map(shape, node, where)
    if (map === undefined) return FAILED
    this.#refuseUnknown(map, shape.fields, where)
    return this.#fill(shape, map, where, base)
  }

  #fill(shape: ObjectShape, map: MapNode, where: Where, base?: object): unknown {
    const instance = instantiate(shape.target)
    if (!('made' in instance)) return FAILED // reported when its declaration was read
    const made = base === undefined ? instance.made : Object.assign(instance.made, base)
    this.made.push(made)
    for (const field of shape.fields) this.#field(field, map, made, where)
    return made
  }

  #field(field: Field, map: MapNode, instance: object, around: Where): void {
    const path = [...around.path, field.key]
    const where = { ...around, path, secret: around.secret || field.secret }
    const given = (instance as Readonly<Record<string, unknown>>)[field.property]
    const node = this.#withFixed(field, map.entries.get(field.key), path)
    const value = this.#fieldValue(field, node, where, given)
    if (value === FAILED) return
    define(instance, field, value)
    this.fields.push({ path, origin: node?.origin ?? DEFAULT, field, instance, secret: where.secret })
  }

  /** What is fixed stands above every source. */
  #withFixed({ fixed, property }: Field, node: ConfigNode | undefined, path: Path): ConfigNode | undefined {
    if (fixed === undefined) return node
    const origin = originOf(FIXED, `fixed for ${property}`)
    return mergeNodes(node, readTree(fixed, { originAt: () => origin, report: this.#site.report }, path))
  }

  #fieldValue(field: Field, node: ConfigNode | undefined, where: Where, given: unknown): unknown {
    if (node === undefined) return this.#absentValue(field, where, given)
    if (node.kind === 'leaf' && isNothing(node, field)) return this.#nothing(field, node, where)
    return this.#value(field.shape, node, where, given)
  }

  /** The default, if there is one; else the defaults of what is inside. */
  #absentValue(field: Field, where: Where, given: unknown): unknown {
    const { shape, required, optional } = field
    if (given !== undefined && !required) return this.#default(shape, given, where)
    if (optional) return undefined
    const inner = shape.kind === 'object' && !where.absent.has(shape.target) && !required ? shape : undefined
    return inner ? this.#optionalObject(inner, undefined, where) : this.#missing(shape, where)
  }

  /** A default as if a source had it: its objects are made anew wherever they stand, which hides secrets and freezes. */
  #default(shape: Shape, given: unknown, where: Where): unknown {
    if (shape.kind === 'list' && Array.isArray(given))
      return this.#all(given.map((each, index) => this.#default(shape.of, each, inside(where, index))))
    if (shape.kind === 'map' && isSimpleObject(given)) return this.#defaultMap(shape, given, where)
    const object = objectShape(shape, given)
    if (object === undefined) return this.#defaultOfNoObject(shape, given, where)
    if (!isObject(given) || where.absent.has(given)) return frozenCopy(given)
    return this.#optionalObject(object, undefined, where, given)
  }

  /** Of what is no variant nobody could tell which values are secret. */
  #defaultOfNoObject(shape: Shape, given: unknown, where: Where): unknown {
    if (shape.kind !== 'union' || given === null) return frozenCopy(given)
    const { variants, discriminator } = shape
    const what = `${pathText(where.path)} has a default that is none of ${choices([...variants.keys()])}.`
    const next = `Give it an instance of one of their classes, or an object whose ${discriminator} names one.`
    return this.#refuse('AMBIT_CONFIG_VALUE', where, { origin: DEFAULT, what, next })
  }

  #defaultMap(shape: MapShape, given: Readonly<Record<string, unknown>>, where: Where): unknown {
    const entries = Object.entries(given).map(
      ([key, each]) => [key, this.#default(shape.of, each, inside(where, key))] as const,
    )
    return this.#entries(entries)
  }

  #missing(shape: Shape, where: Where): typeof FAILED {
    if (this.#site.incomplete) return FAILED
    const what = `${pathText(where.path)} is missing; expected ${expectation(shape)}.`
    return this.#refuse('AMBIT_CONFIG_MISSING', where, { what, next: this.#site.remedy(where.path) })
  }

  #nothing({ shape, nullable, optional }: Field, { origin, value }: LeafNode, where: Where): unknown {
    if (nullable) return null
    if (optional) return undefined
    const is = value === null ? 'null' : 'empty'
    const what = `${pathText(where.path)} is ${is}; expected ${expectation(shape)}.`
    return this.#refuse('AMBIT_CONFIG_VALUE', where, { origin, what, next: NO_NULL })
  }

  #value(shape: Shape, node: ConfigNode, where: Where, given?: unknown): unknown {
    if (node.kind === 'failed') return FAILED
    switch (shape.kind) {
      case 'scalar':
      case 'enum':
        return this.#scalar(shape, node, where)
      case 'object':
        return this.#object(shape, node, where, isObject(given) ? given : undefined)
      case 'union':
        return this.#union(shape, node, where, given)
      case 'list':
        return this.#list(shape, node, where)
      case 'map':
        return this.#mapOf(shape, node, where)
      case 'open':
        return plainValue(node)
    }
  }

  #scalar(shape: ScalarShape | EnumShape, node: ConfigNode, where: Where): unknown {
    const value = node.kind === 'leaf' ? coerce(shape, node) : undefined
    return value ?? this.#mismatch(shape, node, where)
  }

  #list(shape: ListShape, node: ConfigNode, where: Where): unknown {
    const list = node.kind === 'leaf' ? listOfText(node, where.path, this.#site.report) : node
    if (list?.kind === 'failed') return FAILED
    if (list?.kind !== 'list') return this.#mismatch(shape, node, where)
    return this.#all(list.items.map((item, index) => this.#value(shape.of, item, inside(where, index))))
  }

  #mapOf(shape: MapShape, node: ConfigNode, where: Where): unknown {
    const map = this.#map(shape, node, where)
    if (map === undefined) return FAILED
    const entries = [...map.entries].map(
      ([key, each]) => [key, this.#value(shape.of, each, inside(where, key))] as const,
    )
    return this.#entries(entries)
  }

  #union(shape: UnionShape, node: ConfigNode, where: Where, given: unknown): unknown {
    const map = this.#map(shape, node, where)
    if (map === undefined) return FAILED
    const chosen = map.entries.get(shape.discriminator)
    const name = chosen === undefined ? variantOf(shape, given) : textOf(chosen)
    const variant = name === undefined ? undefined : shape.variants.get(name)
    if (variant === undefined) return this.#noVariant(shape, chosen, where)
    const { discriminator } = shape
    const isDeclared = variant.fields.some(field => field.key === discriminator)
    const base = isObject(given) && given instanceof variant.target ? given : undefined
    const bound = this.#object(variant, isDeclared ? map : without(map, discriminator), where, base)
    if (isObject(bound) && !(discriminator in bound)) Object.assign(bound, { [discriminator]: name })
    return bound
  }

  #noVariant(shape: UnionShape, chosen: ConfigNode | undefined, where: Where): unknown {
    if (chosen?.kind === 'failed' || (chosen === undefined && this.#site.incomplete)) return FAILED
    const path = [...where.path, shape.discriminator]
    const names = choices([...shape.variants.keys()])
    const next = `${meantBy(chosen, [...shape.variants.keys()], where)}Write one of ${names}.`
    if (chosen === undefined) {
      const what = `${pathText(path)} is missing; it says which of ${names} is meant.`
      return this.#refuse('AMBIT_CONFIG_MISSING', { path }, { what, next })
    }
    const what = `${pathText(path)} is none of ${names}.`
    return this.#refuse('AMBIT_CONFIG_VALUE', { path }, { origin: chosen.origin, what, next })
  }

  /** The map that a node is, or that its text holds. */
  #map(shape: Shape, node: ConfigNode, where: Where): MapNode | undefined {
    const map = node.kind === 'leaf' ? mapOfText(node, where.path, this.#site.report) : node
    if (map?.kind === 'map') return map
    if (map?.kind !== 'failed') this.#mismatch(shape, node, where)
    return undefined
  }

  #refuseUnknown(map: MapNode, fields: readonly Field[], { path }: Where): void {
    const { claims } = this.#site
    const known = [...new Set([...fields.map(field => field.key), ...claims.keysAt(path)])].sort()
    for (const [key, { origin }] of map.entries) {
      if (known.includes(key) || claims.allows(path, key)) continue
      const full = [...path, key]
      const next = `${didYouMean(key, known)}${known.length === 0 ? 'Remove it.' : `Known are ${known.join(', ')}.`}`
      const what = `Nothing knows the key ${pathText(full)}.`
      this.#refuse('AMBIT_CONFIG_UNKNOWN', { path: full }, { origin, what, next })
    }
  }

  #mismatch(shape: Shape, node: ConfigNode, where: Where): typeof FAILED {
    const what = `${pathText(where.path)} is ${kindOfNode(node)}; expected ${expectation(shape)}.`
    const names = shape.kind === 'enum' ? shape.members.map(({ name }) => name) : []
    const guess = meantBy(node, names, where)
    return this.#refuse('AMBIT_CONFIG_VALUE', where, {
      origin: node.origin,
      what,
      next: `${guess}${nextFor(shape, node)}`,
    })
  }

  #refuse(code: ConfigErrorCode, { path }: Pick<Where, 'path'>, text: RefusalText): typeof FAILED {
    this.#site.report(problem(code, { path, ...text }))
    return FAILED
  }

  #all(values: readonly unknown[]): unknown {
    return values.includes(FAILED) ? FAILED : Object.freeze([...values])
  }

  #entries(entries: readonly (readonly [key: string, value: unknown])[]): unknown {
    return entries.some(([, value]) => value === FAILED) ? FAILED : Object.freeze(Object.fromEntries(entries))
  }
}

interface RefusalText {
  readonly origin?: Origin
  readonly what: string
  readonly next: string
}

/** A secret is kept from whoever prints or serialises the object: its property is not enumerable. */
function define(instance: object, { property, secret }: Field, value: unknown): void {
  if (value === undefined && !(property in instance)) return
  Object.defineProperty(instance, property, { value, enumerable: !secret, writable: true, configurable: true })
}

/** Null; or, where everything is a text, what can only mean it. */
function isNothing(node: LeafNode, { shape, nullable }: Field): boolean {
  const { value, text } = node
  if (value === null) return true
  if (shape.kind === 'enum' && coerce(shape, node) !== undefined) return false
  if (!text || shape.kind === 'list' || (shape.kind === 'scalar' && shape.type === 'string')) return false
  return value === '' || (nullable && value === 'null')
}

function variantOf({ variants }: UnionShape, given: unknown): string | undefined {
  return [...variants].find(([, { target }]) => isObject(given) && given.constructor === target)?.[0]
}

/** What an object that is a default is bound as. */
function objectShape(shape: Shape, given: unknown): ObjectShape | undefined {
  if (shape.kind !== 'union') return shape.kind === 'object' ? shape : undefined
  const said = isSimpleObject(given) ? given[shape.discriminator] : undefined
  const name = variantOf(shape, given) ?? said
  return typeof name === 'string' ? shape.variants.get(name) : undefined
}

function inside(where: Where, step: string | number): Where {
  return { ...where, path: [...where.path, step] }
}

function without(map: MapNode, key: string): MapNode {
  return mapNode(new Map([...map.entries].filter(([each]) => each !== key)), map.origin)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function textOf(node: ConfigNode): string | undefined {
  return node.kind === 'leaf' && typeof node.value === 'string' ? node.value : undefined
}

/** Only names that may be known are shown; which one is nearest would still tell something of a secret. */
function meantBy(node: ConfigNode | undefined, names: readonly string[], { secret }: Where): string {
  const text = node === undefined || secret ? undefined : textOf(node)
  return text === undefined ? '' : didYouMean(text, names)
}

function nextFor(shape: Shape, node: ConfigNode): string {
  if (node.kind !== 'leaf') return `Write ${expectation(shape)}.`
  if (shape.kind === 'scalar') return scalarHint(shape, node) ?? `Write ${expectation(shape)}.`
  if (shape.kind === 'list' && !node.text) return 'Write a list, also of one.'
  if ((shape.kind === 'object' || shape.kind === 'map') && node.text) return PARTS
  return `Write ${expectation(shape)}.`
}

function scalarHint({ type }: ScalarShape, { value }: LeafNode): string | undefined {
  if (type === 'string') return QUOTES
  return type === 'number' && isTooLong(String(value).trim()) ? TOO_LONG : undefined
}

const QUOTES = 'Write it in quotes: as a number or a boolean it may have lost zeros, or become something else.'
const TOO_LONG = 'A number would lose its last digits: declare the setting as a bigint, or as a text.'
const PARTS = 'Give its parts one by one, their names behind __, or write it as JSON.'
const DEFAULT = originOf('default')
const NO_NULL =
  'Write a value; a setting that may be without one says @Setting({ nullable: true }) or { optional: true }.'
