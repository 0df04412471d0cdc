export type WhereTokenKind = 'word' | 'path' | 'string' | 'number' | 'parameter' | 'symbol' | 'end'

/** A piece of a where expression. */
export interface WhereToken {
  readonly kind: WhereTokenKind
  /** The word, path, decoded string, digits, parameter name or symbol. */
  readonly value: string
  /** Of a word that may be part of the grammar: in lower case. */
  readonly keyword: string | undefined
  readonly start: number
  readonly end: number
}

/** What a token is called in "found …". Values are not repeated: the excerpt shows them. */
export function describeToken(token: WhereToken): string {
  return DESCRIPTIONS[token.kind](token)
}

function quoted({ value }: WhereToken): string {
  return `'${value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value}'`
}

const SHOWN = 40

const DESCRIPTIONS: Readonly<Record<WhereTokenKind, (token: WhereToken) => string>> = {
  word: quoted,
  path: quoted,
  string: () => 'a string',
  number: () => 'a number',
  parameter: token => `the parameter ':${quoted(token).slice(1)}`,
  symbol: quoted,
  end: () => 'the end',
}
