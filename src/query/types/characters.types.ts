/** The characters of a text, as a union. */
export type CharactersOf<
  Text extends string,
  Found extends string = never,
> = Text extends `${infer Character}${infer Rest}` ? CharactersOf<Rest, Found | Character> : Found

export type Digit = CharactersOf<'0123456789'>

/** Text that begins with such a letter goes on with the word before it: no keyword of a method name ends there. */
export type LowerCaseStart = `${CharactersOf<'abcdefghijklmnopqrstuvwxyz'>}${string}`

/** Text that begins a word of a method name. */
export type UpperCaseStart = `${CharactersOf<'ABCDEFGHIJKLMNOPQRSTUVWXYZ'>}${string}`
