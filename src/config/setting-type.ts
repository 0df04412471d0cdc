import type { Class } from '../core/metadata'

/** A class as `() => TheClass` names it, where two need each other or one is declared further down. */
export type ClassSource<T = unknown> = Class<T> | (() => Class<T>)

/** The names and values of an enum, or the list of texts that a union of texts consists of. */
export type EnumSource = Readonly<Record<string, string | number>> | readonly (string | number)[]

/** What a setting holds, or what the elements of a list or a map are. */
export type SettingType =
  | ClassSource
  | BigIntConstructor
  | { readonly enum: EnumSource }
  | { readonly list: SettingType }
  | { readonly map: SettingType }
  | UnionType

/** One of several classes, told apart by the text of one key. */
export interface UnionType {
  /** The classes by that text. */
  readonly variants: Readonly<Record<string, ClassSource>>
  /** The key. Default `'$type'`. */
  readonly discriminator?: string
}

export const DEFAULT_DISCRIMINATOR = '$type'
