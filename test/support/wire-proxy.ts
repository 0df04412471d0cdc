import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Splitter, textOf } from './wire-messages'

/** A message of PostgreSQL's protocol on its way to the server. */
export interface WireMessage {
  /** Which connection through the proxy, counted from 1. */
  readonly connection: number
  /** The protocol's letter: `Q` simple query, `P` parse, `B` bind, `E` execute, `S` sync, … */
  readonly type: string
  /** The SQL of `Q` and `P`. */
  readonly text: string
}

type Matches = (message: WireMessage) => boolean

interface Cut {
  readonly when: 'before' | 'after'
  readonly matches: Matches
  readonly done: () => void
}

/**
 * A TCP proxy in front of PostgreSQL on loopback: counts what goes over the wire, and cuts a connection at a chosen
 * message.
 *
 * A round trip is one wait for the server's ReadyForQuery: one per simple query and one per Sync.
 */
export class WireProxy {
  readonly messages: WireMessage[] = []
  readonly #server: Server
  readonly #target: URL
  readonly #links = new Set<Link>()
  readonly #cuts: Cut[] = []
  #connections = 0
  #accepting = true

  private constructor(server: Server, target: URL) {
    this.#server = server
    this.#target = target
    server.on('connection', socket => this.#accept(socket))
  }

  static async start(url: string): Promise<WireProxy> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new WireProxy(server, new URL(url))
  }

  /** The URL of the database through the proxy. */
  get url(): string {
    const url = new URL(this.#target)
    url.hostname = '127.0.0.1'
    url.port = String((this.#server.address() as AddressInfo).port)
    return url.href
  }

  get roundTrips(): number {
    return this.messages.filter(({ type }) => type === 'Q' || type === 'S').length
  }

  /** The texts that were sent, each by its first words. */
  get texts(): string[] {
    return this.messages.filter(({ type }) => type === 'Q' || type === 'P').map(({ text }) => text)
  }

  /** The connections that are open now. */
  get open(): number {
    return this.#links.size
  }

  clear(): void {
    this.messages.length = 0
  }

  /** Refuses new connections and drops the present ones, as a server that has gone away. */
  goAway(): void {
    this.#accepting = false
    for (const link of this.#links) link.destroy()
  }

  comeBack(): void {
    this.#accepting = true
  }

  /**
   * Cuts the connection once at a message: `'before'` the server sees it, or `'after'` the server has answered it and
   * before the client hears of that. Resolves when it has happened.
   */
  cut(when: Cut['when'], matches: Matches): Promise<void> {
    return new Promise(done => {
      this.#cuts.push({ when, matches, done })
    })
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const link of this.#links) link.destroy()
    await closed
  }

  #accept(client: Socket): void {
    if (!this.#accepting) {
      client.destroy()
      return
    }
    const server = connect(Number(this.#target.port === '' ? 5432 : this.#target.port), this.#target.hostname)
    const link: Link = new Link(client, server, (this.#connections += 1), message => this.#passes(message, link))
    this.#links.add(link)
    link.whenClosed(() => this.#links.delete(link))
  }

  #passes(message: WireMessage, link: Link): boolean {
    this.messages.push(message)
    const index = this.#cuts.findIndex(({ matches }) => matches(message))
    const [cut] = index < 0 ? [] : this.#cuts.splice(index, 1)
    if (cut === undefined) return true
    link.whenClosed(cut.done)
    if (cut.when === 'after') link.muteUntilReady()
    else link.destroy()
    return cut.when === 'after'
  }
}

/** One connection through the proxy. */
class Link {
  readonly #client: Socket
  readonly #server: Socket
  readonly #fromClient = new Splitter(false)
  readonly #fromServer = new Splitter(true)
  #muted = false

  constructor(client: Socket, server: Socket, number: number, passes: Matches) {
    this.#client = client
    this.#server = server
    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => this.destroy())
    }
    client.on('data', chunk => {
      for (const { type, bytes } of this.#fromClient.split(chunk)) {
        const counted = type === '' || passes({ connection: number, type, text: textOf(type, bytes) })
        if (counted && !server.destroyed) server.write(bytes)
      }
    })
    server.on('data', chunk => {
      for (const { type, bytes } of this.#fromServer.split(chunk)) {
        if (!this.#muted) client.write(bytes)
        else if (type === 'Z') this.destroy()
      }
    })
  }

  whenClosed(done: () => void): void {
    this.#client.once('close', done)
  }

  /** The client hears nothing more; the connection ends when the server is ready again. */
  muteUntilReady(): void {
    this.#muted = true
  }

  destroy(): void {
    this.#client.destroy()
    this.#server.destroy()
  }
}
