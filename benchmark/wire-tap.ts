import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** What a database was really asked to do. */
export interface Traffic {
  /** The commands it completed, in order: `BEGIN`, `SELECT 1`, `INSERT 0 1`, `COMMIT`. */
  readonly commands: readonly string[]
  /** How often the client waited for it; `undefined` where there is no wire. */
  readonly roundTrips: number | undefined
}

/**
 * A TCP proxy in front of PostgreSQL that reads the server's answers: what counts as done is what the server says it has
 * done, with its row counts, however the client asked for it.
 *
 * A round trip is one wait for ReadyForQuery.
 */
export class WireTap {
  readonly #server: Server
  readonly #target: URL
  readonly #sockets = new Set<Socket>()
  readonly #sessions: string[] = []
  #commands: string[] = []
  #roundTrips = 0

  private constructor(server: Server, target: URL) {
    this.#server = server
    this.#target = target
    server.on('connection', client => this.#join(client))
  }

  static async start(url: string): Promise<WireTap> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new WireTap(server, new URL(url))
  }

  /** The URL of the database through the tap. */
  get url(): string {
    const url = new URL(this.#target)
    url.hostname = '127.0.0.1'
    url.port = String((this.#server.address() as AddressInfo).port)
    return url.href
  }

  clear(): void {
    this.#commands = []
    this.#roundTrips = 0
  }

  get traffic(): Traffic {
    return { commands: this.#commands, roundTrips: this.#roundTrips }
  }

  /** The options that each client asked for when it connected. */
  get sessions(): readonly string[] {
    return this.#sessions
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #join(client: Socket): void {
    const server = connect(Number(this.#target.port || 5432), this.#target.hostname)
    const messages = new ServerMessages((type, body) => this.#note(type, body))
    server.on('data', chunk => messages.read(chunk))
    client.once('data', chunk => this.#sessions.push(optionsOf(chunk)))
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from)
      from.setNoDelay(true)
      from.on('error', () => to.destroy())
      from.on('close', () => this.#sockets.delete(from))
      from.pipe(to)
    }
  }

  #note(type: string, body: Buffer): void {
    if (type === 'Z') this.#roundTrips += 1
    // A text that ends with a zero byte.
    if (type === 'C') this.#commands.push(body.toString('latin1', 0, body.length - 1))
  }
}

/** The first message of a client: a length, the protocol's version, then names and values, each ended by a zero byte. */
function optionsOf(startup: Buffer): string {
  const words = startup.toString('utf8', STARTUP_HEAD).split('\0')
  const at = words.findIndex((word, index) => index % 2 === 0 && word === 'options')
  return at < 0 ? '' : (words[at + 1] ?? '')
}

const STARTUP_HEAD = 8

/** Cuts the server's bytes into messages: a letter, a length that counts itself, a body. */
class ServerMessages {
  #rest = Buffer.alloc(0)

  constructor(readonly onMessage: (type: string, body: Buffer) => void) {}

  read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk])
    while (this.#rest.length >= HEAD) {
      const end = 1 + this.#rest.readInt32BE(1)
      if (this.#rest.length < end) return
      this.onMessage(String.fromCharCode(this.#rest.readUInt8(0)), this.#rest.subarray(HEAD, end))
      this.#rest = this.#rest.subarray(end)
    }
  }
}

const HEAD = 5
