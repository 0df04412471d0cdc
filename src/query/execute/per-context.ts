import type { QueryContext } from './query-context'

/** One of something for each repository class of an application, made when it is first asked for. */
export function perContext<T>(make: () => T): (context: QueryContext) => T {
  const known = new WeakMap<QueryContext, T>()
  return context => {
    const found = known.get(context)
    if (found !== undefined) return found
    const made = make()
    known.set(context, made)
    return made
  }
}

/** Sorts and filters come with requests: some are usual, and nobody may fill the memory with others. */
export const QUERIES_PER_REPOSITORY = 32
