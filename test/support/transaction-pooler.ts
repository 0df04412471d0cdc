import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Client } from 'pg'
import { backendMessage, READY_IDLE, Splitter } from './wire-messages'

interface PoolerOptions {
  readonly servers: number
  /** Greets with the process number of a server, as poolers do not: nothing then tells that it is there. */
  readonly hidden?: boolean
}

/**
 * A pooler in transaction mode, in front of PostgreSQL on loopback: any number of clients on a few server connections. A
 * client has one from its first message until the server is ready outside a transaction; the next one comes from the end of
 * the line, so that a client alone changes servers each time.
 */
export class TransactionPooler {
  /** How often a client was given a server connection. */
  lends = 0
  readonly #listener: Server
  readonly #target: URL
  readonly #hidden: boolean
  readonly #servers: readonly ServerConnection[]
  readonly #idle: ServerConnection[]
  readonly #waiting: ((server: ServerConnection) => void)[] = []
  readonly #clients = new Set<Socket>()

  private constructor(listener: Server, target: URL, servers: readonly ServerConnection[], hidden: boolean) {
    this.#listener = listener
    this.#target = target
    this.#servers = servers
    this.#idle = [...servers]
    this.#hidden = hidden
    listener.on('connection', socket => this.#accept(socket))
  }

  static async start(url: string, { servers, hidden = false }: PoolerOptions): Promise<TransactionPooler> {
    const connections = await Promise.all(Array.from({ length: servers }, () => ServerConnection.open(url)))
    const listener = createServer()
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    return new TransactionPooler(listener, new URL(url), connections, hidden)
  }

  get url(): string {
    const url = new URL(this.#target)
    url.hostname = '127.0.0.1'
    url.port = String((this.#listener.address() as AddressInfo).port)
    return url.href
  }

  async close(): Promise<void> {
    const closed = once(this.#listener, 'close')
    this.#listener.close()
    for (const client of this.#clients) client.destroy()
    for (const server of this.#servers) server.end()
    await closed
  }

  #accept(socket: Socket): void {
    this.#clients.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    socket.once('close', () => this.#clients.delete(socket))
    const splitter = new Splitter(false)
    const seat = new Seat(
      socket,
      () => this.#lend(),
      server => this.#takeBack(server),
    )
    socket.on('data', chunk => {
      for (const { type, bytes } of splitter.split(chunk)) {
        if (type === '') socket.write(this.#greeting())
        else if (type === 'X') socket.end()
        else seat.take(type, bytes)
      }
    })
  }

  /** In the server's place, and without a password: this is a test. */
  #greeting(): Buffer {
    const key = Buffer.alloc(8)
    key.writeInt32BE(this.#hidden ? (this.#servers[0]?.pid ?? 0) : 1_000_000 + this.#clients.size)
    const parameters = ['client_encoding\0UTF8\0', 'standard_conforming_strings\0on\0']
    return Buffer.concat([
      backendMessage('R', Buffer.alloc(4)),
      ...parameters.map(text => backendMessage('S', text)),
      backendMessage('K', key),
      READY_IDLE,
    ])
  }

  #lend(): Promise<ServerConnection> {
    this.lends += 1
    const free = this.#idle.shift()
    return free ? Promise.resolve(free) : new Promise(resolve => this.#waiting.push(resolve))
  }

  #takeBack(server: ServerConnection): void {
    const next = this.#waiting.shift()
    if (next) next(server)
    else this.#idle.push(server)
  }
}

/** A client's place: it holds a server while a transaction, or an answer, is open. */
class Seat {
  readonly #socket: Socket
  readonly #lend: () => Promise<ServerConnection>
  readonly #giveBack: (server: ServerConnection) => void
  #server: ServerConnection | undefined
  #asked = false
  #backlog: Buffer[] = []
  /** Requests whose ReadyForQuery has not come. */
  #open = 0

  constructor(socket: Socket, lend: () => Promise<ServerConnection>, giveBack: (server: ServerConnection) => void) {
    this.#socket = socket
    this.#lend = lend
    this.#giveBack = giveBack
  }

  take(type: string, bytes: Buffer): void {
    if (type === 'Q' || type === 'S') this.#open += 1
    if (this.#server) {
      this.#server.socket.write(bytes)
      return
    }
    this.#backlog.push(bytes)
    if (this.#asked) return
    this.#asked = true
    void this.#lend().then(server => this.#sit(server))
  }

  #sit(server: ServerConnection): void {
    this.#server = server
    server.listener = (type, bytes) => this.#answer(server, type, bytes)
    server.socket.write(Buffer.concat(this.#backlog.splice(0)))
  }

  #answer(server: ServerConnection, type: string, bytes: Buffer): void {
    this.#socket.write(bytes)
    if (type !== 'Z') return
    this.#open -= 1
    if (this.#open > 0 || bytes.toString('latin1', 5) !== 'I') return
    this.#server = undefined
    this.#asked = false
    server.listener = undefined
    this.#giveBack(server)
  }
}

/** A connection that pg has made, whose socket is ours from then on. */
class ServerConnection {
  listener: ((type: string, bytes: Buffer) => void) | undefined

  private constructor(
    readonly socket: Socket,
    readonly pid: number,
  ) {
    const splitter = new Splitter(true)
    socket.removeAllListeners('data')
    socket.on('data', (chunk: Buffer) => {
      for (const { type, bytes } of splitter.split(chunk)) this.listener?.(type, bytes)
    })
  }

  static async open(url: string): Promise<ServerConnection> {
    const client = new Client({ connectionString: url, application_name: 'ambit_test_pooled' })
    client.on('error', () => undefined)
    await client.connect()
    const { connection, processID } = client as unknown as { connection: { stream: Socket }; processID: number }
    return new ServerConnection(connection.stream, processID)
  }

  end(): void {
    this.socket.end(Buffer.from([0x58, 0, 0, 0, 4]))
  }
}
