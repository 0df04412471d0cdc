export type Cell = string | null

/** A message of the server. */
export function message(letter: string, body: string | Uint8Array = ''): Buffer {
  const bytes = Buffer.from(body as string)
  const head = Buffer.alloc(5, letter)
  head.writeInt32BE(bytes.length + 4, 1)
  return Buffer.concat([head, bytes])
}

export function dataRow(cells: readonly Cell[]): Buffer {
  const count = Buffer.alloc(2)
  count.writeInt16BE(cells.length)
  const parts = cells.flatMap(cell => {
    const length = Buffer.alloc(4)
    const text = Buffer.from(cell ?? '')
    length.writeInt32BE(cell === null ? -1 : text.length)
    return [length, text]
  })
  return message('D', Buffer.concat([count, ...parts]))
}

/** ReadyForQuery, outside a transaction. */
export const READY = message('Z', 'I')
