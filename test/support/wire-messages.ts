/** A message of PostgreSQL's protocol: its letter, empty for the first ones of a client, and all of its bytes. */
export interface RawMessage {
  readonly type: string
  readonly bytes: Buffer
}

/** Cuts a stream of bytes into messages. The client's first ones have no letter. */
export class Splitter {
  #rest = Buffer.alloc(0)
  #started: boolean

  constructor(started: boolean) {
    this.#started = started
  }

  split(chunk: Buffer): RawMessage[] {
    this.#rest = Buffer.concat([this.#rest, chunk])
    const found = []
    for (let next = this.#next(); next !== undefined; next = this.#next()) found.push(next)
    return found
  }

  #next(): RawMessage | undefined {
    const head = this.#started ? 1 : 0
    if (this.#rest.length < head + 4) return undefined
    const end = head + this.#rest.readInt32BE(head)
    if (this.#rest.length < end) return undefined
    const bytes = this.#rest.subarray(0, end)
    this.#rest = this.#rest.subarray(end)
    const type = this.#started ? String.fromCharCode(bytes[0] ?? 0) : ''
    this.#started ||= bytes.readInt32BE(4) === PROTOCOL_3
    return { type, bytes }
  }
}

/** `Q` holds the text alone, `P` the statement's name before it. */
export function textOf(type: string, bytes: Buffer): string {
  if (type !== 'Q' && type !== 'P') return ''
  const strings = bytes.toString('utf8', 5).split('\0')
  return strings[type === 'Q' ? 0 : 1] ?? ''
}

/** A message of the server's. */
export function backendMessage(type: string, body: Buffer | string): Buffer {
  const bytes = Buffer.from(body as string)
  const head = Buffer.alloc(5)
  head.write(type, 0, 'latin1')
  head.writeInt32BE(bytes.length + 4, 1)
  return Buffer.concat([head, bytes])
}

/** An ErrorResponse (`E`) or a NoticeResponse (`N`). */
export function report(type: 'E' | 'N', severity: string, code: string, message: string): Buffer {
  return backendMessage(type, `S${severity}\0V${severity}\0C${code}\0M${message}\0\0`)
}

export const READY_IDLE = backendMessage('Z', 'I')

const PROTOCOL_3 = 196_608
