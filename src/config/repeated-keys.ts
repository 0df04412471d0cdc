/** A key that a map in a text of JSON has twice, and where it begins again. */
export interface RepeatedKey {
  readonly key: string
  readonly position: number
}

/** The keys that stand twice in one map of a text that is JSON: the parser would drop the first of them in silence. */
export function repeatedKeys(text: string): readonly RepeatedKey[] {
  const repeated: RepeatedKey[] = []
  /** The keys of the maps around, innermost last; of a list there are none. */
  const around: Set<string>[] = []
  let last = { key: '', position: 0 }
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') around.push(new Set())
    else if (token === '}' || token === ']') around.pop()
    else if (token !== ':') last = { key: JSON.parse(token) as string, position: index }
    else if (around.at(-1)?.has(last.key) === true) repeated.push(last)
    else around.at(-1)?.add(last.key)
  }
  return repeated
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g
