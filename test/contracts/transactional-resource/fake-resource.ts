import { FakeDatabaseError } from '../../support/fake-database'
import { type FakeOptions, FakeResource } from '../../support/fake-resource'
import type { FakeTransaction } from '../../support/fake-transaction'
import type { ResourceTransaction } from '../../../src/tx/transactional-resource'
import type { Command, ResourceUnderTest } from './resource-under-test'

/** The fake that is shipped in `ambit/testing`. */
export function fakeUnderTest(options: FakeOptions = {}): Promise<ResourceUnderTest> {
  let fake = new FakeResource({ poolSize: 2, ...options })
  const execute = (transaction: ResourceTransaction, text: string): Promise<string[]> =>
    (transaction as FakeTransaction).execute(text)
  return Promise.resolve({
    get port() {
      return fake
    },
    write: (transaction, row) => execute(transaction, `insert ${row}`),
    read: transaction => execute(transaction, 'select'),
    committed: () => Promise.resolve(fake.rows()),
    sent: () => fake.commands().map(commandOf),
    openTransactions: () => Promise.resolve(fake.openConnections.length),
    reset: () => {
      fake = new FakeResource({ poolSize: 2, ...options })
      return Promise.resolve()
    },
    close: () => Promise.resolve(),

    breakBegin: () => {
      fake.failNext('BEGIN')
      return Promise.resolve(() => Promise.resolve())
    },
    breakCommit: transaction => {
      fake.failNext('COMMIT')
      return execute(transaction, 'select')
    },
    lose: transaction => {
      fake.failNext('insert lost', 'lost')
      return execute(transaction, 'insert lost').catch(() => undefined)
    },
    cut: (_, command) => {
      fake.failNext(command, 'lost')
    },
    hang: async transaction => {
      const held = fake.holdNext('insert hanging')
      const statement = execute(transaction, 'insert hanging')
      await held.reached
      return { statement }
    },
    errors: {
      transient: new FakeDatabaseError('40001', 'again'),
      timeout: new FakeDatabaseError('57014', 'given up'),
      other: new FakeDatabaseError('23505', 'duplicate'),
    },
  })
}

function commandOf(text: string): Command {
  if (text.startsWith('insert')) return 'WRITE'
  if (text === 'select') return 'READ'
  return CONTROL.find(command => text.startsWith(command)) ?? 'READ'
}

const CONTROL: readonly Command[] = ['BEGIN', 'SAVEPOINT', 'ROLLBACK TO', 'RELEASE', 'COMMIT', 'ROLLBACK']
