import { flow } from '../../core/flow'
import type { Flow, Prompt } from '../../core/prompt'
import type { RawConnection, SqliteDriverKind } from './raw-connection'

/** A database of a connection: `main`, or an attached one. */
export interface DatabaseEntry {
  readonly name: string
  /** Its absolute path; empty for a database in memory. */
  readonly file: string
}

/** A connection and what we know of its state. */
export class Connection {
  /** Whether it may be left in a transaction of somebody who is gone. */
  doubtful = false
  #queryOnly = false
  readonly #numbers = new Set<number>()

  constructor(
    readonly role: 'writer' | 'reader',
    readonly driver: SqliteDriverKind,
    readonly raw: RawConnection,
  ) {}

  /** Makes SQLite refuse every write, or no longer. On the writer it must be off again before the next holder. */
  setQueryOnly(on: boolean): Prompt<void> {
    return on === this.#queryOnly ? undefined : flow(this.#switchQueryOnly(on))
  }

  /** Does something that writes for us only, to the connection's temporary database, whoever refuses writes. */
  unrefused<T>(work: () => Prompt<T>): Prompt<T> {
    return this.#queryOnly ? flow(this.#unrefused(work)) : work()
  }

  /** A number that nobody else on the connection has, the lowest: what is named by it is known to be prepared already. */
  takeNumber(): number {
    let number = 1
    while (this.#numbers.has(number)) number += 1
    this.#numbers.add(number)
    return number
  }

  giveNumber(number: number): void {
    this.#numbers.delete(number)
  }

  /** Its databases without the temporary one, which belongs to the connection alone. */
  async databases(): Promise<readonly DatabaseEntry[]> {
    const rows = await this.raw.rows('PRAGMA database_list')
    return rows
      .map(row => ({ name: String(row['name']), file: typeof row['file'] === 'string' ? row['file'] : '' }))
      .filter(({ name }) => name !== 'temp')
  }

  /**
   * A value that changes when another connection commits, and never by our own commits.
   * Source: https://www.sqlite.org/pragma.html#pragma_data_version
   */
  async dataVersion(): Promise<string> {
    const versions: string[] = []
    for (const { name } of await this.databases()) {
      const [row] = await this.raw.rows(`PRAGMA ${quoted(name)}.data_version`)
      versions.push(`${name}=${String(row?.['data_version'])}`)
    }
    return versions.join()
  }

  /** Ends whatever is open; afterwards `doubtful` says whether that failed. */
  async settle(): Promise<void> {
    this.doubtful = true
    try {
      if (await this.raw.inTransaction()) await this.raw.run('ROLLBACK')
      if (this.role === 'writer') await this.setQueryOnly(false)
      this.doubtful = false
    } catch {
      // Stays doubtful: whoever comes next is told, and tries again.
    }
  }

  *#unrefused<T>(work: () => Prompt<T>): Flow<T> {
    yield this.setQueryOnly(false)
    try {
      return (yield work()) as T
    } finally {
      yield this.setQueryOnly(true)
    }
  }

  *#switchQueryOnly(on: boolean): Flow<void> {
    yield this.raw.run(`PRAGMA query_only = ${on ? 'ON' : 'OFF'}`)
    this.#queryOnly = on
  }
}

/** A name, as SQL writes it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
