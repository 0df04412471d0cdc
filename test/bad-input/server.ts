import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/** What stands where a program expects PostgreSQL: it answers what it is told to, or nothing, and counts what it hears. */
export class StandInServer {
  bytes = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, answer: (message: Buffer) => Buffer | undefined) {
    this.#server = server
    server.on('connection', socket => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => undefined)
      socket.on('data', message => {
        this.bytes += message.length
        const answered = answer(message)
        if (answered?.[0] === FATAL) socket.end(answered)
        else if (answered) socket.write(answered)
      })
    })
  }

  static async start(answer: (message: Buffer) => Buffer | undefined = () => undefined): Promise<StandInServer> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new StandInServer(server, answer)
  }

  /** Asks for the password, and refuses each. */
  static wary(): Promise<StandInServer> {
    return StandInServer.start(message => (message[0] === PASSWORD ? WRONG_PASSWORD : ASK_FOR_PASSWORD))
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Afterwards nobody listens on its port. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}

const PASSWORD = 'p'.charCodeAt(0)
const FATAL = 'E'.charCodeAt(0)
const ASK_FOR_PASSWORD = message('R', Buffer.from([0, 0, 0, 3]))
const WRONG_PASSWORD = message(
  'E',
  Buffer.from('SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "alice"\0\0'),
)

function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(type), length, body])
}
