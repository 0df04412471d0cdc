import { QueryDeclarationError } from '../errors'

/** Which placeholders a text may hold: names (`:name`), or none. */
export type Placeholders = 'named' | 'none'

/** How to read a where expression; the limits keep texts from outside harmless. */
export interface ParserOptions {
  /** Whose text it is, for messages: 'UserRepository.findByUsername'. */
  readonly label?: string | undefined
  /** Default 'named'. Use 'none' for filters from outside. */
  readonly placeholders?: Placeholders | undefined
  /** Whether an `order by` may follow. Default true. */
  readonly orderBy?: boolean | undefined
  /** Longest text, in UTF-16 units. Default 20,000. */
  readonly maxLength?: number | undefined
  /** Deepest nesting of parentheses, `not`, `any` and `none`. Default 50, at most 500. */
  readonly maxDepth?: number | undefined
  /** Most conditions, list members and order keys together. Default 1,000. */
  readonly maxTerms?: number | undefined
  /** Most members of a list. Default: as many as terms. */
  readonly maxListLength?: number | undefined
}

export interface ResolvedParserOptions {
  readonly label: string | undefined
  readonly placeholders: Placeholders
  readonly orderBy: boolean
  readonly maxLength: number
  readonly maxDepth: number
  readonly maxTerms: number
  readonly maxListLength: number
}

/** @throws QueryDeclarationError `AMBIT_QUERY_OPTION` for a limit that is no whole number, or too high */
export function resolveParserOptions(options?: ParserOptions): ResolvedParserOptions {
  return options === undefined ? USUAL : resolved(options)
}

function resolved(options: ParserOptions): ResolvedParserOptions {
  const maxTerms = limit('maxTerms', options.maxTerms ?? 1_000, Number.MAX_SAFE_INTEGER)
  return {
    label: options.label,
    placeholders: options.placeholders ?? 'named',
    orderBy: options.orderBy ?? true,
    maxLength: limit('maxLength', options.maxLength ?? 20_000, Number.MAX_SAFE_INTEGER),
    maxDepth: limit('maxDepth', options.maxDepth ?? 50, HIGHEST_DEPTH),
    maxTerms,
    maxListLength: limit('maxListLength', options.maxListLength ?? maxTerms, Number.MAX_SAFE_INTEGER),
  }
}

function limit(name: string, value: number, highest: number): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= highest) return value
  throw new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: `The parser option ${name} cannot be ${String(value)}.`,
    next: `Use a whole number from 1 to ${String(highest)}.`,
  })
}

/** The parser recurses once per level; this many levels fit on the smallest usual stack. */
const HIGHEST_DEPTH = 500

const USUAL = resolved({})
