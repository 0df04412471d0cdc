import { isReserved } from '../ast/property-path'
import type { TokenCursor } from './token-cursor'

/** Reads a property path. Words of the grammar are properties only in back-ticks. */
export function readPropertyPath(cursor: TokenCursor): string {
  const { kind, keyword, value } = cursor.current
  if (kind !== 'path' && (kind !== 'word' || (keyword !== undefined && isReserved(value))))
    throw cursor.unexpected(['a property'])
  return cursor.take().value
}
