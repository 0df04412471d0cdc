import type { CharactersOf, Digit } from './characters.types'

/**
 * The named parameters of a bare SQL text. As at run time, a colon that touches an operand begins none: it is a cast, the
 * bound of a slice, or part of a number.
 */
export type SqlParameters<Text extends string> = NamesIn<` ${Text}`>

type NamesIn<Text extends string, Found extends string = never> = Text extends `${infer Before}:${infer After}`
  ? NamesIn<After, Before extends `${string}${NoOperandEnd}` ? Found | NameAt<After> : Found>
  : Found

/** The name that a text begins with, `never` where it begins with none. */
export type NameAt<Text extends string> = NameIn<Text extends `${infer Word} ${string}` ? Word : Text>

/** Most words are plain names; only the others are read letter by letter. */
type NameIn<Word extends string> = Word extends `${Digit}${string}` | ''
  ? never
  : Word extends `${string}${NoNamePart}${string}`
    ? Letters<Word>
    : Word

type Letters<Text extends string, Name extends string = ''> = Text extends `${infer Letter}${infer More}`
  ? Letter extends NoNamePart
    ? NonEmpty<Name>
    : Letters<More, `${Name}${Letter}`>
  : NonEmpty<Name>

type NonEmpty<Name extends string> = Name extends '' ? never : Name

/** The characters of ASCII that end no operand. */
type NoOperandEnd = CharactersOf<' \n\r\t\v\f!#%&(*+,-./;<=>?@[^{|}~'>

/** The characters of ASCII, and the space of word processors, that are in no name. */
export type NoNamePart = NoOperandEnd | CharactersOf<')]:$\\\'"`\u00a0'>
