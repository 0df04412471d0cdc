import type { DataSource } from 'typeorm'
import { AmbitError } from '../core/ambit-error'
import { ContextKey, contextValue, runDetached, runWithValue } from '../core/async-context'
import { unreachable } from './unreachable'

interface PoolingDriver {
  master?: unknown
  slaves?: readonly unknown[]
  obtainMasterConnection?: () => Promise<unknown>
  obtainSlaveConnection?: () => Promise<unknown>
}

/** Set while a data source connects: the driver then asks for connections itself. */
const CONNECTING = new ContextKey<LazyConnection>('connecting', false)

/**
 * Connects a data source when its first statement needs it: building the entities' metadata needs no server, so an
 * application starts, and its queries are checked, while the database is still away.
 */
export class LazyConnection {
  readonly #name: string
  readonly #dataSource: DataSource
  readonly #connect: () => Promise<void>
  readonly #gates: (() => void)[] = []
  #connected: Promise<void> | undefined
  #ready = false

  private constructor(name: string, dataSource: DataSource, connect: () => Promise<void>) {
    this.#name = name
    this.#dataSource = dataSource
    this.#connect = connect
  }

  /** Initialises the data source without connecting it. One that is initialised already stays as it is. */
  static async prepare(name: string, dataSource: DataSource): Promise<LazyConnection> {
    if (dataSource.isInitialized) return LazyConnection.#established(name, dataSource)
    const { driver } = dataSource
    const connect = driver.connect.bind(driver)
    const afterConnect = driver.afterConnect.bind(driver)
    await withoutConnection(dataSource, () => dataSource.initialize())
    const lazy = new LazyConnection(name, dataSource, async () => {
      await connect()
      await afterConnect()
    })
    lazy.#gatePool(driver)
    return lazy
  }

  static #established(name: string, dataSource: DataSource): LazyConnection {
    const lazy = new LazyConnection(name, dataSource, () => Promise.resolve())
    lazy.#connected = Promise.resolve()
    lazy.#ready = true
    lazy.#listen()
    return lazy
  }

  get connected(): boolean {
    return this.#connected !== undefined
  }

  /**
   * Connects once; a failure is forgotten, so that the next statement tries again.
   *
   * @throws DataSourceUnreachableError `AMBIT_DATA_SOURCE_UNREACHABLE`
   */
  ensure(): Promise<void> {
    this.#connected ??= this.#establish().catch((error: unknown) => {
      this.#connected = undefined
      // What has a code already knows better what to do next.
      throw error instanceof AmbitError ? error : unreachable(this.#name, this.#dataSource, error)
    })
    return this.#connected
  }

  /** Takes what this has added off the data source again, and destroys it, connected or not. */
  async destroy(): Promise<void> {
    await this.#connected?.catch(() => undefined)
    if (this.#dataSource.isInitialized) {
      const destroy = (): Promise<void> => this.#dataSource.destroy()
      await (this.#ready ? destroy() : withoutConnection(this.#dataSource, destroy))
    }
    for (const undo of this.#gates.splice(0)) undo()
  }

  async #establish(): Promise<void> {
    try {
      // Sockets and timers of the pool must not keep the frame of whoever happened to come first.
      await runDetached(() => runWithValue(CONNECTING, this, this.#connect))
      this.#ready = true
      this.#listen()
    } catch (error) {
      await this.#discardPool()
      throw error
    }
  }

  /**
   * A server may end a session in the very packet in which it has opened it. TypeORM listens to a new connection a moment
   * later, and an error event that nobody listens to ends the process.
   */
  #listen(): void {
    const { master, slaves = [] } = this.#dataSource.driver as unknown as PoolingDriver
    for (const pool of [master, ...slaves]) {
      if (!isPool(pool)) continue
      pool.on('connect', ignoreErrors)
      this.#gates.push(() => pool.off('connect', ignoreErrors))
    }
  }

  /** A pool that was made before the failure would be nobody's. */
  async #discardPool(): Promise<void> {
    const { driver } = this.#dataSource
    if ((driver as unknown as PoolingDriver).master === undefined) return
    await driver.disconnect().catch(() => undefined)
  }

  /** Pooling drivers hand out every connection through these two. While connecting, the driver calls them itself. */
  #gatePool(driver: PoolingDriver): void {
    for (const method of GATED) {
      const stock = driver[method]?.bind(driver)
      if (stock === undefined) continue
      // Sockets and timers of the pool must not keep the frame of whoever happened to need them.
      const ready = (): Promise<unknown> => runDetached(stock)
      const gated = (): Promise<unknown> =>
        this.#ready || contextValue(CONNECTING) === this ? ready() : this.ensure().then(ready)
      this.#gates.push(override(driver, method, gated))
    }
  }
}

/** Runs `work` while the driver's own connecting and disconnecting does nothing. */
async function withoutConnection<T>({ driver }: DataSource, work: () => Promise<T>): Promise<T> {
  const undo = CONNECTION.map(method => override(driver, method, () => Promise.resolve()))
  try {
    return await work()
  } finally {
    for (const each of undo) each()
  }
}

/** Puts an own property over a method; returns the way back. */
function override(target: object, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name)
  Object.defineProperty(target, name, { value, configurable: true, writable: true })
  return () => {
    if (before) Object.defineProperty(target, name, before)
    else Reflect.deleteProperty(target, name)
  }
}

/** pg's pool tells of each new connection before it hands it out. */
interface Pool {
  on(event: 'connect', listen: (client: NodeJS.EventEmitter) => void): void
  off(event: 'connect', listen: (client: NodeJS.EventEmitter) => void): void
}

function isPool(pool: unknown): pool is Pool {
  return typeof pool === 'object' && pool !== null && 'on' in pool && 'off' in pool
}

/** Until TypeORM listens, which is before anything else can come from the server. */
function ignoreErrors(client: NodeJS.EventEmitter): void {
  const ignore = (): void => undefined
  client.on('error', ignore)
  setImmediate(() => client.off('error', ignore))
}

const GATED = ['obtainMasterConnection', 'obtainSlaveConnection'] as const
/** `disconnect` too: TypeORM calls it when the metadata are wrong, and its own error would hide theirs. */
const CONNECTION = ['connect', 'afterConnect', 'disconnect'] as const
