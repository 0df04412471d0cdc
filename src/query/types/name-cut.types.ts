import type { LowerCaseStart } from './characters.types'

/** A text of a method name, cut at a keyword. */
export type Cut = readonly [before: string, keyword: string, after: string]

/**
 * Cuts a text at the first place where one of two keywords stands; `never` where none does. A keyword ends before anything
 * but a lower-case letter: there is no `Or` in `Order`.
 */
export type CutAtFirst<
  Text extends string,
  A extends string,
  B extends string,
  Head extends string = '',
> = Text extends `${infer Before}${A}${infer After}`
  ? Before extends `${infer Shorter}${B}${string}`
    ? Text extends `${Shorter}${B}${infer Longer}`
      ? CutAt<`${Head}${Shorter}`, B, Longer, A, B>
      : never
    : CutAt<`${Head}${Before}`, A, After, A, B>
  : Text extends `${infer Before}${B}${infer After}`
    ? CutAt<`${Head}${Before}`, B, After, A, B>
    : never

type CutAt<
  Before extends string,
  Keyword extends string,
  After extends string,
  A extends string,
  B extends string,
> = After extends LowerCaseStart ? CutAtFirst<After, A, B, `${Before}${Keyword}`> : [Before, Keyword, After]
