/** Messages for PostgreSQL that execute a statement, or make one known. */
export type Execution = Buffer

/** Makes a statement known under a name. */
export function parse(name: string, text: string): Execution {
  return message('P', [text0(name), text0(text), int16(0)])
}

/** Binds a statement that is known to texts, and executes it. */
export function execute(name: string, ...values: readonly string[]): Execution {
  const bound = values.flatMap(value => [int32(Buffer.byteLength(value)), Buffer.from(value)])
  const bind = message('B', [text0(''), text0(name), int16(0), int16(values.length), ...bound, int16(0)])
  return Buffer.concat([bind, EXECUTE])
}

function message(type: string, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(type), int32(body.length + LENGTH_BYTES), body])
}

/** A text that ends with a zero byte. */
function text0(text: string): Buffer {
  return Buffer.from(`${text}\0`)
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

/** A message's length counts itself. */
const LENGTH_BYTES = 4

const EXECUTE = message('E', [text0(''), int32(0)])

/** Ends a round trip. */
export const SYNC = message('S', [])
