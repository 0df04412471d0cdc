import { byteAt, int32At } from './messages'

/** The payload of a DataRow message: the number of its cells, then each with its length in front, or -1 for null. */
export interface RowBytes {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

/**
 * The cells of a row as text. Taking each cell out of the buffer by itself costs more than reading it: a row of nothing but
 * ASCII is one string, and its cells are parts of that.
 */
export function rowCells({ bytes, start, end }: RowBytes): (string | null)[] {
  const cells = new Array<string | null>((byteAt(bytes, start) << 8) | byteAt(bytes, start + 1))
  // Parts of a string keep the whole of it alive.
  const text =
    end - start <= MOST_KEPT && isAscii(bytes, start, cells.length) ? bytes.toString('latin1', start, end) : undefined
  let at = start + 2
  for (let cell = 0; cell < cells.length; cell += 1) {
    const length = int32At(bytes, at)
    at += 4
    if (length < 0) {
      cells[cell] = null
      continue
    }
    cells[cell] =
      text === undefined ? bytes.toString('utf8', at, at + length) : text.substring(at - start, at - start + length)
    at += length
  }
  return cells
}

function isAscii(bytes: Buffer, start: number, count: number): boolean {
  let seen = 0
  let at = start + 2
  for (let cell = 0; cell < count; cell += 1) {
    const length = int32At(bytes, at)
    at += 4
    for (const end = length < 0 ? at : at + length; at < end; at += 1) seen |= byteAt(bytes, at)
  }
  return seen < 0x80
}

/** The most bytes that a cell may keep alive. */
const MOST_KEPT = 512
