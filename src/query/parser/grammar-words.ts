/** The words of the grammar; in any case. */
const WORDS = [
  ...['and', 'or', 'not', 'in', 'is', 'null', 'true', 'false', 'empty', 'any', 'none', 'between'],
  ...['like', 'ilike', 'contains', 'starts', 'startswith', 'ends', 'endswith', 'with', 'ignore', 'case'],
  ...['order', 'by', 'asc', 'desc', 'nulls', 'first', 'last'],
] as const

export type GrammarWord = (typeof WORDS)[number]

/**
 * The word of the grammar that a part of a text is, or `''`. Letters of ASCII only: some of other scripts have those as their lower case.
 *
 * Every word of every text comes by here, and most are properties: two letters and the length leave one word to compare with.
 */
export function grammarWordAt(text: string, start: number, end: number): GrammarWord | '' {
  const word = BY_KEY[keyOf(text, start, end)] ?? ''
  return word.length === end - start && isWordAt(text, start, word) ? word : ''
}

function isWordAt(text: string, start: number, word: string): boolean {
  for (let at = 0; at < word.length; at++)
    if ((text.charCodeAt(start + at) | CASE_BIT) !== word.charCodeAt(at)) return false
  return true
}

/** The first letter in the upper five bits, the last one and the length in the lower ones: no two words have the same. */
function keyOf(text: string, start: number, end: number): number {
  return ((text.charCodeAt(start) & 31) << 5) | ((text.charCodeAt(end - 1) + end - start) & 31)
}

/** What a small letter has, and its capital has not. */
const CASE_BIT = 0x20

const BY_KEY: readonly (GrammarWord | '')[] = wordsByKey()

function wordsByKey(): readonly (GrammarWord | '')[] {
  const byKey = Array.from({ length: 1 << 10 }, (): GrammarWord | '' => '')
  for (const word of WORDS) byKey[keyOf(word, 0, word.length)] = word
  return byKey
}
