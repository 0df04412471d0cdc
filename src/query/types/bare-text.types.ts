import type { IsKnown } from './type-tests.types'

/**
 * A text without what stands in quotes; of each only the closing quote is left. `string`, which nobody checks, where the
 * compiler does not know the text, and where reading it takes a real scanner: comments, dollar quotes, backslashes, a quote
 * that never ends.
 */
export type BareText<S extends string> =
  IsKnown<S> extends true ? (S extends Unreadable ? string : S extends Quoted ? CutQuotes<S> : S) : string

type Unreadable = `${string}${'--' | '/*' | '\\'}${string}` | `${string}$${string}$${string}`
type Quoted = `${string}${"'" | '"' | '`'}${string}`

/** Each step cuts the quote that comes first: an apostrophe inside double quotes begins nothing. */
type CutQuotes<S extends string, Before extends string = ''> = S extends `${infer A}'${infer R}`
  ? A extends `${string}${'"' | '`'}${string}`
    ? CutDoubleQuotes<S, Before>
    : R extends `${string}'${infer T}`
      ? CutQuotes<T, `${Before}${A}'`>
      : string
  : CutDoubleQuotes<S, Before>

type CutDoubleQuotes<S extends string, Before extends string> = S extends `${infer A}"${infer R}`
  ? A extends `${string}\`${string}`
    ? CutBackTicks<S, Before>
    : R extends `${string}"${infer T}`
      ? CutQuotes<T, `${Before}${A}"`>
      : string
  : CutBackTicks<S, Before>

type CutBackTicks<S extends string, Before extends string> = S extends `${infer A}\`${infer R}`
  ? R extends `${string}\`${infer T}`
    ? CutQuotes<T, `${Before}${A}\``>
    : string
  : `${Before}${S}`
