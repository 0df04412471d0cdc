/** The properties that a bare where expression compares by a sign, as a union: what stands before `=`, `<` and the like. */
export type ComparedPaths<
  Text extends string,
  Last extends string = '',
  Found extends string = never,
> = Text extends `${infer Word} ${infer Rest}`
  ? Word extends ''
    ? ComparedPaths<Rest, Last, Found>
    : ComparedPaths<Rest, Word, Word extends Sign ? Found | PathIn<Last> : Found>
  : Found

/** A word without the parentheses that touch it. */
export type PathIn<Word extends string> = Word extends `${string}(${infer Rest}` ? PathIn<Rest> : Word

type Sign = '=' | '==' | '!=' | '<>' | '<' | '<=' | '>' | '>='
