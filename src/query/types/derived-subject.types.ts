import type { Digit, LowerCaseStart, UpperCaseStart } from './characters.types'

/** A method name, cut at its `By`. */
export type NameParts = readonly [subject: string, rest: string]

/** Cuts a name at the first `By` that ends a word; `never` where the name has none. */
export type CutName<Name extends string, Head extends string = ''> = Name extends `${infer Subject}By${infer Rest}`
  ? Rest extends LowerCaseStart
    ? CutName<Rest, `${Head}${Subject}By`>
    : [`${Head}${Subject}`, Rest]
  : never

/**
 * What the subject of a name says that the query answers: a kind; `unknown` where nobody knows; `never` where it begins with
 * no verb.
 */
export type SubjectKind<Subject extends string> = Subject extends keyof CommonKinds
  ? CommonKinds[Subject]
  : Subject extends `${'find' | 'read' | 'query' | 'search'}${infer Words}`
    ? FoundKind<Words, 'one', 'many'>
    : Subject extends `get${infer Words}`
      ? FoundKind<Words, 'required', 'required'>
      : OtherKind<Subject>

/** `Distinct` says nothing about the kind, wherever it stands. Twice is not worth reading. */
type FoundKind<Words extends string, Single, Usual> = Words extends `${infer Before}Distinct${infer After}`
  ? After extends '' | UpperCaseStart
    ? After extends `${string}Distinct${string}`
      ? unknown
      : LimitedKind<`${Before}${After}`, Single, Usual>
    : LimitedKind<Words, Single, Usual>
  : LimitedKind<Words, Single, Usual>

/** `First` alone is one row; with a number it is a list, as after `All`. `One` takes no number: with one it is any word. */
type LimitedKind<Words extends string, Single, Usual> = Words extends LowerCaseStart
  ? never
  : Words extends `All${infer Rest}`
    ? WordKind<Rest, 'many', Usual>
    : Words extends `${'One' | 'First' | 'Top'}${infer Rest}`
      ? Rest extends `${Digit}${string}`
        ? Words extends `One${string}`
          ? Usual
          : NumberedKind<Rest>
        : WordKind<Rest, Single, Usual>
      : Usual

type NumberedKind<Rest extends string> = Rest extends `${Digit}${infer More}`
  ? NumberedKind<More>
  : WordKind<Rest, 'many', unknown>

/** What a word says, if it ends before the rest; where it does beyond the letters of ASCII, nobody knows. */
type WordKind<Rest extends string, Said, Longer> = Rest extends '' | UpperCaseStart
  ? Said
  : Rest extends LowerCaseStart
    ? Longer
    : unknown

type OtherKind<Subject extends string> = Subject extends `${keyof OtherVerbs}${infer Words}`
  ? Words extends LowerCaseStart
    ? never
    : Subject extends `${infer Verb extends keyof OtherVerbs}${Words}`
      ? OtherVerbs[Verb]
      : unknown
  : never

interface OtherVerbs {
  readonly count: 'count'
  readonly exists: 'exists'
  readonly delete: 'affected'
  readonly remove: 'affected'
  readonly stream: 'stream'
}

/** The subjects of nearly all names. */
interface CommonKinds {
  readonly find: 'many'
  readonly findAll: 'many'
  readonly findOne: 'one'
  readonly findFirst: 'one'
  readonly get: 'required'
  readonly count: 'count'
  readonly exists: 'exists'
  readonly delete: 'affected'
}
