/** The names, each with a number where an earlier one is the same: `['A', 'A#2']` with the separator `#`. */
export function uniqueNames(names: readonly string[], separator = '_'): readonly string[] {
  const taken = new Set<string>()
  return names.map(name => {
    let unique = name
    for (let number = 2; taken.has(unique); number += 1) unique = `${name}${separator}${number}`
    taken.add(unique)
    return unique
  })
}
