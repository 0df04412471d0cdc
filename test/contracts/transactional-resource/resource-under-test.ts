import type { OpenRequest, ResourceTransaction, TransactionalResource } from '../../../src/tx/transactional-resource'

/** A command in short. */
export type Command = 'BEGIN' | 'READ' | 'WRITE' | 'SAVEPOINT' | 'ROLLBACK TO' | 'RELEASE' | 'COMMIT' | 'ROLLBACK'

/**
 * A resource as the cases use it: the port itself, a table of rows that are told apart by one word each, and the accidents
 * that happen to databases. Whoever writes a resource writes one of these, and runs `contractTests()` on it.
 *
 * It is made of functions that need no `this`. Its pool has two connections, of which one belongs to transactions inside others, or it has one writer.
 */
export interface ResourceUnderTest {
  readonly port: TransactionalResource
  /** Stores a row in the transaction. The database refuses one that is there already. */
  write(transaction: ResourceTransaction, row: string): Promise<unknown>
  /** The rows that the transaction sees, sorted. */
  read(transaction: ResourceTransaction): Promise<string[]>
  /** The rows that somebody else sees, sorted. */
  committed(): Promise<string[]>
  /** What has reached the database in this case, below the resource, in order. */
  sent(): readonly Command[]
  /** Transactions that the database still has open, asked of the database. */
  openTransactions(): Promise<number>
  /** Forgets rows and commands; called before each case. */
  reset(): Promise<void>
  close(): Promise<void>

  /** Makes the next BEGIN fail, until the answer is called. */
  breakBegin(): Promise<() => Promise<void>>
  /** Makes this transaction's COMMIT fail by the database's word: it will not store what was written. */
  breakCommit(transaction: ResourceTransaction): Promise<unknown>
  /** Makes the database end this transaction by itself: its connection dies, or it is rolled back. Returns when that is known. */
  lose(transaction: ResourceTransaction): Promise<unknown>
  /** Cuts the connection at the next such command: before the database sees it, or when it has done it. */
  cut?(when: 'before' | 'after', command: 'COMMIT' | 'ROLLBACK'): void
  /** Starts a statement that does not end by itself. Resolves when it runs. */
  hang?(transaction: ResourceTransaction): Promise<{ readonly statement: Promise<unknown> }>
  /** As `write`, by a statement of the framework's own making: with it alone its COMMIT may travel. */
  writeFixed?(transaction: ResourceTransaction, row: string): Promise<unknown>
  /** Makes somebody listen to the end of transactions, so that the resource has something to bind; answers how to stop it. */
  listen?(): () => void
  /** Errors as this database makes them. */
  readonly errors: { readonly transient: unknown; readonly timeout?: unknown; readonly other: unknown }
}

/** What a case works with. */
export interface Stage extends ResourceUnderTest {
  /** Opens a transaction as the engine does. */
  open(changes?: Partial<OpenRequest>): ResourceTransaction
  /** What the engine would ask for, were it to open one. */
  request(changes?: Partial<OpenRequest>): OpenRequest
  /** What `onControl` was told, in order, each as it was told. */
  readonly told: readonly string[]
  /** What `onLeased` was told. */
  readonly waits: readonly number[]
  /** The phases of what was bound by `addHook`. */
  readonly hooks: readonly string[]
}

/** One promise of the port. */
export interface ContractCase {
  /** A sentence; skip lists name it. */
  readonly name: string
  run(stage: Stage): Promise<void>
  /** False where a command may be sent that the database does not look at, or that must be sent again. */
  readonly toldExactly?: boolean
}

export function contractCase(
  name: string,
  run: ContractCase['run'],
  options: Pick<ContractCase, 'toldExactly'> = {},
): ContractCase {
  return { name, run, ...options }
}
