export type WhereTokenKind = 'word' | 'path' | 'string' | 'number' | 'parameter' | 'symbol' | 'end'

/** What a token is called in "found …". Values are not repeated: the excerpt shows them. */
export function describeToken(kind: WhereTokenKind, value: string): string {
  return DESCRIPTIONS[kind](value)
}

function quoted(value: string): string {
  return `'${value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value}'`
}

const SHOWN = 40

const DESCRIPTIONS: Readonly<Record<WhereTokenKind, (value: string) => string>> = {
  word: quoted,
  path: quoted,
  string: () => 'a string',
  number: () => 'a number',
  parameter: value => `the parameter ':${quoted(value).slice(1)}`,
  symbol: quoted,
  end: () => 'the end',
}
