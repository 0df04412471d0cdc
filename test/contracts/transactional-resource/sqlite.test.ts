import { contractTests, type Skips } from './contract'
import { sqliteUnderTest } from './sqlite-resource'

const NO_CONNECTION = 'a file is open in this process: there is no connection that could be cut'
const NO_DEFERRED_CHECK = 'SQLite checks deferred constraints at COMMIT and nowhere else'
const ENDS_BY_ITSELF = 'nothing gives a running statement of SQLite up: deadlines act between statements'

const SQLITE: Skips = {
  'tells isolation and readOnly to the database with BEGIN':
    'every transaction is SERIALIZABLE, and read-only is a setting of the connection',
  'a refused statement aborts the rest: COMMIT answers rolled-back': 'SQLite undoes the statement only',
  'checkDeferred() refuses what COMMIT would': NO_DEFERRED_CHECK,
  'checkDeferred() leaves a sound transaction as it was': NO_DEFERRED_CHECK,
  'a connection lost before COMMIT has arrived leaves the outcome unknown': NO_CONNECTION,
  'a connection lost behind COMMIT leaves the outcome unknown, though all is stored': NO_CONNECTION,
  'a connection lost at ROLLBACK is no failure: nothing is stored': NO_CONNECTION,
  'abandon() gives up a connection whose statement does not end, and what it wrote': ENDS_BY_ITSELF,
  'together(): what is asked for at once is answered each for itself': 'there is no way there that a write could share',
  'together(): what was asked for at once commits as one': 'there is no way there that a write could share',
  'one beside a transaction that has written commits for itself': 'a file has one writer',
  'isTimeout() knows a statement that was given up': ENDS_BY_ITSELF,
  'a deadline reaches the database, which gives a statement up': ENDS_BY_ITSELF,
}

contractTests('SQLite', sqliteUnderTest, SQLITE)
