import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { type RawMessage, Splitter, textOf } from './wire-messages'

export type Side = 'client' | 'server'

/** A message on its way, as the proxy sees it. */
export interface PassingMessage extends RawMessage {
  readonly from: Side
  /** Which connection through the proxy, counted from 1. */
  readonly connection: number
  /** The SQL of a client's `Q` and `P`. */
  readonly text: string
}

/**
 * What becomes of a message. `cut` ends the connection behind it: the client sees an end (FIN) or a reset (RST), and with
 * `torn` half of the next message of that side first; the server gets what was passed on, and the end.
 */
export type Verdict =
  | { readonly do: 'pass' }
  | { readonly do: 'cut'; readonly how: 'fin' | 'rst' | 'torn' }
  /** Answers in the other side's place; the message goes no further. `refuse` ends the connection with that. */
  | { readonly do: 'answer' | 'refuse'; readonly bytes: Buffer }
  /** Passes it on behind some bytes of ours. */
  | { readonly do: 'precede'; readonly bytes: Buffer }

/** A TCP proxy in front of PostgreSQL on loopback that knows the messages of both sides and decides about each. */
export class MessageProxy {
  /** Asked for each message. */
  judge: (message: PassingMessage) => Verdict = () => PASS
  /** Bytes go out one at a time. */
  trickles = false
  readonly #server: Server
  readonly #target: URL
  readonly #links = new Set<Link>()
  #connections = 0

  private constructor(server: Server, target: URL) {
    this.#server = server
    this.#target = target
    server.on('connection', socket => this.#accept(socket))
  }

  static async start(url: string): Promise<MessageProxy> {
    const server = createServer({ allowHalfOpen: true })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new MessageProxy(server, new URL(url))
  }

  /** The URL of the database through the proxy. */
  get url(): string {
    const url = new URL(this.#target)
    url.hostname = '127.0.0.1'
    url.port = String((this.#server.address() as AddressInfo).port)
    return url.href
  }

  /** Waits until the server has ended every connection that was cut. */
  async settled(): Promise<void> {
    for (const link of this.#links) if (link.cut) await link.closed
  }

  /** No bytes are taken from the server for the clients until `flow()`. */
  hold(): void {
    for (const link of this.#links) link.server.pause()
  }

  flow(): void {
    for (const link of this.#links) link.server.resume()
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const link of this.#links) link.destroy()
    await closed
  }

  #accept(client: Socket): void {
    const { hostname, port } = this.#target
    const server = connect({ port: Number(port === '' ? 5432 : port), host: hostname, allowHalfOpen: true })
    const connection = (this.#connections += 1)
    const link = new Link(client, server, {
      judge: (from, raw) =>
        this.judge({ ...raw, from, connection, text: from === 'client' ? textOf(raw.type, raw.bytes) : '' }),
      trickles: () => this.trickles,
    })
    this.#links.add(link)
    void link.closed.then(() => this.#links.delete(link))
  }
}

interface Rules {
  judge(from: Side, message: RawMessage): Verdict
  trickles(): boolean
}

/** One connection through the proxy. */
class Link {
  cut = false
  readonly closed: Promise<unknown>
  readonly server: Socket
  readonly #client: Socket
  readonly #rules: Rules
  #torn = false

  constructor(client: Socket, server: Socket, rules: Rules) {
    this.#client = client
    this.server = server
    this.#rules = rules
    this.closed = new Promise(resolve => server.once('close', resolve))
    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
    }
    // The server closes when its process has ended, and with it all that was open.
    client.once('close', () => server.end())
    server.once('close', () => client.destroySoon())
    client.once('end', () => server.end())
    server.once('end', () => (this.cut ? undefined : client.end()))
    this.#join('client', client, server, new Splitter(false))
    this.#join('server', server, client, new Splitter(true))
  }

  destroy(): void {
    this.#client.destroy()
    this.server.destroy()
  }

  #join(from: Side, source: Socket, sink: Socket, splitter: Splitter): void {
    source.on('data', chunk => {
      for (const message of splitter.split(chunk)) if (!this.cut) this.#handle(from, message, source, sink)
    })
  }

  #handle(from: Side, message: RawMessage, source: Socket, sink: Socket): void {
    if (this.#torn) {
      sink.write(message.bytes.subarray(0, Math.ceil(message.bytes.length / 2)))
      this.#end('fin')
      return
    }
    const verdict = this.#rules.judge(from, message)
    if (verdict.do === 'answer' || verdict.do === 'refuse') {
      source.write(verdict.bytes)
      if (verdict.do === 'refuse') this.#end('fin')
      return
    }
    if (verdict.do === 'precede') sink.write(verdict.bytes)
    this.#write(sink, message.bytes)
    if (verdict.do !== 'cut') return
    if (verdict.how === 'torn') this.#torn = true
    else this.#end(verdict.how)
  }

  #write(sink: Socket, bytes: Buffer): void {
    if (!this.#rules.trickles()) sink.write(bytes)
    else for (const byte of bytes) sink.write(Buffer.of(byte))
  }

  /** The server is let finish what it has: only then is its answer to everything known. */
  #end(how: 'fin' | 'rst'): void {
    this.cut = true
    this.server.end()
    if (how === 'fin') this.#client.destroySoon()
    else this.#client.write('', () => this.#client.resetAndDestroy())
  }
}

export const PASS: Verdict = { do: 'pass' }
