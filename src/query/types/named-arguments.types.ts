import type { Defined, IsUnion, MayBeUndefined } from './type-tests.types'

/**
 * What each named parameter of a text is given, as an object type; or a sentence. `unknown` where nobody knows.
 *
 * The rules are those of the run time: one parameter takes its value or a params object, several take a params object, and
 * `args` says their order.
 */
export type NamedArguments<
  Names extends string,
  Order extends readonly string[],
  Args extends readonly unknown[],
> = number extends Args['length']
  ? unknown
  : [Order] extends [never]
    ? Args extends readonly [infer Only]
      ? [Names] extends [never]
        ? NoNames
        : IsUnion<Names> extends true
          ? Params<Names, Only>
          : ValueOrParams<Names, Only>
      : WrongCount<Names, Args>
    : string extends Order[number]
      ? unknown
      : InOrder<Names, Order, Args>

type WrongCount<Names extends string, Args extends readonly unknown[]> = [Names] extends [never]
  ? Args extends readonly []
    ? unknown
    : NoNames
  : Args extends readonly []
    ? `the text has :${Names}, but the method takes no argument`
    : Args extends readonly [unknown?]
      ? 'the argument may be missing; take the question mark away'
      : IsUnion<Names> extends true
        ? NeedsParams
        : `the text has only :${Names}, but the method takes several arguments`

/** A params object has every name, and nothing else. */
type Params<Names extends string, Given> = [Given] extends [Plain]
  ? NeedsParams
  : IsOpenParams<Given> extends true
    ? unknown
    : [Exclude<Names, keyof Given>] extends [never]
      ? [Exclude<keyof Given & string, Names>] extends [never]
        ? Given extends Readonly<Record<Names, Defined>>
          ? Given
          : Present<Names, Given>
        : Extra<Exclude<keyof Given & string, Names>>
      : `the text has :${Exclude<Names, keyof Given>} but the params object lacks it`

/** `object`, `unknown`, or an index signature: the keys are not known. */
type IsOpenParams<Given> = [keyof Given] extends [never] ? true : string extends keyof Given ? true : false

/** The values of a params object whose keys are right. */
type Present<Names extends string, Given> = [Missing<Names, Given>] extends [never]
  ? Given
  : MayBeMissing<Missing<Names, Given>>

type Missing<Names extends string, Given> = Names extends keyof Given
  ? MayBeUndefined<Given[Names]> extends true
    ? Names
    : never
  : never

type ValueOrParams<Name extends string, Given> = [Given] extends [Plain]
  ? Value<Name, Given>
  : unknown extends Given
    ? unknown
    : MayBeUndefined<Given> extends true
      ? MayBeMissing<Name>
      : IsUnion<Given> extends true
        ? Value<Name, Unwrapped<Name, Given>>
        : Name extends keyof Given
          ? Params<Name, Given>
          : ObjectValue<Name, Given>

/** A method may take either form. */
type Unwrapped<Name extends string, Given> = Given extends Plain
  ? Given
  : Name extends keyof Given
    ? Given[Name]
    : Given

/**
 * An object without the parameter's name binds as a value of its own. Where it has one key, which holds no object, it is a
 * misspelt params object all the same: such a value would have to be written with `args`.
 */
type ObjectValue<Name extends string, Given> = [keyof Given] extends [never]
  ? Value<Name, Given>
  : IsUnion<keyof Given> extends true
    ? Value<Name, Given>
    : [Given[keyof Given]] extends [string | number | bigint | boolean | Date | null]
      ? `the text has :${Name} but the params object lacks it`
      : Value<Name, Given>

type InOrder<Names extends string, Order extends readonly string[], Args extends readonly unknown[]> = [
  Exclude<Order[number], Names>,
] extends [never]
  ? [Exclude<Names, Order[number]>] extends [never]
    ? [Args['length'], Order['length']] extends [Order['length'], Args['length']]
      ? Zip<Order, Args>
      : Order['length'] extends Args['length']
        ? 'an argument may be missing; take the question mark away'
        : `args names ${Order['length']} :parameters, but the method takes ${Args['length'] & number} argument(s)`
    : `args leaves out :${Exclude<Names, Order[number]>}`
  : `args names '${Exclude<Order[number], Names>}', but the text has no such :parameter`

type Zip<Order extends readonly string[], Args extends readonly unknown[], Found = unknown> = Order extends readonly [
  infer Name extends string,
  ...infer Names extends readonly string[],
]
  ? Args extends readonly [infer Given, ...infer More]
    ? MayBeUndefined<Given> extends true
      ? MayBeMissing<Name>
      : Zip<Names, More, Found & Value<Name, Given>>
    : Found
  : Found

type Value<Name extends string, Given> = Readonly<Record<Name, Given>>

type Extra<Names extends string> = Names extends string ? `'${Names}' is passed but the text has no :${Names}` : never
type MayBeMissing<Names extends string> = Names extends string
  ? `'${Names}' may be missing; give :${Names} a value or null`
  : never
type NeedsParams = "several :parameters need one params object, or args: ['…', '…'] for their order"
type NoNames = 'the text has no :parameters, but the method takes an argument'

/** What is no params object. */
type Plain =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | Date
  | Uint8Array
  | readonly unknown[]
  | ((...args: never[]) => unknown)
