import { HEAD, messageEnd, ROW } from './messages'

/** The beginning of a message: the whole of a row is waited for, of others only their head. */
export class HeldBytes {
  readonly #parts: Buffer[] = []
  #length = 0
  #needed = HEAD

  constructor(bytes: Buffer) {
    this.add(bytes)
  }

  get isWhole(): boolean {
    return this.#length === this.#needed
  }

  /** Answers with what it does not need of them. */
  add(bytes: Buffer): Buffer {
    const rest = this.#take(bytes)
    if (!this.isWhole || this.#needed > HEAD || !this.#needsMore()) return rest
    return this.#take(rest)
  }

  /** A row that comes in many parts is put together once. */
  joined(): Buffer {
    const [only, ...others] = this.#parts
    return only !== undefined && others.length === 0 ? only : Buffer.concat(this.#parts, this.#length)
  }

  #take(bytes: Buffer): Buffer {
    const taken = bytes.subarray(0, this.#needed - this.#length)
    this.#parts.push(taken)
    this.#length += taken.length
    return bytes.subarray(taken.length)
  }

  /** The head has come. */
  #needsMore(): boolean {
    const head = this.joined()
    if (head[0] === ROW) this.#needed = messageEnd(head, 0)
    return !this.isWhole
  }
}
