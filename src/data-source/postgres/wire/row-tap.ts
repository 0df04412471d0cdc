import { HeldBytes } from './held-bytes'
import { endsResponse, HEAD, messageEnd, ROW } from './messages'
import type { RowBytes } from './row-cells'

/** Who is to have the rows that come, in place of pg's parser. */
export interface RowSink {
  takeRow(row: RowBytes): void
}

type Listener = (chunk: Buffer) => void

/** A connection's stream, as far as its rows are taken out of it. */
interface TappedStream {
  listeners(event: 'data'): unknown[]
  on(event: 'data', listener: Listener): unknown
  removeListener(event: 'data', listener: Listener): unknown
}

/**
 * Takes the rows out of what a server sends, before pg makes messages, events and texts of them, and gives them to whoever's
 * statements are answered. Everything else goes on to pg, byte for byte and in the order in which it came.
 *
 * pg listens to its connection's stream as anybody may. The tap goes in front of it behind a chunk that ends with the end of a
 * response, for that is where no message is under way; where others listen as well, never.
 */
export class RowTap {
  /** `undefined`: pg gets the rows as well. */
  sink: RowSink | undefined
  /** Bytes of the message under way that pg gets when they come. */
  #passing = 0
  /** The beginning of a message whose kind, or whose end, has not come. */
  #held: HeldBytes | undefined

  /** The tap of a stream, which may have to wait for its moment. */
  static of(stream: object): RowTap {
    let tap = taps.get(stream)
    if (tap === undefined) {
      taps.set(stream, (tap = new RowTap()))
      if (isTappable(stream)) tap.#await(stream)
    }
    return tap
  }

  /** Somebody's statements have been answered: rows that may still come are no longer his. */
  leave(sink: RowSink): void {
    if (this.sink === sink) this.sink = undefined
  }

  #await(stream: TappedStream): void {
    const [pg, ...others] = stream.listeners('data')
    if (typeof pg !== 'function' || others.length > 0) return
    const watch = (chunk: Buffer): void => {
      if (!endsResponse(chunk)) return
      // In this order: without a listener a stream would stop.
      if (stream.listeners('data').length === 2) this.#put(stream, pg as Listener)
      stream.removeListener('data', watch)
    }
    stream.on('data', watch)
  }

  #put(stream: TappedStream, pg: Listener): void {
    stream.on('data', chunk => this.#come(chunk, pg))
    stream.removeListener('data', pg)
  }

  #come(chunk: Buffer, pg: Listener): void {
    if (this.#held === undefined) {
      this.#read(chunk, pg)
      return
    }
    const rest = this.#held.add(chunk)
    if (!this.#held.isWhole) return
    const bytes = this.#held.joined()
    this.#held = undefined
    this.#read(bytes, pg)
    if (rest.length > 0) this.#come(rest, pg)
  }

  #read(bytes: Buffer, pg: Listener): void {
    const { length } = bytes
    let at = Math.min(this.#passing, length)
    this.#passing -= at
    /** Where begins what pg has not got. */
    let left = 0
    while (at + HEAD <= length) {
      const end = messageEnd(bytes, at)
      if (bytes[at] === ROW && this.sink !== undefined) {
        // What is in front of it may say whose row it is.
        pass(pg, bytes, left, at)
        left = at
        if (end > length) break
        if (this.#take(bytes, at, end)) left = end
      }
      at = end
    }
    if (at < length) this.#held = new HeldBytes(bytes.subarray(at))
    else this.#passing += at - length
    pass(pg, bytes, left, Math.min(at, length))
  }

  /** Says whether anybody has. */
  #take(bytes: Buffer, at: number, end: number): boolean {
    if (this.sink === undefined) return false
    this.sink.takeRow({ bytes, start: at + HEAD, end })
    return true
  }
}

function pass(pg: Listener, bytes: Buffer, from: number, to: number): void {
  if (from < to) pg(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to))
}

function isTappable(stream: object): stream is TappedStream {
  const { listeners, on, removeListener } = stream as Partial<TappedStream>
  return [listeners, on, removeListener].every(each => typeof each === 'function')
}

const taps = new WeakMap<object, RowTap>()
