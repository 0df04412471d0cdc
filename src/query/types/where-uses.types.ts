import type { PathIn } from './compared-paths.types'
import type { NameAt } from './parameter-names.types'

/** A parameter of a where expression: its name, and the property and operator before it, `''` where they are not plain. */
export type Use = readonly [name: string, path: string, shape: UseShape]

/** What the value of a parameter is to its property. */
export type UseShape = 'value' | 'list' | 'member' | 'pattern'

/** The parameters of a bare where expression, as a union. */
export type UsesIn<
  Text extends string,
  Found extends Use = never,
  Before extends Use = never,
> = Text extends `${infer Head}:${infer Rest}`
  ? [NameAt<Rest>] extends [never]
    ? UsesIn<Rest, Found, Before>
    : NextUse<Rest, Found, UseOf<NameAt<Rest>, LastWords<Head>, Before>>
  : Found

type NextUse<Rest extends string, Found extends Use, Next extends Use> = UsesIn<Rest, Found | Next, Next>

/** The last three words of a text, the last one first. */
type LastWords<
  Text extends string,
  Last extends string = '',
  Second extends string = '',
  Third extends string = '',
> = Text extends `${infer Word} ${infer Rest}`
  ? Word extends ''
    ? LastWords<Rest, Last, Second, Third>
    : LastWords<Rest, Word, Last, Second>
  : Text extends ''
    ? [Last, Second, Third]
    : [Text, Last, Second]

type UseOf<Name extends string, Words extends readonly [string, string, string], Before extends Use> =
  Lowercase<Words[0]> extends keyof Operators
    ? Lowercase<Words[1]> extends 'not'
      ? [Name, PathIn<Words[2]>, Operators[Lowercase<Words[0]>]]
      : [Name, PathIn<Words[1]>, Operators[Lowercase<Words[0]>]]
    : RareUse<Name, Words, Before>

/** The second half of a `between`, `starts with`, a list in parentheses, an operator that touches its property. */
type RareUse<Name extends string, Words extends readonly [string, string, string], Before extends Use> =
  Lowercase<`${Words[0]}${Words[2]}`> extends 'and'
    ? [Name, [Before] extends [never] ? '' : Before[1], 'value']
    : Lowercase<`${Words[1]} ${Words[0]}`> extends 'starts with' | 'ends with'
      ? [Name, Lowercase<Words[2]> extends 'not' ? '' : PathIn<Words[2]>, 'pattern']
      : Lowercase<`${Words[1]} ${Words[0]}`> extends 'in ('
        ? [Name, Lowercase<Words[2]> extends 'not' ? '' : PathIn<Words[2]>, 'member']
        : Lowercase<Words[0]> extends 'in('
          ? [Name, Lowercase<Words[1]> extends 'not' ? PathIn<Words[2]> : PathIn<Words[1]>, 'member']
          : Words[0] extends `${infer Path}${'=' | '<' | '>'}`
            ? [Name, PathIn<WithoutSign<Path>>, 'value']
            : [Name, '', 'value']

type WithoutSign<Path extends string> = Path extends `${infer Rest}${'=' | '<' | '>' | '!'}` ? Rest : Path

interface Operators {
  readonly '=': 'value'
  readonly '==': 'value'
  readonly '!=': 'value'
  readonly '<>': 'value'
  readonly '<': 'value'
  readonly '<=': 'value'
  readonly '>': 'value'
  readonly '>=': 'value'
  readonly between: 'value'
  readonly in: 'list'
  readonly like: 'pattern'
  readonly ilike: 'pattern'
  readonly contains: 'pattern'
  readonly startswith: 'pattern'
  readonly endswith: 'pattern'
}
