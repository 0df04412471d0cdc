import { executedTokens } from '../../core/executed-tokens'
import { QueryDeclarationError } from '../errors'

/**
 * Refuses `COPY … FROM STDIN` and `COPY … TO STDOUT`: their rows travel outside of the protocol of queries. The first one fails
 * as if it had been cancelled, and what the second one answers would be thrown away.
 *
 * @throws QueryDeclarationError `AMBIT_QUERY_SQL_COPY`
 */
export function refuseCopy(label: string, sql: string): void {
  const direction = copyDirection(sql)
  if (direction === undefined) return
  throw new QueryDeclarationError('AMBIT_QUERY_SQL_COPY', {
    what: `${label} is a COPY ${direction}, whose rows no query can ${direction === 'FROM STDIN' ? 'send' : 'answer'}.`,
    where: label,
    next: DIRECTIONS[direction],
  })
}

type Direction = keyof typeof DIRECTIONS

const DIRECTIONS = {
  'FROM STDIN': "Use insertAll(), which sends rows in bulk, or pg-copy-streams on a connection of pg's own.",
  'TO STDOUT': "Select the rows with result: 'stream', or use pg-copy-streams on a connection of pg's own.",
} as const

/** `undefined` for everything else, COPY from and to files of the server among it. */
function copyDirection(sql: string): Direction | undefined {
  const [first, ...rest] = executedTokens(sql)
  if (first !== 'copy') return undefined
  let depth = 0
  for (const [at, token] of rest.entries()) {
    depth += token === '(' ? 1 : token === ')' ? -1 : 0
    const direction = depth === 0 ? `${token} ${rest[at + 1] ?? ''}`.toUpperCase() : ''
    if (isDirection(direction)) return direction
  }
  return undefined
}

function isDirection(text: string): text is Direction {
  return text in DIRECTIONS
}
