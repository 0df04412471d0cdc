/**
 * Whether a keyword of a method name ends at `index`: a lower-case letter after it would make it part of a longer word, as
 * in `findByOrder` (no `Or`).
 */
export function isKeywordEnd(text: string, index: number): boolean {
  return !/^[a-z]/.test(text.charAt(index))
}

/** Every place where a keyword stands in a text, from left to right. */
export function keywordPlaces(text: string, keyword: string): readonly number[] {
  const places: number[] = []
  for (let at = text.indexOf(keyword); at !== -1; at = text.indexOf(keyword, at + 1))
    if (isKeywordEnd(text, at + keyword.length)) places.push(at)
  return places
}
