import { readSqlToken } from '../core/sql-tokens'
import type { ExecutionEvent } from '../tx/execution-listener'
import { ApplicationKit, type ApplicationLike } from './kit'

/** A statement as it was sent. */
export interface RecordedStatement {
  readonly dataSource: string
  /** The transaction's id; `undefined` outside every transaction. Under a test root the savepoint that stands for it. */
  readonly transaction: string | undefined
  /** The method in whose name it was sent, where there is one. */
  readonly method: string | undefined
  /** `BEGIN`, `SAVEPOINT`, `RELEASE`, `ROLLBACK TO`, `COMMIT`, `ROLLBACK`, `SELECT`, `INSERT`, … */
  readonly command: string
  /** As the driver was given it: with placeholders, never with values that were bound. */
  readonly text: string
  readonly failed: boolean
}

/**
 * What an application has sent to its databases since `recordStatements()`.
 *
 * @example
 * import { recordStatements } from 'ambit/testing'
 * using recording = recordStatements(app)
 * await app.get(UserService).register('alice')
 * expect(recording.commands).toEqual(['BEGIN', 'INSERT', 'COMMIT'])
 */
export class StatementRecording implements Disposable {
  readonly #statements: RecordedStatement[] = []
  /** Of the methods that run. */
  readonly #transactions = new Map<number, string | undefined>()
  readonly #stop: () => void

  /** @internal Use `recordStatements()`. */
  constructor(kit: ApplicationKit) {
    const environments = new Set([...kit.managers.values()].map(({ environment }) => environment))
    const listener = { onEvent: (event: ExecutionEvent) => this.#onEvent(event) }
    const ends = [...environments].map(environment => environment.listen(listener))
    const outside = (dataSource: string, text: string): void => {
      this.#add({ dataSource, transaction: undefined, method: undefined, text, failed: false })
    }
    kit.watchers.add(outside)
    this.#stop = () => {
      for (const end of ends) end()
      kit.watchers.delete(outside)
    }
  }

  /** In the order in which they were sent; statements that ran at the same time, in which they were answered. */
  get statements(): readonly RecordedStatement[] {
    return [...this.#statements]
  }

  /** The statements as they were sent, with placeholders. */
  get texts(): readonly string[] {
    return this.#statements.map(({ text }) => text)
  }

  /** The first word of each, `ROLLBACK TO` in full: what most tests compare. */
  get commands(): readonly string[] {
    return this.#statements.map(({ command }) => command)
  }

  /** How often each command was sent. */
  get counts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {}
    for (const { command } of this.#statements) counts[command] = (counts[command] ?? 0) + 1
    return counts
  }

  /** How often one command was sent: `recording.count('SELECT')`. */
  count(command: string): number {
    return this.#statements.filter(statement => statement.command === command).length
  }

  /** The commands of each transaction, by its id, in the order of their first statement. */
  get byTransaction(): ReadonlyMap<string | undefined, readonly string[]> {
    const found = new Map<string | undefined, string[]>()
    for (const { transaction, command } of this.#statements)
      found.set(transaction, [...(found.get(transaction) ?? []), command])
    return found
  }

  /** The commands that went to one data source. */
  of(dataSource: string): readonly string[] {
    return this.#statements.filter(statement => statement.dataSource === dataSource).map(({ command }) => command)
  }

  /** Forgets what was recorded, and goes on. */
  clear(): void {
    this.#statements.length = 0
  }

  /** Records no more; what was recorded stays. */
  stop(): void {
    this.#stop()
  }

  [Symbol.dispose](): void {
    this.stop()
  }

  #onEvent(event: ExecutionEvent): void {
    if (event.kind === 'boundary' || event.kind === 'attempt') this.#transactions.set(event.boundary, event.transaction)
    if (event.kind === 'control') this.#control(event)
    // The kit watches those outside every transaction itself.
    if (event.kind === 'statement-end' && event.transaction !== undefined)
      this.#inTransaction(event, event.text, event.error !== undefined)
    if (event.kind === 'boundary-end') this.#transactions.delete(event.boundary)
  }

  /** Savepoints belong to the transaction of their method, which under a test root is not the one that was begun. */
  #control(event: Extract<ExecutionEvent, { kind: 'control' }>): void {
    const ofRoot = event.action === 'begin' || event.action === 'commit' || event.action === 'rollback'
    const known = ofRoot ? undefined : this.#transactions.get(event.boundary)
    this.#inTransaction({ ...event, transaction: known ?? event.transaction }, event.command, false)
  }

  #inTransaction({ dataSource, transaction, label }: Step, text: string, failed: boolean): void {
    this.#add({ dataSource, transaction, method: label, text, failed })
  }

  #add(statement: Omit<RecordedStatement, 'command'>): void {
    this.#statements.push({ ...statement, command: commandOf(statement.text) })
  }
}

type Step = Pick<Extract<ExecutionEvent, { kind: 'statement-end' }>, 'dataSource' | 'transaction' | 'label'>

/**
 * Records the statements of an application from now on, transaction control included.
 *
 * Use it to hold on to how many statements something takes, and where transactions begin and end. Statements of transactions
 * that were begun before are recorded too, without their method.
 *
 * @example
 * import { recordStatements } from 'ambit/testing'
 * const recording = recordStatements(app)
 * await app.get(UserService).register('alice')
 * expect(recording.commands).toEqual(['BEGIN', 'SELECT', 'INSERT', 'COMMIT'])
 * recording.stop()
 *
 * @throws NoApplicationError `AMBIT_APP_*`
 */
export function recordStatements(app?: ApplicationLike): StatementRecording {
  return new StatementRecording(ApplicationKit.of(app))
}

/** The first word behind spaces and comments. */
function commandOf(text: string): string {
  if (text.includes('SET CONSTRAINTS ALL IMMEDIATE')) return 'SET'
  for (let at = 0; at < text.length;) {
    const { kind, start, end } = readSqlToken(text, at)
    const word = text.slice(start, end).toUpperCase()
    at = end
    if (kind !== 'word') continue
    return word === 'ROLLBACK' && /^\s+TO\b/i.test(text.slice(end)) ? 'ROLLBACK TO' : word
  }
  return ''
}
