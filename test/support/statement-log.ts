import { Connection as PgConnectionClass } from 'pg'
import { readSqlToken } from '../../src/core/sql-tokens'

/** One statement as it went to the database, below Ambit and TypeORM. */
export interface SentStatement {
  /** `c1`, `c2`, …: the connections of the log's database in the order of their first statement. */
  readonly connection: string
  /** With single spaces, and `?` for each quoted value. */
  readonly text: string
}

/** What was really sent to one database, by connection. Drivers are watched in this process only, never changed elsewhere. */
export class StatementLog {
  readonly #entries: SentStatement[] = []
  readonly #names = new Map<object, string>()

  /** The driver tells of a statement, or of several in one text. */
  add(connection: object, text: string): void {
    if (text.includes('ambit_self_test')) return
    const name = this.#nameOf(connection)
    for (const statement of statementsOf(text)) this.#entries.push({ connection: name, text: statement })
  }

  clear(): void {
    this.#entries.length = 0
    this.#names.clear()
  }

  get entries(): readonly SentStatement[] {
    return this.#entries
  }

  /** The full texts, without the settings of connections. */
  get texts(): readonly string[] {
    return this.#entries.map(({ text }) => text).filter(isNoSetting)
  }

  /** The statements in short: `BEGIN`, `INSERT note`, `COUNT note`, `ROLLBACK TO`, `COMMIT`. */
  get commands(): readonly string[] {
    return this.texts.map(shorten)
  }

  /** The same with the connection in front: `c1 BEGIN`. */
  get commandsByConnection(): readonly string[] {
    return this.#entries
      .filter(({ text }) => isNoSetting(text))
      .map(({ connection, text }) => `${connection} ${shorten(text)}`)
  }

  /** How many connections were used. */
  get connections(): number {
    return new Set(this.#entries.map(({ connection }) => connection)).size
  }

  #nameOf(connection: object): string {
    const known = this.#names.get(connection)
    if (known !== undefined) return known
    const name = `c${this.#names.size + 1}`
    this.#names.set(connection, name)
    return name
  }
}

const postgresLogs = new Map<string, StatementLog>()
const databases = new WeakMap<object, string>()

/** Logs what pg's own connections send to a database, except those of the test's observers. */
export function watchPostgres(database: string, observer: string): StatementLog {
  watchConnectionClass(observer)
  const log = new StatementLog()
  postgresLogs.set(database, log)
  return log
}

interface PgConnection {
  readonly stream: { write(bytes: Buffer, ...rest: unknown[]): boolean }
  startup(config: { database: string; application_name?: string }): void
}

let postgresWatched = false

function watchConnectionClass(observer: string): void {
  if (postgresWatched) return
  postgresWatched = true
  const prototype = PgConnectionClass.prototype as unknown as PgConnection
  const { startup } = prototype
  prototype.startup = function (config) {
    startup.call(this, config)
    if (config.application_name === observer) return
    databases.set(this, config.database)
    watchBytes(this)
  }
}

/** What goes over the wire, whoever writes it: a prepared statement is logged each time that it is bound. */
function watchBytes(connection: PgConnection): void {
  const { stream } = connection
  const write = stream.write.bind(stream)
  const prepared = new Map<string, string>()
  stream.write = (bytes, ...rest) => {
    for (const text of statementsIn(bytes, prepared)) logOf(connection)?.add(connection, text)
    return write(bytes, ...rest)
  }
}

/** The texts of `Q`, and those of what each `B` binds, in whole messages of the protocol. */
function* statementsIn(bytes: Buffer, prepared: Map<string, string>): Generator<string> {
  for (let at = 0; at + 5 <= bytes.length; at += 1 + bytes.readInt32BE(at + 1)) {
    const type = String.fromCharCode(bytes[at] ?? 0)
    const [first = '', second = ''] = type === 'Q' || type === 'P' || type === 'B' ? stringsAt(bytes, at + 5) : []
    if (type === 'Q') yield first
    if (type === 'P') prepared.set(first, second)
    if (type === 'B') yield prepared.get(second) ?? ''
  }
}

/** The first two strings, each of which ends with a zero. */
function stringsAt(bytes: Buffer, start: number): string[] {
  const end = bytes.indexOf(0, start)
  const next = bytes.indexOf(0, end + 1)
  return [bytes.toString('utf8', start, end), bytes.toString('utf8', end + 1, Math.max(next, end + 1))]
}

function logOf(connection: object): StatementLog | undefined {
  return postgresLogs.get(databases.get(connection) ?? '')
}

/** The statements of a text, each with single spaces and without its quoted values. */
function statementsOf(text: string): readonly string[] {
  const statements = ['']
  for (let at = 0; at < text.length;) {
    const { kind, start, end } = readSqlToken(text, at)
    const raw = text.slice(start, end)
    if (kind === 'symbol' && raw === ';') statements.push('')
    else statements.push((statements.pop() ?? '') + (kind === 'space' ? ' ' : kind === 'string' ? '?' : raw))
    at = end
  }
  return statements.map(statement => statement.trim()).filter(statement => statement !== '')
}

function isNoSetting(text: string): boolean {
  return !/^(PRAGMA|SET LOCAL)\b/i.test(text)
}

function shorten(text: string): string {
  const [, name = text] = /^(BEGIN|SAVEPOINT|RELEASE|ROLLBACK TO|ROLLBACK|COMMIT)\b/i.exec(text) ?? []
  if (name !== text) return name.toUpperCase()
  const verb = /^SELECT COUNT\(/i.test(text) ? 'COUNT' : (/^\w+/.exec(text)?.[0] ?? text).toUpperCase()
  const table = /\b(?:FROM|INTO|UPDATE)\s+"?(\w+)"?/i.exec(text)?.[1]
  return table === undefined ? verb : `${verb} ${table}`
}
