/** The letter of a message, and its length, which counts itself but not the letter. */
export const HEAD = 5
/** The letter of a row. */
export const ROW = letter('D')

/** Where the message that begins at `at` ends; its head must be there. */
export function messageEnd(bytes: Buffer, at: number): number {
  // No length is less than that of the length itself: whatever came, it would be looked at for ever.
  return at + 1 + Math.max(int32At(bytes, at + 1), HEAD - 1)
}

/** Big-endian, as all numbers of the protocol. */
export function int32At(bytes: Buffer, at: number): number {
  return (
    (byteAt(bytes, at) << 24) | (byteAt(bytes, at + 1) << 16) | (byteAt(bytes, at + 2) << 8) | byteAt(bytes, at + 3)
  )
}

/** Nobody looks behind the end of a message. */
export function byteAt(bytes: Buffer, at: number): number {
  return bytes[at] as number
}

/** Whether bytes are whole messages, the last of which is ReadyForQuery. */
export function endsResponse(bytes: Buffer): boolean {
  let at = 0
  let last = 0
  while (at + HEAD <= bytes.length) {
    if (!LETTERS.has(byteAt(bytes, at)) || int32At(bytes, at + 1) < HEAD - 1) return false
    last = at
    at = messageEnd(bytes, at)
  }
  return at > 0 && at === bytes.length && bytes[last] === READY && at - last === READY_LENGTH
}

function letter(text: string): number {
  return text.charCodeAt(0)
}

const READY = letter('Z')
/** With the state of the transaction. */
const READY_LENGTH = 6

/** What a server may send once it has let a client in ("Message Formats" of PostgreSQL's documentation). */
const LETTERS: ReadonlySet<number> = new Set(Buffer.from('123ACDEGHINSTVWZcdnstv'))
