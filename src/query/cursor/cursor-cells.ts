import { CursorKeyError, InvalidCursorError } from '../errors'

/** A sort key of a row, as a driver gives it and takes it. */
export type CursorCell = string | number | Uint8Array | null

/**
 * Sort keys as text, every digit of them.
 *
 * @throws CursorKeyError `AMBIT_QUERY_CURSOR_KEY` for what no driver gives for a key
 */
export function writeCells(cells: readonly unknown[], where: string): string {
  return JSON.stringify(cells.map(cell => written(cell, where)))
}

/** @throws InvalidCursorError `AMBIT_QUERY_INVALID_CURSOR` */
export function readCells(text: string, count: number): readonly CursorCell[] {
  const cells: unknown = JSON.parse(text)
  if (!Array.isArray(cells) || cells.length !== count) throw new InvalidCursorError()
  return cells.map(read)
}

function written(cell: unknown, where: string): string | null | readonly [Kind, string] {
  if (typeof cell === 'string' || cell === null) return cell
  if (cell instanceof Uint8Array) return ['bytes', Buffer.from(cell).toString('base64')]
  // `String(-0)` is '0', and a database may tell the two apart when it prints them.
  if (typeof cell === 'number') return ['number', Object.is(cell, -0) ? '-0' : String(cell)]
  throw new CursorKeyError(`A sort key of a row is no text, no number and no bytes, but a ${typeof cell}.`, where)
}

function read(cell: unknown): CursorCell {
  if (typeof cell === 'string' || cell === null) return cell
  const [kind, text] = cell as readonly [Kind, string] // sealed by us
  return READERS[kind](text)
}

type Kind = 'number' | 'bytes'

const READERS = {
  number: Number,
  bytes: text => Buffer.from(text, 'base64'),
} as const satisfies Record<Kind, (text: string) => CursorCell>
