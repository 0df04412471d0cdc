/**
 * The GLOB pattern of SQLite that matches what a LIKE pattern of PostgreSQL matches: `%` and `_` are wildcards, a backslash
 * takes the next character literally.
 *
 * @example
 * globOf('a%b_')     // 'a*b?'
 * globOf('5\\% *')   // '5% [*]'
 */
export function globOf(like: string): string {
  return like.replace(SIGNS, (sign, escaped: string | undefined) => {
    if (escaped === undefined) return WILDCARDS[sign] ?? literal(sign)
    return literal(escaped)
  })
}

/** What means something to GLOB stands for itself inside a set of one. */
function literal(sign: string): string {
  return /[*?[]/.test(sign) ? `[${sign}]` : sign
}

const SIGNS = /\\([^])|[%_*?[]/g
const WILDCARDS: Readonly<Record<string, string>> = { '%': '*', _: '?' }
