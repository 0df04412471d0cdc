import type { Class } from '../core/metadata'
import type { StandardSchema } from './standard-schema'

/** What a setting holds, as the binder and the names of variables follow it. */
export type Shape = ScalarShape | EnumShape | ObjectShape | ListShape | MapShape | UnionShape | OpenShape

export const SCALAR_TYPES = ['string', 'number', 'boolean', 'bigint', 'date'] as const
export type ScalarType = (typeof SCALAR_TYPES)[number]

export interface ScalarShape {
  readonly kind: 'scalar'
  readonly type: ScalarType
}

export interface EnumMember {
  readonly name: string
  readonly value: string | number
}

export interface EnumShape {
  readonly kind: 'enum'
  readonly members: readonly EnumMember[]
}

export interface ObjectShape {
  readonly kind: 'object'
  readonly target: Class
  readonly fields: readonly Field[]
}

export interface ListShape {
  readonly kind: 'list'
  readonly of: Shape
}

export interface MapShape {
  readonly kind: 'map'
  readonly of: Shape
}

export interface UnionShape {
  readonly kind: 'union'
  readonly discriminator: string
  readonly variants: ReadonlyMap<string, ObjectShape>
}

/** Only a schema knows what it holds. */
export interface OpenShape {
  readonly kind: 'open'
}

/** One setting of a class. */
export interface Field {
  readonly property: string
  readonly key: string
  readonly shape: Shape
  readonly required: boolean
  readonly optional: boolean
  readonly nullable: boolean
  readonly secret: boolean
  readonly fixed: unknown
  readonly schema: StandardSchema | undefined
}

/** What a shape takes, in words: `'a number'`. */
export function expectation(shape: Shape): string {
  switch (shape.kind) {
    case 'scalar':
      return SCALAR_WORDS[shape.type]
    case 'enum':
      return `one of ${choices(shape.members.map(member => member.name))}`
    case 'list':
      return `a list (each ${expectation(shape.of)})`
    case 'union':
      return `a map, with ${shape.discriminator} one of ${choices([...shape.variants.keys()])}`
    case 'object':
    case 'map':
      return 'a map'
    case 'open':
      return 'a value'
  }
}

export function choices(names: readonly string[]): string {
  return names.map(name => `'${name}'`).join(', ')
}

const SCALAR_WORDS = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  bigint: 'a whole number',
  date: 'a date (2030-01-31, or 2030-01-31T12:00:00Z)',
} as const satisfies Record<ScalarType, string>
