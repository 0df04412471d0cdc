import type { BoundValue } from './pg-client'

/**
 * Writes messages of PostgreSQL's protocol one behind the other, so that all of them go out in one write.
 *
 * Source: https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class MessageWriter {
  #buffer = Buffer.allocUnsafe(INITIAL)
  #at = 0
  #start = 0

  parse(name: string, text: string): void {
    this.#begin(PARSE)
    this.#cString(name)
    this.#cString(text)
    this.#int16(0)
    this.#end()
  }

  /** Every column is asked for as text. Without a name it is the unnamed portal. */
  bind(name: string, values: readonly BoundValue[], portal = ''): void {
    this.#begin(BIND)
    this.#cString(portal)
    this.#cString(name)
    this.#formats(values)
    this.#int16(values.length)
    for (const value of values) this.#value(value)
    this.#int16(0)
    this.#end()
  }

  describePortal(portal = ''): void {
    if (portal === '') this.#raw(DESCRIBE_UNNAMED)
    else this.#named(DESCRIBE, PORTAL, portal)
  }

  /** Of the unnamed statement: its columns, without running it. */
  describeStatement(): void {
    this.#raw(DESCRIBE_STATEMENT)
  }

  /** `rows`: at most that many, after which the portal is suspended; 0 is all. */
  execute(portal = '', rows = 0): void {
    if (portal === '' && rows === 0) {
      this.#raw(EXECUTE_ALL)
      return
    }
    this.#begin(EXECUTE)
    this.#cString(portal)
    this.#int32(rows)
    this.#end()
  }

  closeStatement(name: string): void {
    this.#named(CLOSE, STATEMENT, name)
  }

  closePortal(name: string): void {
    this.#named(CLOSE, PORTAL, name)
  }

  /** A command without values, through the unnamed statement. */
  command(text: string): void {
    this.parse('', text)
    this.#raw(BIND_NOTHING)
    this.execute()
  }

  sync(): void {
    this.#raw(SYNC)
  }

  /** What has been written; the writer is used up. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#at)
  }

  #named(code: number, kind: number, name: string): void {
    this.#begin(code)
    this.#reserve(1)
    this.#buffer[this.#at++] = kind
    this.#cString(name)
    this.#end()
  }

  /** 0 is text, 1 is binary; none at all means text for every value. */
  #formats(values: readonly BoundValue[]): void {
    if (!values.some(isBinary)) {
      this.#int16(0)
      return
    }
    this.#int16(values.length)
    for (const value of values) this.#int16(isBinary(value) ? 1 : 0)
  }

  #value(value: BoundValue): void {
    if (value === null) {
      this.#int32(-1)
    } else if (typeof value === 'string') {
      const length = Buffer.byteLength(value)
      this.#int32(length)
      this.#text(value, length)
    } else {
      this.#int32(value.length)
      this.#raw(value)
    }
  }

  #begin(code: number): void {
    this.#reserve(5)
    this.#buffer[this.#at] = code
    this.#start = this.#at + 1
    this.#at += 5
  }

  /** The length counts itself, not the code. */
  #end(): void {
    this.#buffer.writeInt32BE(this.#at - this.#start, this.#start)
  }

  #cString(text: string): void {
    this.#text(text, Buffer.byteLength(text))
    this.#reserve(1)
    this.#buffer[this.#at++] = 0
  }

  #text(text: string, length: number): void {
    this.#reserve(length)
    this.#buffer.write(text, this.#at, length, 'utf8')
    this.#at += length
  }

  #int16(value: number): void {
    this.#reserve(2)
    this.#buffer.writeUInt16BE(value, this.#at)
    this.#at += 2
  }

  #int32(value: number): void {
    this.#reserve(4)
    this.#buffer.writeInt32BE(value, this.#at)
    this.#at += 4
  }

  #raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#buffer.set(bytes, this.#at)
    this.#at += bytes.length
  }

  #reserve(length: number): void {
    const needed = this.#at + length
    if (needed <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2))
    this.#buffer.copy(larger, 0, 0, this.#at)
    this.#buffer = larger
  }
}

/** The most values that Bind can count. */
export const MAX_VALUES = 65_535

function isBinary(value: BoundValue): boolean {
  return value !== null && typeof value !== 'string'
}

const INITIAL = 512
const PARSE = 0x50
const BIND = 0x42
const CLOSE = 0x43
const DESCRIBE = 0x44
const EXECUTE = 0x45
const STATEMENT = 0x53
const PORTAL = 0x50
const BIND_NOTHING = Buffer.from([BIND, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0])
const DESCRIBE_STATEMENT = Buffer.from([DESCRIBE, 0, 0, 0, 6, STATEMENT, 0])
const DESCRIBE_UNNAMED = Buffer.from([DESCRIBE, 0, 0, 0, 6, PORTAL, 0])
const EXECUTE_ALL = Buffer.from([EXECUTE, 0, 0, 0, 9, 0, 0, 0, 0, 0])
const SYNC = Buffer.from([0x53, 0, 0, 0, 4])
