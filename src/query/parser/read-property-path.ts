import { isReserved } from '../ast/property-path'
import type { TokenCursor } from './token-cursor'

/** Reads a property path. Words of the grammar are properties only in back-ticks. */
export function readPropertyPath(cursor: TokenCursor): string {
  const { kind, mark } = cursor
  if (kind !== 'path' && (kind !== 'word' || (mark !== '' && isReserved(mark)))) throw cursor.unexpected(['a property'])
  return cursor.take()
}
