const SINGLE = ['=', '<', '>', '(', ')', ',', '+', '-'] as const
const WITH_EQUALS = ['==', '!=', '<=', '>='] as const

/** The signs of the grammar. */
export type WhereSymbol = (typeof SINGLE)[number] | (typeof WITH_EQUALS)[number] | '<>'

/** The symbol that begins at `start`, or `''`; always the same string for the same symbol, and none is cut out of the text. */
export function symbolAt(text: string, start: number): WhereSymbol | '' {
  const code = text.charCodeAt(start)
  const second = start + 1 < text.length ? text.charCodeAt(start + 1) : 0
  if (second === GREATER && code === LESS) return '<>'
  return (second === EQUALS ? PAIRS[code] : SINGLES[code]) ?? ''
}

const [EQUALS, GREATER, LESS] = [0x3d, 0x3e, 0x3c]

const SINGLES = byFirstCode(SINGLE)
/** What a character means before an equals sign: what it means by itself where the two are no pair. */
const PAIRS = byFirstCode([...WITH_EQUALS, ...SINGLE])

function byFirstCode<S extends string>(symbols: readonly S[]): readonly (S | undefined)[] {
  return Array.from({ length: 0x80 }, (_, code) => symbols.find(symbol => symbol.charCodeAt(0) === code))
}
